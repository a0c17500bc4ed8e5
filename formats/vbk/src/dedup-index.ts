import type { BlockTable } from "./block-table.ts";
import { noPage, putPageId, putU64, viewOf } from "./page.ts";

/** What one leaf page holds. */
const leafRecordsMax = 127;
const recordBytes = 24;
const childBytes = 8;

/** Whether the file's dedup index is written: a single leaf, or none at all. FORMAT.md §5.2. */
export const isIndexed = (indexedBlocks: number): boolean => indexedBlocks <= leafRecordsMax;

/** Writes an ordered index page without records, or the dedup leaf: digests ascending with their block store index. */
export function writeIndexPage(page: Uint8Array, table: BlockTable, storeIndices: readonly number[]): void {
  const view = viewOf(page);
  const sorted = [...storeIndices].sort((a, b) => compareBytes(table.digest(a), table.digest(b)));
  view.setUint32(0, sorted.length, true);
  putPageId(view, 4, noPage);
  sorted.forEach((storeIndex, position) => {
    const at = 12 + position * (recordBytes + childBytes);
    page.set(table.digest(storeIndex), at);
    putU64(view, at + 16, storeIndex);
    putPageId(view, at + recordBytes, noPage);
  });
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
