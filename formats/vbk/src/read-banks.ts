import { equalBytes, Failure } from "@casaforte/kernel";
import { readBankTag } from "./authentication-table.ts";
import { bankHeader } from "./bank-set.ts";
import { crc32c } from "./crc32c.ts";
import { headBytes, keySetIdBytes, pageBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import { viewOf } from "./page.ts";
import type { HeadParts } from "./read-head.ts";
import { sha256 } from "./sha256.ts";
import type { BankRow } from "./slot.ts";
import type { FileUnsealer, RandomAccessSource } from "./types.ts";

/** Reads each bank as stored, from the other copy when one is damaged. @throws corrupt `vbk.bank_crc`, `vbk.bank`. */
export async function readStoredBanks(
  source: RandomAccessSource,
  head: HeadParts,
  options: { readonly bothCopies: boolean; readonly warn: (code: string) => void },
): Promise<readonly Uint8Array[]> {
  const banks: Uint8Array[] = [];
  const together = await readTogether(source, head.slot.banks);
  for (const [index, row] of head.slot.banks.entries()) {
    const twin = head.otherSlot?.banks[index];
    const first = await readCopy(source, row, together?.[index]);
    const second = twin !== undefined && (first === null || options.bothCopies) ? await readCopy(source, twin) : null;
    const isOneLost = first === null || (options.bothCopies && second === null);
    if (isOneLost) options.warn("vbk.bank_crc");
    const bank = first ?? second;
    if (bank === null) throw new Failure("corrupt", "vbk.bank_crc", `no copy of bank ${index} is whole`);
    banks.push(bank);
  }
  return banks;
}

/** Copies that stand one behind the other, as they are written, in one read; null when they do not, or are many. */
async function readTogether(
  source: RandomAccessSource,
  rows: readonly BankRow[],
): Promise<readonly Uint8Array[] | null> {
  const found = banksTogether(rows, source.size);
  if (found === null) return null;
  const { start, end } = found;
  const whole = await source.read(start, end - start);
  return rows.map(({ offset, sizeBytes }) => whole.subarray(offset - start, offset - start + sizeBytes));
}

/** Where the banks lie that are read at once; null as for `readTogether`. */
export function banksTogether(
  rows: readonly BankRow[],
  fileBytes: number,
): { readonly start: number; readonly end: number } | null {
  const start = rows[0]?.offset ?? 0;
  let end = start;
  for (const { offset, sizeBytes } of rows) {
    if (offset !== end) return null;
    end += sizeBytes;
  }
  const isRead = rows.length > 1 && start >= headBytes && end <= fileBytes && end - start <= banksTogetherBytesMax;
  return isRead ? { start, end } : null;
}

const banksTogetherBytesMax = 4 * 1024 * 1024;

/** One copy, or null when its CRC or its shape is wrong; `given` are its bytes if they were read already. */
async function readCopy(source: RandomAccessSource, row: BankRow, given?: Uint8Array): Promise<Uint8Array | null> {
  const pages = row.sizeBytes / pageBytes - 2;
  const isShapely = Number.isInteger(pages) && pages >= limits.bankPagesMin && pages <= limits.bankPagesMax;
  const isInside = row.offset >= headBytes && row.offset % pageBytes === 0 && row.offset + row.sizeBytes <= source.size;
  if (!isShapely || !isInside) throw new Failure("corrupt", "vbk.bank", "a bank's place or size is impossible");
  const bank = given ?? (await source.read(row.offset, row.sizeBytes));
  if (crc32c(bank) !== row.crc) return null;
  if (viewOf(bank).getUint16(0, true) !== pages)
    throw new Failure("corrupt", "vbk.bank", "a bank's page count is wrong");
  return bank;
}

/** Authenticates each bank against the table (whose root was checked) and returns its pages in the clear. */
export async function openBanks(
  stored: readonly Uint8Array[],
  table: Uint8Array | null,
  sealing: { readonly file: FileUnsealer; readonly cryptoBank: number } | null,
): Promise<readonly Uint8Array[]> {
  const opened: Uint8Array[] = [];
  for (const [bank, bytes] of stored.entries()) {
    if (sealing !== null && bank !== sealing.cryptoBank && table !== null) {
      opened.push(await openSealedBank(bank, bytes, table, sealing.file));
    } else {
      const tag = table !== null && sealing === null ? readBankTag(table, bank).tag : null;
      if (tag !== null && !equalBytes(sha256([bytes]), tag)) throw unauthentic(bank);
      opened.push(clearPages(bytes));
    }
  }
  return opened;
}

export const clearPages = (bank: Uint8Array): Uint8Array => bank.subarray(pageBytes, bank.length - pageBytes);

async function openSealedBank(bank: number, stored: Uint8Array, table: Uint8Array, file: FileUnsealer) {
  const { tag, sizeBytes } = readBankTag(table, bank);
  const encryptedSize = viewOf(stored).getUint32(bankHeader.encryptedSize, true);
  if (sizeBytes !== stored.length || encryptedSize > stored.length - pageBytes) throw unauthentic(bank);
  const pages = await file.openBank({
    keySetId: stored.subarray(bankHeader.keySetId, bankHeader.keySetId + keySetIdBytes),
    bank,
    stored,
    ciphertext: stored.subarray(pageBytes, pageBytes + encryptedSize),
    tag,
  });
  // Free pages at the end of a bank are left out of its ciphertext, or, in older files, are in it.
  if (pages.length % pageBytes !== 0 || pages.length > stored.length - 2 * pageBytes) throw unauthentic(bank);
  return pages;
}

const unauthentic = (bank: number): Failure =>
  new Failure("corrupt", "vbk.bank_authentication", `bank ${bank} is not what was written`);
