import { assert, type Bytes, fromUtf8, unreachable, utf8 } from "@casaforte/kernel";
import { type ByteReader, corrupt, TextMemory } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readContent, writeContent } from "./content.ts";
import type { Entry, EntryAttributes, EntryBody, ExtendedAttribute } from "./entry.ts";
import {
  linkTargetBytesMax,
  nameBytesMax,
  ownerNameBytesMax,
  xattrNameBytesMax,
  xattrsMax,
  xattrValueBytesMax,
} from "./limits.ts";

const types = ["file", "directory", "symlink", "fifo", "block_device", "character_device"] as const;
const idMax = 0xffff_ffff;

/** Appends one entry (FORMAT.md §4). */
export function writeEntry(writer: ByteWriter, entry: Entry): void {
  assert(isEntryName(entry.name), "an entry has a name that can be restored");
  writer.u8(types.indexOf(entry.type));
  writer.sized(entry.name);
  writer.varint(entry.mode);
  writer.varint(entry.userId);
  writer.varint(entry.groupId);
  writer.sized(utf8(entry.userName));
  writer.sized(utf8(entry.groupName));
  writer.i64(entry.modifiedNs);
  writer.i64(entry.changedNs);
  writer.i64(entry.accessedNs);
  writer.varint(entry.xattrs.length);
  for (const { name, value } of entry.xattrs) {
    writer.sized(utf8(name));
    writer.sized(value);
  }
  writeBody(writer, entry);
}

/** @throws corrupt; a name that could leave the target directory is refused here, once for all readers. */
export function readEntry(reader: ByteReader): Entry {
  const type = types[reader.u8()];
  if (type === undefined) throw corrupt("unknown entry type");
  const name = reader.sized(nameBytesMax, "name");
  if (!isEntryName(name)) throw corrupt("forbidden entry name");
  const attributes: EntryAttributes = {
    name,
    mode: reader.varint(0o7777, "mode"),
    userId: reader.varint(idMax, "user id"),
    groupId: reader.varint(idMax, "group id"),
    userName: reader.text(ownerNameBytesMax, "user name", lastUserName),
    groupName: reader.text(ownerNameBytesMax, "group name", lastGroupName),
    modifiedNs: reader.i64(),
    changedNs: reader.i64(),
    accessedNs: reader.i64(),
    xattrs: readXattrs(reader),
  };
  return { ...attributes, ...readBody(reader, type) };
}

/** The name in an entry's bytes, no copy of it: its length takes one byte of seven bits, or two. */
export function nameIn(bytes: Bytes): Bytes {
  const low = bytes[1] ?? 0;
  return low < 0x80 ? bytes.subarray(2, 2 + low) : bytes.subarray(3, 3 + (low & 0x7f) + (bytes[2] ?? 0) * 0x80);
}

/** One entry's owners are mostly those of the entry before. */
const lastUserName = new TextMemory();
const lastGroupName = new TextMemory();

/** Whether these bytes can name something inside a directory. */
export function isEntryName(name: Bytes): boolean {
  if (name.length === 0 || name.length > nameBytesMax) return false;
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) return false;
  return !name.includes(0x2f) && !name.includes(0);
}

function readXattrs(reader: ByteReader): readonly ExtendedAttribute[] {
  const count = reader.varint(xattrsMax, "extended attributes");
  const xattrs: ExtendedAttribute[] = [];
  for (let index = 0; index < count; index++) {
    const name = fromUtf8(reader.sized(xattrNameBytesMax, "attribute name"));
    if (name === "" || name.includes("\0")) throw corrupt("forbidden attribute name");
    xattrs.push({ name, value: reader.sized(xattrValueBytesMax, "attribute value") });
  }
  return xattrs;
}

function writeBody(writer: ByteWriter, entry: Entry): void {
  switch (entry.type) {
    case "file":
      writer.u8(entry.linkGroup === null ? 0 : 1);
      if (entry.linkGroup !== null) {
        writer.u64(entry.linkGroup.device);
        writer.u64(entry.linkGroup.inode);
      }
      writeContent(writer, entry.content);
      break;
    case "directory":
      writeContent(writer, entry.content);
      break;
    case "symlink":
      writer.sized(entry.target);
      break;
    case "block_device":
    case "character_device":
      writer.varint(entry.major);
      writer.varint(entry.minor);
      break;
    case "fifo":
      break;
    default:
      unreachable(entry);
  }
}

function readBody(reader: ByteReader, type: (typeof types)[number]): EntryBody {
  switch (type) {
    case "file": {
      const flag = reader.u8();
      if (flag > 1) throw corrupt("unknown link flag");
      const linkGroup = flag === 0 ? null : { device: reader.u64(), inode: reader.u64() };
      return { type, linkGroup, content: readContent(reader) };
    }
    case "directory":
      return { type, content: readContent(reader) };
    case "symlink": {
      const target = reader.sized(linkTargetBytesMax, "link target");
      if (target.length === 0 || target.includes(0)) throw corrupt("forbidden link target");
      return { type, target };
    }
    case "block_device":
    case "character_device":
      return { type, major: reader.varint(idMax, "major"), minor: reader.varint(idMax, "minor") };
    case "fifo":
      return { type };
    default:
      return unreachable(type);
  }
}
