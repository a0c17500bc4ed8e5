import { Failure } from "@casaforte/kernel";
import { pageBytes } from "./layout.ts";
import { bankOf, getPageId, noPage, type PageId, pageOf, viewOf } from "./page.ts";
import { slotOfDataPage, tablePagesFor, tableSlots } from "./vector.ts";

/** The decrypted pages of a container's banks, and the ways to read them. Every pointer in them is suspected. */
export class Metadata {
  /** For each bank its pages, without header and tail page. */
  readonly #banks: readonly Uint8Array[];
  readonly #pagesTotal: number;

  constructor(banks: readonly Uint8Array[]) {
    this.#banks = banks;
    this.#pagesTotal = banks.reduce((sum, bank) => sum + bank.length / pageBytes, 0);
  }

  /** @throws corrupt `vbk.page`. */
  page = (id: PageId): Uint8Array => {
    const at = pageOf(id) * pageBytes;
    const bank = id === noPage ? undefined : this.#banks[bankOf(id)];
    if (bank === undefined || at + pageBytes > bank.length) throw damaged("a page id points nowhere");
    return bank.subarray(at, at + pageBytes);
  };

  /** The entries of a vector in one array. FORMAT.md §5.1. @throws corrupt `vbk.page`. */
  vector(root: PageId, entryBytes: number, count: number): Uint8Array {
    const perPage = Math.floor(pageBytes / entryBytes);
    const dataPages = Math.ceil(count / perPage);
    if (!Number.isSafeInteger(count) || dataPages > this.#pagesTotal) throw damaged("a vector is too long");
    const tables = this.#tables(root, tablePagesFor(dataPages));
    const entries = new Uint8Array(count * entryBytes);
    for (let dataPage = 0; dataPage < dataPages; dataPage++) {
      const slot = slotOfDataPage(dataPage);
      const page = this.page(slotAt(tables, slot));
      const at = dataPage * perPage * entryBytes;
      entries.set(page.subarray(0, Math.min(perPage * entryBytes, entries.length - at)), at);
    }
    return entries;
  }

  /** Data pages of a vector whose length nothing tells: up to the first unused slot of its first table page. */
  dataPages(root: PageId): number {
    const table = viewOf(this.page(root));
    let pages = 0;
    while (pages + 1 < tableSlots && getPageId(table, 8 + (pages + 1) * 8) !== noPage) pages++;
    return pages;
  }

  #tables(root: PageId, count: number): readonly DataView[] {
    const tables: DataView[] = [];
    let next = root;
    while (tables.length < count) {
      const table = viewOf(this.page(next));
      tables.push(table);
      next = getPageId(table, 0);
    }
    if (slotAt(tables, 0) !== root) throw damaged("a vector's root does not name itself");
    return tables;
  }
}

function slotAt(tables: readonly DataView[], slot: number): PageId {
  const table = tables[Math.floor(slot / tableSlots)];
  if (table === undefined) throw damaged("a vector lacks a table page");
  return getPageId(table, 8 + (slot % tableSlots) * 8);
}

const damaged = (what: string): Failure => new Failure("corrupt", "vbk.page", what);
