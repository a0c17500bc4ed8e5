import { createCipheriv, createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const mebibyte = 1 << 20;

/** Repeatable noise: a cipher's stream under a key made of the seed. */
export function noise(length: number, seed: string): Buffer {
  const key = createHash("sha256").update(seed).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

const verbs = "opened closed queued retried stored loaded expired renewed".split(" ");
const parts = "vault agent portal billing replica index prune verify".split(" ");

/** Lines of a log: LZ4 makes a third of them. */
export function logText(length: number, seed: number): Buffer {
  let state = seed * 2_654_435_761 + 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const lines: string[] = [];
  for (let filled = 0; filled < length; ) {
    const at = `2026-${10 + next(3)}-${10 + next(19)}T${10 + next(14)}:${10 + next(50)}`;
    const line = `${at} INFO ${parts[next(8)]}[${100 + next(9)}] session ${verbs[next(8)]} for tenant-${next(40)} device-${next(40)} bytes=${next(2 ** 31)}\n`;
    lines.push(line);
    filled += line.length;
  }
  return Buffer.from(lines.join("").slice(0, length));
}

/** Set A: large files, every other MiB noise, the rest log text. Returns the bytes written. */
export function makeLarge(directory: string, files: number, mebibytesEach: number): number {
  mkdirSync(directory, { recursive: true });
  for (let file = 0; file < files; file++) {
    const handle = openSync(join(directory, `big${file}.bin`), "w");
    for (let piece = 0; piece < mebibytesEach; piece++) {
      const seed = file * 10_000 + piece;
      writeSync(handle, piece % 2 === 0 ? noise(mebibyte, `a${seed}`) : logText(mebibyte, seed));
    }
    closeSync(handle);
  }
  return files * mebibytesEach * mebibyte;
}

export interface Change {
  /** Two in a hundred pieces of this length are overwritten by noise. */
  readonly pieceBytes: number;
  /** Inserted in the middle of one file; 0 for none. */
  readonly insertedBytes: number;
}

/** What becomes of set A. `CU` inserts a length that shifts every block behind it. */
export const changes: Readonly<Record<"C" | "C64" | "CU", Change>> = {
  C: { pieceBytes: mebibyte, insertedBytes: mebibyte },
  C64: { pieceBytes: 65_536, insertedBytes: 0 },
  CU: { pieceBytes: mebibyte, insertedBytes: 1_000_003 },
};

/** Writes the changed copy of a set A. Returns the bytes written. */
export function makeChanged(source: string, directory: string, files: number, change: Change): number {
  mkdirSync(directory, { recursive: true });
  let written = 0;
  let piece = 0;
  for (let file = 0; file < files; file++) {
    const from = openSync(join(source, `big${file}.bin`), "r");
    const to = openSync(join(directory, `big${file}.bin`), "w");
    const bytes = Buffer.alloc(change.pieceBytes);
    for (let count = 0; ; count++, piece++) {
      const length = readSync(from, bytes);
      if (length === 0) break;
      if (file === 1 && count === 20 && change.insertedBytes > 0)
        written += writeSync(to, noise(change.insertedBytes, "inserted"));
      written += writeSync(to, piece % 50 === 7 ? noise(length, `changed ${piece}`) : bytes.subarray(0, length));
    }
    closeSync(from);
    closeSync(to);
  }
  return written;
}

/** Set B: small files of 1 to 32 KiB in folders of 100, every other one text. Returns the bytes written. */
export function makeSmall(directory: string, count: number): number {
  let total = 0;
  const letters = logText(mebibyte, 3_001);
  const other = noise(mebibyte, "small");
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `d${Math.floor(index / 10_000)}`, `s${Math.floor(index / 100)}`);
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    const size = 1_024 + ((index * 7_919) % 31_744);
    const start = (index * 104_729) % (mebibyte - size - 8);
    const bytes = Buffer.from((index % 2 === 0 ? letters : other).subarray(start, start + size));
    // Each file is another one, also where the pieces it is cut from overlap.
    bytes.writeUInt32LE(index, 0);
    for (let at = 512; at + 4 < size; at += 512) bytes.writeUInt32LE(Math.imul(index + 1, at) >>> 0, at);
    writeFileSync(join(folder, `f${index % 100}.dat`), bytes);
    total += size;
  }
  return total;
}

/** Many tiny files, for the memory of the catalogue. */
export function makeTiny(directory: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const folder = join(directory, `d${Math.floor(index / 1000)}`);
    if (index % 1000 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}`), `${index}\n`);
  }
}
