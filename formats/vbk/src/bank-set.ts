import { assert } from "@casaforte/kernel";
import { pageBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { type PageId, pageId, viewOf } from "./page.ts";

export const bankHeader = { mode: 0x02, free: 0x04, keySetId: 0xc04, encryptedSize: 0xc14 } as const;

export interface BankEncryption {
  readonly keySetId: Uint8Array;
  /** Over the first `pagesBytes` bytes of `room`, which has place for 16 more. Returns the ciphertext's length. */
  readonly encrypt: (room: Uint8Array, pagesBytes: number) => number;
  /** The ciphertext ends with the used pages instead of covering the free ones, too. */
  readonly leaveOutFree: boolean;
}

/** What stands around the pages: a header page and a tail page. */
const framePages = 2;

/** A bank being filled, with its frame: pages are handed out in order; the buffer grows by doubling. */
class GrowingBank {
  #stored = new Uint8Array((limits.bankPagesMin + framePages) * pageBytes);
  #used = 0;
  readonly mode: number;

  constructor(mode: number) {
    this.mode = mode;
  }

  get used(): number {
    return this.#used;
  }

  allocate(): number {
    const page = this.#used++;
    const room = this.#stored.length / pageBytes - framePages;
    if (this.#used > room) {
      const larger = new Uint8Array((Math.min(room * 2, limits.bankPagesMax) + framePages) * pageBytes);
      larger.set(this.#stored);
      this.#stored = larger;
    }
    return page;
  }

  page(index: number): Uint8Array {
    return this.#stored.subarray((index + 1) * pageBytes, (index + 2) * pageBytes);
  }

  /** With its frame, empty as yet. */
  finished(): Uint8Array {
    return this.#stored.subarray(0, (Math.max(this.#used, limits.bankPagesMin) + framePages) * pageBytes);
  }
}

/** Hands out metadata pages. Bank 0 holds the roots, bank 1 the dedup index alone; a full bank is followed by a new one. */
export class BankSet {
  readonly #banks: GrowingBank[] = [new GrowingBank(0), new GrowingBank(1)];
  #filling = 0;

  get count(): number {
    return this.#banks.length;
  }

  /** The next free page, zeroed, of the general banks. */
  allocate(): PageId {
    if (this.#bank(this.#filling).used === limits.bankPagesMax) this.#filling = this.addBank();
    return pageId(this.#filling, this.#bank(this.#filling).allocate());
  }

  allocateIn(bank: number): PageId {
    assert(this.#bank(bank).used < limits.bankPagesMax, "the bank has room");
    return pageId(bank, this.#bank(bank).allocate());
  }

  /** A bank of its own for one purpose: the crypto store. */
  addBank(): number {
    assert(this.#banks.length < limits.banksMax, "the slot has room for another bank");
    return this.#banks.push(new GrowingBank(0)) - 1;
  }

  /** The bytes of a page, valid until the next allocation. */
  page(id: PageId): Uint8Array {
    return this.#bank(Math.floor(id / 0x1_0000_0000)).page(id % 0x1_0000_0000);
  }

  /**
   * A bank as stored: header page, pages (encrypted if a function is given), tail page. FORMAT.md §4. Made of the bank
   * itself, once: a large file's metadata is not in memory twice.
   */
  encode(bank: number, encryption?: BankEncryption): Uint8Array {
    const { mode, used } = this.#bank(bank);
    const stored = this.#bank(bank).finished();
    const view = viewOf(stored);
    const pageCount = stored.length / pageBytes - framePages;
    assert(view.getUint16(0, true) === 0, "a bank is encoded once");
    view.setUint16(0, pageCount, true);
    stored[bankHeader.mode] = mode;
    stored.fill(1, bankHeader.free + used, bankHeader.free + pageCount);
    if (encryption === undefined) return stored;
    const pagesBytes = (encryption.leaveOutFree ? used : pageCount) * pageBytes;
    stored.set(encryption.keySetId, bankHeader.keySetId);
    view.setUint32(bankHeader.encryptedSize, encryption.encrypt(stored.subarray(pageBytes), pagesBytes), true);
    return stored;
  }

  #bank(index: number): GrowingBank {
    const bank = this.#banks[index];
    assert(bank !== undefined, "the bank exists");
    return bank;
  }
}
