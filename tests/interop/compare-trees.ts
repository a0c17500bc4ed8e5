import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";

/** What two trees may differ in and still count as equal. */
export interface CompareOptions {
  /** Compare owners (needs root to have been restored). Default true. */
  readonly owners?: boolean;
  /** Compare extended attributes and ACLs, by getfattr. Default true. */
  readonly xattrs?: boolean;
  /** Compare access times. Default false: comparing reads files, and so did whoever looked before. */
  readonly accessTimes?: boolean;
  /** Names, relative to the top, whose own times are not compared: directories above the roots. */
  readonly ignoreTimes?: (path: string) => boolean;
}

/**
 * Compares two directory trees: names as raw bytes, kinds, contents, sparse allocation, every attribute, and which names
 * are one file. Shares no code with the agent. Returns differences in plain words; none when they are equal.
 */
export function compareTrees(left: string, right: string, options: CompareOptions = {}): string[] {
  const differences: string[] = [];
  using held = new HeldDirectories();
  const one = list(Buffer.from(left), held);
  const two = list(Buffer.from(right), held);
  for (const name of one.keys()) if (!two.has(name)) differences.push(`${shown(name)}: only on the left`);
  for (const name of two.keys()) if (!one.has(name)) differences.push(`${shown(name)}: only on the right`);
  for (const [name, a] of one) {
    const b = two.get(name);
    if (b !== undefined)
      for (const text of compareOne(a, b, name, options)) differences.push(`${shown(name)}: ${text}`);
  }
  differences.push(...compareLinks(one, two));
  if (options.xattrs !== false) differences.push(...compareXattrs(left, right));
  return differences;
}

interface Found {
  readonly path: Buffer;
  readonly stats: BigIntStats;
}

/** Directories so deep that no path reaches them: held open, and reached through /proc. */
class HeldDirectories implements Disposable {
  readonly #fds: number[] = [];

  shorten(path: Buffer): Buffer {
    if (path.length < 2000) return path;
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    this.#fds.push(fd);
    return Buffer.from(`/proc/self/fd/${fd}`);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#fds) closeSync(fd);
  }
}

/** Names as latin1, so that every byte survives; the top itself is the empty name. */
function list(top: Buffer, held: HeldDirectories): Map<string, Found> {
  const found = new Map<string, Found>();
  const visit = (path: Buffer, name: string) => {
    const stats = lstatSync(path, { bigint: true });
    found.set(name, { path, stats });
    if (!stats.isDirectory()) return;
    const directory = held.shorten(path);
    for (const child of readdirSync(directory, { encoding: "buffer" })) {
      const text = child.toString("latin1");
      visit(Buffer.concat([directory, Buffer.from("/"), child]), name === "" ? text : `${name}/${text}`);
    }
  };
  visit(top, "");
  return found;
}

function compareOne(a: Found, b: Found, name: string, options: CompareOptions): string[] {
  const texts: string[] = [];
  const differ = (what: string, x: bigint | string, y: bigint | string) => {
    if (x !== y) texts.push(`${what} ${x} and ${y}`);
  };
  differ("mode", a.stats.mode.toString(8), b.stats.mode.toString(8));
  if (options.owners !== false) {
    differ("user", a.stats.uid, b.stats.uid);
    differ("group", a.stats.gid, b.stats.gid);
  }
  if (name !== "" && options.ignoreTimes?.(name) !== true) {
    differ("mtime", a.stats.mtimeNs, b.stats.mtimeNs);
    if (options.accessTimes === true) differ("atime", a.stats.atimeNs, b.stats.atimeNs);
  }
  if (a.stats.isFile() && b.stats.isFile()) {
    differ("size", a.stats.size, b.stats.size);
    differ("content", digestOf(a.path), digestOf(b.path));
    // A megabyte of grace: file systems place extents as they like.
    if (b.stats.blocks > a.stats.blocks + 2048n)
      texts.push(`holes were filled: ${a.stats.blocks} and ${b.stats.blocks} sectors`);
  }
  if (a.stats.isSymbolicLink() && b.stats.isSymbolicLink()) {
    differ("target", readlinkSync(a.path, { encoding: "latin1" }), readlinkSync(b.path, { encoding: "latin1" }));
  }
  if (a.stats.isBlockDevice() || a.stats.isCharacterDevice()) differ("device", a.stats.rdev, b.stats.rdev);
  return texts;
}

/** One for all files: a fresh megabyte for each of ten thousand small ones costs more than reading them. */
const readBuffer = Buffer.alloc(0x10_0000);

function digestOf(path: Buffer): string {
  const hash = createHash("sha256");
  const buffer = readBuffer;
  const fd = openSync(path, "r");
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

/** Names that are one file on the left must be one file on the right. */
function compareLinks(one: Map<string, Found>, two: Map<string, Found>): string[] {
  const groups = new Map<string, string[]>();
  for (const [name, { stats }] of one) {
    if (!stats.isFile() || stats.nlink < 2n) continue;
    const key = `${stats.dev}:${stats.ino}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const texts: string[] = [];
  for (const names of groups.values()) {
    const inodes = new Set(names.map((name) => two.get(name)?.stats.ino));
    if (inodes.size !== 1)
      texts.push(`${names.map(shown).join(", ")}: one file on the left, ${inodes.size} on the right`);
  }
  return texts;
}

/** All attributes of a tree as getfattr(1) prints them, ACLs included. */
function compareXattrs(left: string, right: string): string[] {
  const [a, b] = [left, right].map((cwd) => {
    const run = spawnSync("getfattr", ["-R", "-h", "-P", "-d", "-m", "-", "-e", "hex", "."], {
      cwd,
      encoding: "latin1",
      maxBuffer: 1 << 28,
    });
    if (run.error) throw new Error(`getfattr (Debian package attr) is needed: ${run.error.message}`);
    return run.stdout.split("\n\n").sort();
  });
  if (a === undefined || b === undefined || a.join() === b.join()) return [];
  const missing = a.filter((text) => !b.includes(text));
  const added = b.filter((text) => !a.includes(text));
  return [
    ...missing.map((text) => `attributes only on the left: ${text}`),
    ...added.map((text) => `attributes only on the right: ${text}`),
  ];
}

const shown = (name: string): string => JSON.stringify(name === "" ? "." : name);
