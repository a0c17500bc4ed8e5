import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Repeatable bytes: a hash chain for noise, words for text. The same seed gives the same tree. */
function noise(length: number, seed: string): Buffer {
  const out = Buffer.allocUnsafe(length);
  let state = createHash("sha512").update(seed).digest();
  let filled = 0;
  while (filled < length) {
    state = createHash("sha512").update(state).digest();
    filled += state.copy(out, filled);
  }
  return out;
}

const words =
  "report invoice backup server client monday price order total street north signal copy letter number review".split(
    " ",
  );

function text(length: number, seed: number): Buffer {
  let state = seed | 1;
  let line = "";
  while (line.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    line += `${words[(state >>> 16) % words.length]}${(state >>> 8) % 100 === 0 ? "\n" : " "}${(state >>> 4) % 7 === 0 ? state >>> 12 : ""}`;
  }
  return Buffer.from(line.slice(0, length));
}

/** Set A: large files, a third each of noise, text and repeating records. Returns the bytes written. */
export function makeLargeFiles(directory: string, mebibytes: number): number {
  mkdirSync(directory, { recursive: true });
  const filesCount = 4;
  const pieces = Math.floor(mebibytes / filesCount);
  const letters = text(1024 * 1024, 99);
  for (let file = 0; file < filesCount; file++) {
    const handle = openSync(join(directory, `large-${file}.bin`), "w");
    for (let piece = 0; piece < pieces; piece++) {
      const kind = piece % 3;
      if (kind === 0) writeSync(handle, noise(1024 * 1024, `${file}/${piece}`));
      else {
        const block = Buffer.from(letters);
        for (let at = 0; at < block.length; at += kind === 1 ? 200 : 4096)
          block.writeUInt32LE((Math.imul(piece + 1, at + file) >>> 0) ^ at, Math.min(at, block.length - 4));
        writeSync(handle, block);
      }
    }
    closeSync(handle);
  }
  return filesCount * pieces * 1024 * 1024;
}

/** Set B: many small files (2–40 KB, half text, half noise) in folders of 100. Returns the bytes written. */
export function makeSmallFiles(directory: string, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `d${Math.floor(index / 100)}`);
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    const size = 2_000 + ((index * 7_919) % 38_000);
    writeFileSync(join(folder, `file-${index}.dat`), index % 2 ? text(size, index) : noise(size, `s${index}`));
    total += size;
  }
  return total;
}
