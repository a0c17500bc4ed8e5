import { createRequire } from "node:module";
import { getSystemErrorMap } from "node:util";
import { Failure } from "@casaforte/kernel";
import type Koffi from "koffi";

/** A path as raw bytes without the closing NUL; names need not be UTF-8. */
export type RawPath = Buffer<ArrayBufferLike>;

/** An error number of the C library, told the way Node tells its own. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: string;

  constructor(call: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`ERRNO${errno}`, "unknown error"];
    super(`${call}: ${text}`);
    this.code = code;
  }
}

/** Names of a path's extended attributes; links are not followed. Empty where the file system has none. */
export function listXattrs(path: RawPath): readonly string[] {
  const libc = load();
  const raw = zeroEnded(path);
  let length = Number(libc.llistxattr(raw, libc.scratch, libc.scratch.length));
  if (length === 0) return [];
  let names: Buffer = libc.scratch;
  if (length < 0) {
    const error = failed("llistxattr");
    if (error.code === "ENOTSUP" || error.code === "EOPNOTSUPP") return [];
    if (error.code !== "ERANGE") throw error;
    names = Buffer.alloc(xattrListBytesMax);
    length = Number(libc.llistxattr(raw, names, names.length));
    if (length < 0) throw failed("llistxattr");
  }
  // Each name ends with NUL; an attribute's name is UTF-8 by convention of every tool that sets one.
  return names.toString("utf8", 0, length - 1).split("\0");
}

/** A copy of the value, or null when the attribute went away meanwhile or may not be read. */
export function getXattr(path: RawPath, name: string): Buffer | null {
  const libc = load();
  const length = Number(libc.lgetxattr(zeroEnded(path), name, libc.scratch, libc.scratch.length));
  if (length >= 0) return Buffer.from(libc.scratch.subarray(0, length));
  const error = failed("lgetxattr");
  if (error.code === "ENODATA" || error.code === "EPERM" || error.code === "EACCES") return null;
  throw error;
}

export function setXattr(path: RawPath, name: string, value: Uint8Array): void {
  if (load().lsetxattr(zeroEnded(path), name, Buffer.from(value), value.length, 0) !== 0) throw failed("lsetxattr");
}

/** The same for an open file. */
export function setFileXattr(fd: number, name: string, value: Uint8Array): void {
  if (load().fsetxattr(fd, name, Buffer.from(value), value.length, 0) !== 0) throw failed("fsetxattr");
}

/** Sets both times to the nanosecond; a link's own, not its target's. */
export function setTimes(path: RawPath, accessedNs: bigint, modifiedNs: bigint): void {
  const times = timesOf(accessedNs, modifiedNs);
  if (load().utimensat(atFdCwd, zeroEnded(path), times, atSymlinkNofollow) !== 0) throw failed("utimensat");
}

/** The same for an open file. */
export function setFileTimes(fd: number, accessedNs: bigint, modifiedNs: bigint): void {
  if (load().futimens(fd, timesOf(accessedNs, modifiedNs)) !== 0) throw failed("futimens");
}

/** First byte of data at or after `offset`, or -1 when only a hole follows. */
export const seekData = (fd: number, offset: number): number => seek(fd, offset, 3);

/** First byte of a hole at or after `offset`; the end of the file is one. */
export const seekHole = (fd: number, offset: number): number => seek(fd, offset, 4);

export function makeFifo(path: RawPath, mode: number): void {
  if (load().mkfifo(zeroEnded(path), mode) !== 0) throw failed("mkfifo");
}

/**
 * Looks at a name, links not followed. `path` ends with NUL; `into` takes what the system tells (`statxBytes`, statx(2)), of
 * which no values are made. False where it fails or tells less than `lstat` does.
 */
export function statxInto(path: Uint8Array, into: Buffer): boolean {
  if (load().statx(atFdCwd, path, atSymlinkNofollow | atNoAutomount, statxBasic, into) !== 0) return false;
  return (into.readUInt32LE(statxOffsets.mask) & statxBasic) === statxBasic;
}

export const statxBytes = 256;
/** In `struct statx`: times are seconds (i64) and nanoseconds (u32). */
export const statxOffsets = {
  mask: 0,
  links: 16,
  userId: 20,
  groupId: 24,
  mode: 28,
  size: 40,
  accessed: 64,
  changed: 96,
  modified: 112,
  /** Major and minor number, a u32 each. */
  device: 136,
} as const;

/** Needs root. */
export function makeDevice(path: RawPath, kind: "block" | "character", major: number, minor: number): void {
  const type = kind === "block" ? 0o060000 : 0o020000;
  if (load().mknod(zeroEnded(path), type | 0o600, deviceNumber(major, minor)) !== 0) throw failed("mknod");
}

/** Linux packs 32 bits of each into 64 (gnu_dev_makedev). */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** The two halves of a device number as `stat` gives it. */
export function splitDevice(device: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}

const atFdCwd = -100;
const atSymlinkNofollow = 0x100;
const atNoAutomount = 0x800;
const statxBasic = 0x7ff;
const xattrListBytesMax = 0x1_0000;
const billion = 1_000_000_000n;

type Libc = ReturnType<typeof open>;
let loaded: Libc | null = null;

/** Loaded at first use, so that a machine where it cannot load still prints help. */
function load(): Libc {
  loaded ??= open();
  return loaded;
}

function open() {
  if (process.platform !== "linux") {
    throw new Failure("unsupported", "agent.platform", `file attributes on ${process.platform} are not supported yet`);
  }
  const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
  const libc = koffi.load(null);
  return {
    errno: () => koffi.errno(),
    scratch: Buffer.alloc(xattrListBytesMax),
    llistxattr: libc.func("int64_t llistxattr(const uint8_t* path, void* list, size_t size)"),
    lgetxattr: libc.func("int64_t lgetxattr(const uint8_t* path, const char* name, void* value, size_t size)"),
    lsetxattr: libc.func(
      "int lsetxattr(const uint8_t* path, const char* name, const void* value, size_t size, int flags)",
    ),
    fsetxattr: libc.func("int fsetxattr(int fd, const char* name, const void* value, size_t size, int flags)"),
    futimens: libc.func("int futimens(int fd, const int64_t* times)"),
    utimensat: libc.func("int utimensat(int dirfd, const uint8_t* path, const int64_t* times, int flags)"),
    statx: libc.func("int statx(int dirfd, const uint8_t* path, int flags, unsigned int mask, void* into)"),
    lseek: libc.func("int64_t lseek(int fd, int64_t offset, int whence)"),
    mkfifo: libc.func("int mkfifo(const uint8_t* path, uint32_t mode)"),
    mknod: libc.func("int mknod(const uint8_t* path, uint32_t mode, uint64_t device)"),
  };
}

function seek(fd: number, offset: number, whence: number): number {
  const found = Number(load().lseek(fd, offset, whence));
  if (found >= 0) return found;
  const error = failed("lseek");
  if (error.code === "ENXIO") return -1;
  throw error;
}

const failed = (call: string): SystemError => new SystemError(call, load().errno());

const zeroEnded = (path: RawPath): Buffer => Buffer.concat([path, Buffer.of(0)]);

const timesOf = (accessedNs: bigint, modifiedNs: bigint): BigInt64Array =>
  new BigInt64Array([...timespec(accessedNs), ...timespec(modifiedNs)]);

/** Seconds and nanoseconds; before 1970 the nanoseconds still count upwards. */
function timespec(ns: bigint): [bigint, bigint] {
  const nanoseconds = ((ns % billion) + billion) % billion;
  return [(ns - nanoseconds) / billion, nanoseconds];
}
