/**
 * Throughput of packing, sealing and opening blocks on one thread, by content. Prints MB/s (10^6 bytes of plain
 * data a second) by the clock and by CPU time, which counts on a busy machine.
 * Run: node bench/vbk-pipeline.ts [MiB per kind]
 */
import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openContainer, packBlock, VbkBuilder } from "@casaforte/vbk";
import { createUnsealer, FileKeys, StorageKey, sealBlock } from "@casaforte/vbk/seal";

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

/** Starts counting; the result tells the speed since then. */
function startWatch(): () => string {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const megabytes = (blocksPerKind * mebibyte) / 1e6;
    const speeds = [performance.now() - startedMs, (user + system) / 1000].map((ms) => (megabytes * 1000) / ms);
    const [clock, busy] = speeds.map((speed) => speed.toFixed(0).padStart(5));
    return `${clock} MB/s   ${busy} MB/CPU-s   system ${((100 * system) / (user + system)).toFixed(0).padStart(2)} %`;
  };
}

async function measure(name: string, block: Uint8Array, pack: (plain: Uint8Array) => { storedSize: number }) {
  for (let warm = 0; warm < 16; warm++) pack(block);
  await nextTurn();
  const watch = startWatch();
  let storedBytes = 0;
  for (let count = 0; count < blocksPerKind; count++) {
    storedBytes += pack(block).storedSize;
    // Native buffers are freed from the event loop only.
    if (count % 8 === 7) await nextTurn();
  }
  const ratio = (blocksPerKind * mebibyte) / storedBytes;
  console.log(`${name.padEnd(14)} ${watch()}   ratio ${ratio.toFixed(2)}`);
}

/** Reads a sealed file from memory: authenticate, decrypt, unpack, compare CRC and digest. */
async function measureOpening(block: Uint8Array): Promise<void> {
  const fileId = "00000000-0000-7000-8000-0000000000ab";
  const sealer = new FileKeys({ storageKey, fileId, random, nowMs: 0 });
  const position = { fileId, chainId: fileId, pointId: fileId, parentRoot: null };
  const builder = new VbkBuilder({ kind: "full", position, sealer });
  const packed = sealBlock(block, sealer.blockKeys);
  const first = builder.placeBlock(0, packed);
  for (let index = 1; index < blocksPerKind; index++) builder.reuseBlock(index, first.storeIndex);
  const summary = sealBlock(new TextEncoder().encode("<OibSummary/>"), sealer.blockKeys);
  const summaryAt = builder.placeSummary(summary);
  const finished = builder.finish({ imageName: "disk0", folderName: "host", imageBlocks: blocksPerKind });
  const bytes = new Uint8Array(finished.sizeBytes);
  bytes.set(packed.stored, first.offset);
  bytes.set(summary.stored, summaryAt.offset);
  for (const piece of [...finished.metadata, { offset: 0, bytes: finished.head }]) bytes.set(piece.bytes, piece.offset);
  const source = { size: bytes.length, read: async (at: number, length: number) => bytes.slice(at, at + length) };
  const container = await openContainer(source, { unsealer: createUnsealer(storageKey) });
  const watch = startWatch();
  for (let index = 0; index < blocksPerKind; index++) {
    await container.readBlock(index);
    if (index % 8 === 7) await nextTurn();
  }
  console.log(`${"open mixed".padEnd(14)} ${watch()}`);
}

const storageKey = StorageKey.generate(random);
const keys = new FileKeys({ storageKey, fileId: "00000000-0000-7000-8000-0000000000aa", random, nowMs: 0 });
const kinds = { text: textBlock(), mixed: mixedBlock(), random: random.bytes(mebibyte) };
for (const [kind, block] of Object.entries(kinds)) {
  await measure(`sealed ${kind}`, block, (plain) => sealBlock(plain, keys.blockKeys));
  await measure(`plain ${kind}`, block, (plain) => packBlock(plain));
}
await measureOpening(mixedBlock());
console.log(`RSS ${(process.memoryUsage().rss / mebibyte).toFixed(0)} MiB`);
