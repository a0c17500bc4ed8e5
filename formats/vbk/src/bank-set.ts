import { assert } from "@casaforte/kernel";
import { pageBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { type PageId, pageId, viewOf } from "./page.ts";

export const bankHeader = { mode: 0x02, free: 0x04, keySetId: 0xc04, encryptedSize: 0xc14 } as const;

export interface BankEncryption {
  readonly keySetId: Uint8Array;
  readonly encrypt: (pages: Uint8Array) => Uint8Array;
  /** The ciphertext ends with the used pages instead of covering the free ones, too. */
  readonly leaveOutFree: boolean;
}

/** A bank being filled: pages are handed out in order; the buffer grows by doubling. */
class GrowingBank {
  #pages = new Uint8Array(limits.bankPagesMin * pageBytes);
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
    if (this.#used * pageBytes > this.#pages.length) {
      const larger = new Uint8Array(Math.min(this.#pages.length * 2, limits.bankPagesMax * pageBytes));
      larger.set(this.#pages);
      this.#pages = larger;
    }
    return page;
  }

  page(index: number): Uint8Array {
    return this.#pages.subarray(index * pageBytes, (index + 1) * pageBytes);
  }

  finished(): Uint8Array {
    return this.#pages.subarray(0, Math.max(this.#used, limits.bankPagesMin) * pageBytes);
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

  /** A bank as stored: header page, pages (encrypted if a function is given), tail page. FORMAT.md §4. */
  encode(bank: number, encryption?: BankEncryption): Uint8Array {
    const { mode, used } = this.#bank(bank);
    const pages = this.#bank(bank).finished();
    const stored = new Uint8Array(pages.length + 2 * pageBytes);
    const view = viewOf(stored);
    const pageCount = pages.length / pageBytes;
    view.setUint16(0, pageCount, true);
    stored[bankHeader.mode] = mode;
    stored.fill(1, bankHeader.free + used, bankHeader.free + pageCount);
    if (encryption === undefined) {
      stored.set(pages, pageBytes);
      return stored;
    }
    const ciphertext = encryption.encrypt(encryption.leaveOutFree ? pages.subarray(0, used * pageBytes) : pages);
    stored.set(encryption.keySetId, bankHeader.keySetId);
    view.setUint32(bankHeader.encryptedSize, ciphertext.length, true);
    stored.set(ciphertext, pageBytes);
    return stored;
  }

  #bank(index: number): GrowingBank {
    const bank = this.#banks[index];
    assert(bank !== undefined, "the bank exists");
    return bank;
  }
}
