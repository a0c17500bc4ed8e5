import type { FlagColumns, FlagTable } from "@casaforte/imap";
import type { PackedMemberships } from "./store-flags-at.ts";
import { packedRowBytes } from "./store-view.ts";

/** Packed memberships as columns; their flags by the numbers of a table. */
export function unpackColumns({ packed, keywords }: PackedMemberships, table: FlagTable): FlagColumns {
  const count = packed.length / packedRowBytes;
  const columns = { uids: new Uint32Array(count), flagSets: new Uint32Array(count), modseqs: new Float64Array(count) };
  for (let row = 0, at = 0; row < count; row++, at += packedRowBytes) {
    columns.uids[row] = packed.readUInt32BE(at);
    columns.flagSets[row] = packed.readUInt16BE(at + 4);
    columns.modseqs[row] = packed.readUInt32BE(at + 6) * 0x1_0000_0000 + packed.readUInt32BE(at + 10);
  }
  let row = 0;
  for (const labelled of keywords) {
    while (row < count && (columns.uids[row] ?? 0) < labelled.uid) row++;
    columns.flagSets[row] = table.intern(columns.flagSets[row] ?? 0, labelled.keywords);
  }
  return columns;
}
