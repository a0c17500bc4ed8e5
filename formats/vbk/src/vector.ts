import { assert } from "@casaforte/kernel";
import type { BankSet } from "./bank-set.ts";
import { pageBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { noPage, type PageId, putPageId, viewOf } from "./page.ts";

/** Slots of a table page: 4096 bytes less the pointer to the next table page. */
export const tableSlots = 511;
/** Data pages that one table page carries on average; the growth rule counts in it. */
const dataPagesPerTable = 510;

/** Table pages of a vector with so many data pages: 1, 4, 16, 64… FORMAT.md §5.1. */
export function tablePagesFor(dataPages: number): number {
  let tables = 1;
  while (dataPages > dataPagesPerTable * tables) tables *= 4;
  return tables;
}

/** Where a data page stands in the array of slots that the table pages form together. */
export const slotOfDataPage = (dataPage: number): number => dataPage + tablePagesFor(dataPage + 1);

export interface VectorInput {
  readonly entryBytes: number;
  readonly count: number;
  /** Writes entry `index` into its place, which is zeroed. */
  readonly write: (index: number, entry: DataView, bytes: Uint8Array) => void;
  /** A page reserved before as the root, where the layout fixes it. */
  readonly root?: PageId;
  readonly allocate?: () => PageId;
}

/** Writes a vector of fixed-size entries and returns its root page. FORMAT.md §5.1. */
export function writeVector(banks: BankSet, input: VectorInput): PageId {
  const allocate = input.allocate ?? (() => banks.allocate());
  const perPage = Math.floor(pageBytes / input.entryBytes);
  const dataPages = Math.ceil(input.count / perPage);
  assert(dataPages <= limits.vectorPagesMax, "the vector is within its limit");
  const root = input.root ?? allocate();
  const tables = [root];
  for (let table = tablePagesFor(dataPages); table > 1; table--) tables.push(allocate());
  initialiseTables(banks, tables);
  for (let dataPage = 0; dataPage < dataPages; dataPage++) {
    const id = allocate();
    setSlot(banks, tables, slotOfDataPage(dataPage), id);
    const bytes = banks.page(id);
    const first = dataPage * perPage;
    const last = Math.min(first + perPage, input.count);
    for (let index = first; index < last; index++) {
      const at = (index - first) * input.entryBytes;
      const entry = bytes.subarray(at, at + input.entryBytes);
      input.write(index, viewOf(entry), entry);
    }
  }
  return root;
}

function initialiseTables(banks: BankSet, tables: readonly PageId[]): void {
  tables.forEach((table, index) => {
    const bytes = banks.page(table).fill(0xff);
    putPageId(viewOf(bytes), 0, tables[index + 1] ?? noPage);
  });
  setSlot(banks, tables, 0, tables[0] ?? noPage);
  for (let grown = 1; grown < tables.length; grown *= 4) {
    for (let added = 0; added < grown * 3; added++) {
      setSlot(banks, tables, grown * tableSlots + added, tables[grown + added] ?? noPage);
    }
  }
}

function setSlot(banks: BankSet, tables: readonly PageId[], slot: number, id: PageId): void {
  const table = tables[Math.floor(slot / tableSlots)];
  assert(table !== undefined, "the vector has the table page");
  putPageId(viewOf(banks.page(table)), 8 + (slot % tableSlots) * 8, id);
}
