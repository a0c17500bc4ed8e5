import type { Entry } from "@casaforte/arena";
import { aclText } from "./acl-text.ts";

/** A stretch of a sparse file that holds data. */
export interface TarSegment {
  readonly offset: number;
  readonly length: number;
}

export interface TarEntry {
  /** Relative, without a slash in front; raw bytes. */
  readonly path: Buffer;
  readonly entry: Entry;
  /** Bytes of a file that follow; 0 for everything else. */
  readonly sizeBytes: number;
  /** Path in the archive of the file this name is a hard link to. */
  readonly hardLink: Buffer | null;
  /** Of a file with holes: only these follow. */
  readonly sparse: readonly TarSegment[] | null;
}

export const tarBlockBytes = 512;

/** Zeros that bring a length up to whole blocks. */
export const tarPadding = (lengthBytes: number): Buffer =>
  Buffer.alloc((tarBlockBytes - (lengthBytes % tarBlockBytes)) % tarBlockBytes);

/** What ends an archive. */
export const tarEnd = Buffer.alloc(2 * tarBlockBytes);

/**
 * The blocks before a file's data: a pax extended header (POSIX.1-2001) with what does not fit, and the ustar header.
 * Extended attributes as SCHILY.xattr, ACLs as SCHILY.acl, holes in GNU sparse format 1.0, as GNU tar and bsdtar read
 * them. Names that are no UTF-8 are kept byte for byte, as GNU tar does.
 */
export function tarHeader(input: TarEntry): Buffer {
  const { entry, sparse, hardLink } = input;
  const isDirectory = entry.type === "directory";
  const path = isDirectory ? Buffer.concat([input.path, Buffer.from("/")]) : input.path;
  const map = sparse === null ? null : sparseMap(sparse, input.sizeBytes);
  const dataBytes = map === null ? input.sizeBytes : map.length + sum(sparse ?? []);
  const linkTarget = hardLink ?? (entry.type === "symlink" ? Buffer.from(entry.target) : Buffer.alloc(0));
  const records = paxRecords(entry, {
    path: map === null ? path : null,
    linkTarget,
    dataBytes,
    isLink: hardLink !== null,
  });
  if (map !== null) {
    records.push(
      pax("GNU.sparse.major", "1"),
      pax("GNU.sparse.minor", "0"),
      pax("GNU.sparse.name", path),
      pax("GNU.sparse.realsize", String(input.sizeBytes)),
    );
  }
  const body = Buffer.concat(records);
  const parts = [
    ustar(
      { path: Buffer.from("PaxHeaders/entry"), type: "x", sizeBytes: body.length, linkTarget: Buffer.alloc(0) },
      null,
    ),
    body,
    tarPadding(body.length),
    ustar(
      { path: map === null ? path : sparseName(path), type: typeOf(input), sizeBytes: dataBytes, linkTarget },
      entry,
    ),
    ...(map === null ? [] : [map]),
  ];
  return Buffer.concat(parts);
}

const sum = (segments: readonly TarSegment[]): number => segments.reduce((total, { length }) => total + length, 0);

/** Decimal numbers, one a line: how many segments, then offset and length of each; a last empty one gives the size. */
function sparseMap(segments: readonly TarSegment[], sizeBytes: number): Buffer {
  const all = [...segments, { offset: sizeBytes, length: 0 }];
  const text = Buffer.from(`${all.length}\n${all.map(({ offset, length }) => `${offset}\n${length}\n`).join("")}`);
  return Buffer.concat([text, tarPadding(text.length)]);
}

/** What a reader that knows no sparse files would call it. */
function sparseName(path: Buffer): Buffer {
  const slash = path.lastIndexOf(0x2f) + 1;
  return Buffer.concat([path.subarray(0, slash), Buffer.from("GNUSparseFile.0/"), path.subarray(slash)]);
}

interface PaxInput {
  /** Null when the name goes into another record. */
  readonly path: Buffer | null;
  readonly linkTarget: Buffer;
  readonly dataBytes: number;
  readonly isLink: boolean;
}

