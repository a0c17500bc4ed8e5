/**
 * Throughput of packing and opening blocks on one thread, by content. Prints MB/s (10^6 bytes of plain data a second).
 * Run: node bench/vbk-pipeline.ts [MiB per kind]
 */
import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { packBlock } from "@casaforte/vbk";
import { FileKeys, StorageKey, sealBlock } from "@casaforte/vbk/seal";

const mebibyte = 1 << 20;
const blocksPerKind = Number(process.argv[2] ?? 256);
const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };

/** Log-like lines; a third of noise among them makes "mixed". */
function textBlock(): Uint8Array {
  let text = "";
  for (let line = 0; text.length < mebibyte; line++) {
    text += `2026-11-22T10:${line % 60}:07 host-${line % 17} service[${line}]: request ${line * 7919} took ${line % 997} ms\n`;
  }
  return new TextEncoder().encode(text).slice(0, mebibyte);
}

function mixedBlock(): Uint8Array {
  const block = textBlock();
  for (let at = 0; at < mebibyte; at += 3 * 65_536) block.set(random.bytes(65_536), at);
  return block;
}

async function measure(name: string, block: Uint8Array, pack: (plain: Uint8Array) => { storedSize: number }) {
  for (let warm = 0; warm < 16; warm++) pack(block);
  await nextTurn();
  const startedMs = performance.now();
  let storedBytes = 0;
  for (let count = 0; count < blocksPerKind; count++) {
    storedBytes += pack(block).storedSize;
    // Native buffers are freed from the event loop only.
    if (count % 8 === 7) await nextTurn();
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const speed = (blocksPerKind * mebibyte) / 1e6 / seconds;
  const ratio = (blocksPerKind * mebibyte) / storedBytes;
  console.log(`${name.padEnd(16)} ${speed.toFixed(0).padStart(6)} MB/s   ratio ${ratio.toFixed(2)}`);
}

const storageKey = StorageKey.generate(random);
const keys = new FileKeys({ storageKey, fileId: "00000000-0000-7000-8000-0000000000aa", random, nowMs: 0 });
const kinds = { text: textBlock(), mixed: mixedBlock(), random: random.bytes(mebibyte) };
for (const [kind, block] of Object.entries(kinds)) {
  await measure(`sealed ${kind}`, block, (plain) => sealBlock(plain, keys.blockKeys));
  await measure(`plain ${kind}`, block, (plain) => packBlock(plain));
}
console.log(`RSS ${(process.memoryUsage().rss / mebibyte).toFixed(0)} MiB`);
