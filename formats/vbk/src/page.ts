import { limits } from "./limits.ts";

/** A metadata page: bank index << 32 | page in the bank. `noPage` is all ones on disk. */
export type PageId = number;
export const noPage: PageId = -1;

const high = 0x1_0000_0000;

export const pageId = (bank: number, page: number): PageId => bank * high + page;
export const bankOf = (id: PageId): number => Math.floor(id / high);
export const pageOf = (id: PageId): number => id % high;

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function putU64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % high, true);
  view.setUint32(offset + 4, Math.floor(value / high), true);
}

/** An unsigned 64-bit field as a number. Values over 2^53 come out as Infinity, which no range check accepts. */
export function getU64(view: DataView, offset: number): number {
  const upper = view.getUint32(offset + 4, true);
  return upper > 0x1f_ffff ? Number.POSITIVE_INFINITY : upper * high + view.getUint32(offset, true);
}

export function putPageId(view: DataView, offset: number, id: PageId): void {
  const isNone = id === noPage;
  view.setUint32(offset, isNone ? 0xffffffff : pageOf(id), true);
  view.setUint32(offset + 4, isNone ? 0xffffffff : bankOf(id), true);
}

/** A page id; `noPage` for all ones. An id no file can hold comes out beyond any bank, so that looking it up fails. */
export function getPageId(view: DataView, offset: number): PageId {
  const upper = view.getUint32(offset + 4, true);
  const lower = view.getUint32(offset, true);
  if (upper === 0xffffffff && lower === 0xffffffff) return noPage;
  return pageId(Math.min(upper, limits.banksMax), lower);
}

export function isZero(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}
