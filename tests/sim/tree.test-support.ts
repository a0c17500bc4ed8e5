import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SimRandom } from "../support/seed.test-support.ts";

export interface TreeSize {
  readonly smallFiles: number;
  readonly largeFiles: number;
  readonly largeBytes: number;
  /** One more file, as large as this. */
  readonly hugeBytes?: number;
}

const filesPerDirectory = 200;

/** Half of it noise, half of it text: what compresses and what does not. */
function content(random: SimRandom, length: number): Buffer {
  const bytes = Buffer.alloc(length, `line of text ${random.next()}\n`);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, (length >> 3) & ~3);
  for (let index = 0; index < words.length; index++) words[index] = random.next();
  return bytes;
}

/** Writes a tree with links, attributes and modes among ordinary files. */
export function makeTree(top: string, size: TreeSize, random: SimRandom): void {
  mkdirSync(top, { recursive: true });
  for (let index = 0; index < size.smallFiles; index++) {
    const directory = join(top, `d${Math.floor(index / filesPerDirectory)}`);
    if (index % filesPerDirectory === 0) mkdirSync(directory);
    writeFileSync(join(directory, `file-${index}`), content(random, random.between(0, 40_000)));
  }
  for (let index = 0; index < size.largeFiles; index++)
    writeFileSync(join(top, `large-${index}`), content(random, size.largeBytes));
  if (size.hugeBytes !== undefined) writeHuge(join(top, "huge"), size.hugeBytes, random);
  symlinkSync("d0/file-1", join(top, "link"));
  linkSync(join(top, "large-0"), join(top, "d0", "the same file"));
  chmodSync(join(top, "d0", "file-2"), 0o4750);
  spawnSync("setfattr", ["-n", "user.note", "-v", "kept", join(top, "d0", "file-3")]);
  spawnSync("setfacl", ["-m", "u:12345:rw", join(top, "d0", "file-4")]);
}

function writeHuge(path: string, bytes: number, random: SimRandom): void {
  const fd = openSync(path, "w");
  const block = content(random, 8 * 1024 * 1024);
  for (let left = bytes; left > 0; left -= block.length) {
    // Each block differs, so that it is not stored as one.
    block.writeUInt32LE(random.next(), 0);
    block.writeUInt32LE(random.next(), 1_500_000);
    block.writeUInt32LE(random.next(), 3_000_000);
    writeSync(fd, block, 0, Math.min(left, block.length));
  }
  closeSync(fd);
}

/** What a day does to a tree: files change, grow, go and come. About a sixth of it is new. */
export function changeTree(top: string, size: TreeSize, random: SimRandom, day: number): void {
  for (let index = 0; index < Math.ceil(size.largeFiles / 5); index++)
    writeFileSync(join(top, `large-${random.between(1, size.largeFiles - 1)}`), content(random, size.largeBytes));
  for (let count = Math.ceil(size.smallFiles / 50); count > 0; count--) {
    const index = random.between(10, size.smallFiles - 1);
    const file = join(top, `d${Math.floor(index / filesPerDirectory)}`, `file-${index}`);
    if (random.between(0, 2) === 0) rmSync(file, { force: true });
    else appendFileSync(file, content(random, random.between(1, 5_000)));
  }
  mkdirSync(join(top, `day-${day}`));
  writeFileSync(join(top, `day-${day}`, "new"), content(random, random.between(1, 3_000_000)));
}
