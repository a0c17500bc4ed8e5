import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimes } from "../posix.ts";

/** Repeatable bytes that do not compress (xorshift32, a word at a time). */
export function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  let state = seed | 0 || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return bytes;
}

/** A tree of everything that backup programs have got wrong. Owners and devices only when run as root. */
export function makeNastyTree(top: string, smallFiles: number): void {
  mkdirSync(top, { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${top}/caf`), Buffer.of(0xe9, 0xff, 0xfe)]), "latin1 name");
  writeFileSync(join(top, "line\nbreak \x1b[31m"), "control characters");
  writeFileSync(join(top, "n".repeat(255)), "long name");
  writeFileSync(join(top, "-rf"), "looks like an option");
  writeFileSync(join(top, "empty"), "");
  writeFileSync(join(top, "large"), noise(1, 9_000_003));
  writeFileSync(join(top, "copy of large"), noise(1, 9_000_003));
  writeFileSync(join(top, "zeros"), Buffer.alloc(5_000_000));
  // Its first chunk has a whole block of zeros in it.
  writeFileSync(
    join(top, "zeros within"),
    Buffer.concat([noise(6, 100_000), Buffer.alloc(5_000_000), noise(7, 9_000)]),
  );
  writeFileSync(join(top, "exactly-1-mib"), noise(2, 0x10_0000));
  mkdirSync(join(top, "empty dir"));
  makeSparse(top);
  makeModes(top);
  makeLinks(top);
  makeXattrs(top);
  makeDeep(top);
  for (let index = 0; index < smallFiles; index++) {
    if (index % 500 === 0) mkdirSync(join(top, `small-${index / 500}`));
    writeFileSync(
      join(top, `small-${Math.floor(index / 500)}`, `file-${index}`),
      `content ${index}\n`.repeat(index % 40),
    );
  }
  if (process.getuid?.() === 0) makeOwned(top);
  const ns = Buffer.from(join(top, "nanoseconds"));
  writeFileSync(ns, "exact");
  setTimes(ns, 1_600_000_000_000_000_001n, -1_234_567_891n);
  utimesSync(join(top, "empty dir"), 1, 2);
}

function makeSparse(top: string): void {
  const fd = openSync(join(top, "sparse"), "w");
  ftruncateSync(fd, 100 * 1024 * 1024);
  writeSync(fd, noise(3, 5000), 0, 5000, 40 * 1024 * 1024 + 7);
  writeSync(fd, "end", 90 * 1024 * 1024);
  closeSync(fd);
}

function makeModes(top: string): void {
  for (const mode of [0o0, 0o400, 0o4755, 0o2711, 0o1777, 0o7777]) {
    const path = join(top, `mode-${mode.toString(8)}`);
    writeFileSync(path, `mode ${mode}`);
    chmodSync(path, mode);
  }
  mkdirSync(join(top, "sticky"));
  chmodSync(join(top, "sticky"), 0o1777);
  mkdirSync(join(top, "read only dir"));
  writeFileSync(join(top, "read only dir", "inside"), "inside");
  chmodSync(join(top, "read only dir"), 0o555);
}

function makeLinks(top: string): void {
  writeFileSync(join(top, "linked-1"), noise(4, 70_000));
  linkSync(join(top, "linked-1"), join(top, "linked-2"));
  linkSync(join(top, "linked-1"), join(top, "empty dir", "linked-3"));
  symlinkSync("nowhere/at/all", join(top, "dangling"));
  symlinkSync(Buffer.of(0xff, 0xfe, 0x2f, 0x41), join(top, "link to bytes"));
  symlinkSync(".", join(top, "loop"));
  lutimesSync(join(top, "dangling"), 1_000_000_000, 1_000_000_001);
  spawnSync("mkfifo", ["-m", "620", join(top, "fifo")]);
}

function makeXattrs(top: string): void {
  writeFileSync(join(top, "attributed"), "x");
  spawnSync("setfattr", ["-n", "user.plain", "-v", "value", join(top, "attributed")]);
  spawnSync("setfattr", ["-n", "user.bytes", "-v", "0x00ff0100", join(top, "attributed")]);
  spawnSync("setfattr", ["-n", "user.empty", join(top, "attributed")]);
  spawnSync("setfattr", ["-n", "user.dir", "-v", "d", join(top, "empty dir")]);
  spawnSync("setfacl", ["-m", "u:12345:rw,g:54321:r", join(top, "attributed")]);
  spawnSync("setfacl", ["-d", "-m", "u:12345:rwx", join(top, "empty dir")]);
}

/** Deeper than a path may be long: made from inside, one level at a time. */
function makeDeep(top: string): void {
  const name = "d".repeat(200);
  const script = `cd "$1" && for i in $(seq 30); do mkdir ${name} && cd -P ${name} || exit 1; done; echo bottom > file`;
  spawnSync("bash", ["-c", script, "bash", top]);
}

function makeOwned(top: string): void {
  writeFileSync(join(top, "owned"), "by nobody");
  spawnSync("chown", ["65534:4242", join(top, "owned")]);
  symlinkSync("owned", join(top, "owned link"));
  spawnSync("chown", ["-h", "1234:5678", join(top, "owned link")]);
  spawnSync("mknod", [join(top, "null device"), "c", "1", "3"]);
  writeFileSync(join(top, "owned-setuid"), "x");
  spawnSync("chown", ["1234:5678", join(top, "owned-setuid")]);
  chmodSync(join(top, "owned-setuid"), 0o6755);
}
