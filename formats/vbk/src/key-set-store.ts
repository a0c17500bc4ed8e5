import { Failure, utf8 } from "@casaforte/kernel";
import type { BankSet } from "./bank-set.ts";
import { pageBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import type { Metadata } from "./metadata.ts";
import { getPageId, isZero, noPage, type PageId, putPageId, viewOf } from "./page.ts";
import type { KeySetRecord, KeySetWrap } from "./types.ts";
import { writeVector } from "./vector.ts";

/** A key set record of the crypto store. FORMAT.md §8. */
const keySetBytes = 592;
const roles = ["session", "storage", "meta"] as const;
const roleNumber = { session: 1, storage: 2, meta: 3 } as const;
const marker = 0xa110ca2e;
/** Milliseconds from 1601 (FILETIME's start) to 1970, and FILETIME ticks in a millisecond. */
const filetimeEpochMs = 11_644_473_600_000n;
const ticksPerMs = 10_000n;
const wrapHead = 0x42;

/** Writes the crypto store into a bank of its own and returns its root, page 0 of that bank. */
export function writeKeySets(banks: BankSet, keySets: readonly KeySetRecord[]): PageId {
  const bank = banks.addBank();
  const allocate = (): PageId => banks.allocateIn(bank);
  const root = allocate();
  const wrapPages = keySets.map((keySet) =>
    keySet.wrap === null ? noPage : writeWrap(banks, allocate(), keySet.wrap),
  );
  return writeVector(banks, {
    entryBytes: keySetBytes,
    count: keySets.length,
    root,
    allocate,
    write(index, view, bytes) {
      const keySet = keySets[index];
      if (keySet !== undefined) writeKeySet(view, bytes, keySet, wrapPages[index] ?? noPage);
    },
  });
}

function writeKeySet(view: DataView, bytes: Uint8Array, keySet: KeySetRecord, wrapPage: PageId): void {
  bytes.set(keySet.id, 0);
  bytes.set(utf8(`Casaforte ${keySet.role} key`), 0x14);
  view.setUint32(0x214, roleNumber[keySet.role], true);
  view.setUint32(0x218, marker, true);
  putPageId(view, 0x238, noPage);
  putPageId(view, 0x240, wrapPage);
  view.setBigUint64(0x248, (BigInt(keySet.createdMs) + filetimeEpochMs) * ticksPerMs, true);
}

function writeWrap(banks: BankSet, page: PageId, wrap: KeySetWrap): PageId {
  const bytes = banks.page(page);
  const view = viewOf(bytes);
  const length = wrap.wrappedKey.length + wrap.check.length + wrap.salt.length;
  putPageId(view, 0x00, noPage);
  view.setUint32(0x08, wrapHead - 0x0c + length, true);
  view.setUint32(0x10, 1, true);
  view.setUint32(0x14, 16, true);
  bytes.set(wrap.wrappedBy, 0x18);
  view.setUint32(0x28, wrap.wrappedKey.length, true);
  view.setUint32(0x36, wrap.wrappedKey.length, true);
  view.setUint32(0x3a, wrap.check.length, true);
  view.setUint32(0x3e, wrap.salt.length, true);
  bytes.set(wrap.wrappedKey, wrapHead);
  bytes.set(wrap.check, wrapHead + wrap.wrappedKey.length);
  bytes.set(wrap.salt, wrapHead + wrap.wrappedKey.length + wrap.check.length);
  return page;
}

/** Reads the crypto store; zeroed entries at its end are none. @throws corrupt `vbk.key_record`, `vbk.page`. */
export function readKeySetStore(metadata: Metadata, root: PageId): readonly KeySetRecord[] {
  const perPage = Math.floor(pageBytes / keySetBytes);
  const entries = metadata.vector(root, keySetBytes, metadata.dataPages(root) * perPage);
  const keySets: KeySetRecord[] = [];
  for (let at = 0; at < entries.length; at += keySetBytes) {
    const entry = entries.subarray(at, at + keySetBytes);
    if (!isZero(entry)) keySets.push(readKeySet(entry, metadata));
  }
  return keySets;
}

function readKeySet(bytes: Uint8Array, metadata: Metadata): KeySetRecord {
  const view = viewOf(bytes);
  const role = roles.find((name) => roleNumber[name] === view.getUint32(0x214, true));
  if (role === undefined || view.getUint32(0x10, true) !== 0) throw damaged("unknown role or algorithm");
  const wrapPage = getPageId(view, 0x240);
  return {
    id: bytes.slice(0, 16),
    role,
    createdMs: Number(view.getBigUint64(0x248, true) / ticksPerMs - filetimeEpochMs),
    wrap: wrapPage === noPage ? null : readWrap(metadata.page(wrapPage)),
  };
}

function readWrap(bytes: Uint8Array): KeySetWrap {
  const view = viewOf(bytes);
  const wrapped = view.getUint32(0x36, true);
  const check = view.getUint32(0x3a, true);
  const salt = view.getUint32(0x3e, true);
  if (Math.max(wrapped, check, salt) > limits.wrappedKeyBytesMax) throw damaged("lengths out of bounds");
  const at = wrapHead;
  return {
    wrappedBy: bytes.slice(0x18, 0x28),
    wrappedKey: bytes.slice(at, at + wrapped),
    check: bytes.slice(at + wrapped, at + wrapped + check),
    salt: bytes.slice(at + wrapped + check, at + wrapped + check + salt),
  };
}

const damaged = (what: string): Failure => new Failure("corrupt", "vbk.key_record", `key set record: ${what}`);
