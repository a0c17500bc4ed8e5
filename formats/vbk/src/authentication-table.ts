import { alignUp, hashBytes, keySetIdBytes } from "./layout.ts";
import { getU64, putU64, viewOf } from "./page.ts";

/** Rows of both kinds are 64 bytes; the tag is the second half. FORMAT.md §9. */
const rowBytes = 64;
const tagAt = 32;

export interface BankTag {
  readonly sizeBytes: number;
  readonly tag: Uint8Array;
}

export interface BlockTag {
  readonly offset: number;
  readonly storedSize: number;
  readonly sourceSize: number;
  readonly keySetId: Uint8Array;
  readonly hmac: Uint8Array;
}

export const tableBytesFor = (bankRows: number, blockRows: number): number =>
  alignUp((bankRows + blockRows) * rowBytes);

/** Bank rows, then one row for each block store entry (sealed files only), padded to whole pages. */
export function writeTable(
  banks: readonly BankTag[],
  blocks: { count: number; row(index: number): BlockTag },
): Uint8Array {
  const table = new Uint8Array(tableBytesFor(banks.length, blocks.count));
  const view = viewOf(table);
  banks.forEach((bank, index) => {
    view.setUint32(index * rowBytes, index, true);
    view.setUint32(index * rowBytes + 4, bank.sizeBytes, true);
    table.set(bank.tag, index * rowBytes + tagAt);
  });
  for (let index = 0; index < blocks.count; index++) {
    const at = (banks.length + index) * rowBytes;
    const block = blocks.row(index);
    putU64(view, at, block.offset);
    view.setUint32(at + 8, block.storedSize, true);
    view.setUint32(at + 12, block.sourceSize, true);
    table.set(block.keySetId, at + 16);
    table.set(block.hmac, at + tagAt);
  }
  return table;
}

export function readBankTag(table: Uint8Array, bank: number): BankTag {
  const at = bank * rowBytes;
  return { sizeBytes: viewOf(table).getUint32(at + 4, true), tag: table.subarray(at + tagAt, at + tagAt + hashBytes) };
}

export function readBlockTag(table: Uint8Array, bankRows: number, storeIndex: number): BlockTag {
  const at = (bankRows + storeIndex) * rowBytes;
  const view = viewOf(table);
  return {
    offset: getU64(view, at),
    storedSize: view.getUint32(at + 8, true),
    sourceSize: view.getUint32(at + 12, true),
    keySetId: table.subarray(at + 16, at + 16 + keySetIdBytes),
    hmac: table.subarray(at + tagAt, at + tagAt + hashBytes),
  };
}