function paxRecords(entry: Entry, { path, linkTarget, dataBytes, isLink }: PaxInput): Buffer[] {
  const records: Buffer[] = [];
  if (path !== null && !fits(path, 100)) records.push(pax("path", path));
  if (!fits(linkTarget, 100)) records.push(pax("linkpath", linkTarget));
  if (dataBytes > octalMax(11)) records.push(pax("size", String(dataBytes)));
  if (entry.userId > octalMax(7)) records.push(pax("uid", String(entry.userId)));
  if (entry.groupId > octalMax(7)) records.push(pax("gid", String(entry.groupId)));
  if (!fits(Buffer.from(entry.userName), 31)) records.push(pax("uname", entry.userName));
  if (!fits(Buffer.from(entry.groupName), 31)) records.push(pax("gname", entry.groupName));
  records.push(pax("mtime", seconds(entry.modifiedNs)), pax("atime", seconds(entry.accessedNs)));
  if (isLink) return records;
  for (const { name, value } of entry.xattrs) {
    const acl = aclKeys[name];
    const text = acl === undefined ? null : aclText(Buffer.from(value));
    if (acl !== undefined && text !== null) records.push(pax(acl, text));
    else records.push(pax(`SCHILY.xattr.${name.replaceAll("%", "%25").replaceAll("=", "%3D")}`, Buffer.from(value)));
  }
  return records;
}

const aclKeys: Readonly<Record<string, string>> = {
  "system.posix_acl_access": "SCHILY.acl.access",
  "system.posix_acl_default": "SCHILY.acl.default",
};

const octalMax = (digits: number): number => 8 ** digits - 1;
const fits = (bytes: Buffer, length: number): boolean => bytes.length <= length && bytes.every((byte) => byte < 0x80);

/** `12.000000001`, also before 1970. */
function seconds(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const absolute = ns < 0n ? -ns : ns;
  return `${sign}${absolute / 1_000_000_000n}.${String(absolute % 1_000_000_000n).padStart(9, "0")}`;
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function pax(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function typeOf({ entry, hardLink }: TarEntry): string {
  if (hardLink !== null) return "1";
  const types = {
    file: "0",
    symlink: "2",
    character_device: "3",
    block_device: "4",
    directory: "5",
    fifo: "6",
  } as const;
  return types[entry.type];
}

interface UstarInput {
  readonly path: Buffer;
  readonly type: string;
  readonly sizeBytes: number;
  readonly linkTarget: Buffer;
}

/** One ustar header; `null` for the header of a pax header. What does not fit is cut here: the pax header has it whole. */
function ustar({ path, type, sizeBytes, linkTarget }: UstarInput, entry: Entry | null): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  path.copy(block, 0, 0, 100);
  octal(block, 100, 7, entry?.mode ?? 0o600);
  octal(block, 108, 7, entry?.userId ?? 0);
  octal(block, 116, 7, entry?.groupId ?? 0);
  octal(block, 124, 11, type === "1" ? 0 : sizeBytes);
  octal(block, 136, 11, Math.max(0, Number((entry?.modifiedNs ?? 0n) / 1_000_000_000n)));
  block.fill(" ", 148, 156);
  block.write(type, 156, "latin1");
  linkTarget.copy(block, 157, 0, 100);
  block.write("ustar\u000000", 257, "latin1");
  block.write((entry?.userName ?? "").slice(0, 31), 265, 31, "utf8");
  block.write((entry?.groupName ?? "").slice(0, 31), 297, 31, "utf8");
  const device = entry?.type === "block_device" || entry?.type === "character_device" ? entry : null;
  octal(block, 329, 7, device?.major ?? 0);
  octal(block, 337, 7, device?.minor ?? 0);
  let checksum = 0;
  for (const byte of block) checksum += byte;
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Too large a value is written as the largest: the pax header has the true one. */
function octal(block: Buffer, offset: number, digits: number, value: number): void {
  block.write(Math.min(value, octalMax(digits)).toString(8).padStart(digits, "0"), offset, "latin1");
}
