import { equalBytes, utf8 } from "@casaforte/kernel";
import { idBytes, idText } from "./ids.ts";
import { hashBytes, pageBytes } from "./layout.ts";
import { getU64, putU64, viewOf } from "./page.ts";
import type { ChainPosition } from "./types.ts";

const magic = utf8("CASAFORTE-TRAIL\0");
const flag = { sealed: 1, hasParent: 2, standsFor: 4 } as const;
const rootAt = pageBytes - hashBytes;

/** The file's last page: identity, place of the authentication table, file root. Readers of the layout ignore it. FORMAT.md §9. */
export interface Trailer {
  readonly position: ChainPosition;
  readonly sealed: boolean;
  readonly tableOffset: number;
  readonly tableBytes: number;
  readonly bankRows: number;
  readonly blockRows: number;
}

/** The trailer page with its root still zero. */
export function writeTrailer(trailer: Trailer): Uint8Array {
  const page = new Uint8Array(pageBytes);
  const view = viewOf(page);
  const { fileId, chainId, pointId, parentRoot, standsFor } = trailer.position;
  page.set(magic);
  view.setUint32(0x10, 1, true);
  const flags = (trailer.sealed ? flag.sealed : 0) | (parentRoot ? flag.hasParent : 0);
  view.setUint32(0x14, flags | (standsFor ? flag.standsFor : 0), true);
  page.set(idBytes(fileId), 0x18);
  page.set(idBytes(chainId), 0x28);
  page.set(idBytes(pointId), 0x38);
  if (parentRoot) page.set(parentRoot, 0x48);
  putU64(view, 0x68, trailer.tableOffset);
  putU64(view, 0x70, trailer.tableBytes);
  view.setUint32(0x78, trailer.bankRows, true);
  view.setUint32(0x7c, trailer.blockRows, true);
  if (standsFor) page.set(standsFor, 0x80);
  return page;
}

/** Reads a trailer page; null when the page is none of ours. Nothing in it is believed before the root is checked. */
export function readTrailer(page: Uint8Array): Trailer | null {
  const view = viewOf(page);
  if (!equalBytes(page.subarray(0, magic.length), magic) || view.getUint32(0x10, true) !== 1) return null;
  const flags = view.getUint32(0x14, true);
  return {
    position: {
      fileId: idText(page.subarray(0x18)),
      chainId: idText(page.subarray(0x28)),
      pointId: idText(page.subarray(0x38)),
      parentRoot: flags & flag.hasParent ? page.slice(0x48, 0x68) : null,
      standsFor: flags & flag.standsFor ? page.slice(0x80, 0xa0) : null,
    },
    sealed: (flags & flag.sealed) !== 0,
    tableOffset: getU64(view, 0x68),
    tableBytes: getU64(view, 0x70),
    bankRows: view.getUint32(0x78, true),
    blockRows: view.getUint32(0x7c, true),
  };
}

export const trailerBody = (page: Uint8Array): Uint8Array => page.subarray(0, rootAt);
export const trailerRoot = (page: Uint8Array): Uint8Array => page.subarray(rootAt);
const rootLabel = utf8("casaforte/vbk/file-root/v1\0");

export interface RootInput {
  readonly trailerPage: Uint8Array;
  readonly headerPage: Uint8Array;
  /** Bytes 0x04 to 0x7C of either slot; they are the same. */
  readonly slotFields: Uint8Array;
  /** The crypto bank as stored; empty in plain files. */
  readonly cryptoBank: Uint8Array;
  /** The authentication table, padded to whole pages. */
  readonly table: Uint8Array;
}

/** What the file root covers, in order. The trailer fixes the table's length, so no two inputs run together. */
export const rootParts = (input: RootInput): readonly Uint8Array[] => [
  rootLabel,
  trailerBody(input.trailerPage),
  input.headerPage,
  input.slotFields,
  input.cryptoBank,
  input.table,
];
