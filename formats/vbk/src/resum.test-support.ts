import { crc32c } from "./crc32c.ts";
import { pageBytes } from "./layout.ts";
import { sha256 } from "./sha256.ts";

const slotPlaces = [0x1000, 0x81000] as const;
const bankTableAt = 0x7c;
const bankRowBytes = 16;
const banksMax = 0x7f00;
const tableRowBytes = 64;

/** A bank of a file: where its two copies lie, and how long they are. */
export interface BankPlaces {
  readonly copies: readonly [number, number];
  readonly sizeBytes: number;
}

/** The banks that the two slots of a whole file list. */
export function banksOf(bytes: Uint8Array): readonly BankPlaces[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rowOf = (slot: number, bank: number) => slot + bankTableAt + bank * bankRowBytes;
  const placeOf = (slot: number, bank: number) => Number(view.getBigUint64(rowOf(slot, bank) + 4, true));
  return Array.from({ length: view.getUint32(slotPlaces[0] + 0x78, true) }, (_, bank) => ({
    copies: [placeOf(slotPlaces[0], bank), placeOf(slotPlaces[1], bank)] as const,
    sizeBytes: view.getUint32(rowOf(slotPlaces[0], bank) + 12, true),
  }));
}

/** Puts every unkeyed sum of a plain file right again, as somebody who forges one would, as far as it can be found. */
export function resum(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const trailer = bytes.length - pageBytes;
  if (trailer < slotPlaces[1] * 2) return;
  const table = Number(view.getBigUint64(trailer + 0x68, true));
  for (const slot of slotPlaces) {
    for (let bank = 0; bank < Math.min(view.getUint32(slot + 0x78, true), 8); bank++) {
      const row = slot + bankTableAt + bank * bankRowBytes;
      const at = Number(view.getBigUint64(row + 4, true));
      const stored = bytes.subarray(at, at + view.getUint32(row + 12, true));
      view.setUint32(row, crc32c(stored), true);
      const tag = table + bank * tableRowBytes + 32;
      if (tag + 32 <= trailer) bytes.set(sha256([stored]), tag);
    }
    view.setUint32(slot, crc32c(bytes.subarray(slot + 4, slot + bankTableAt + banksMax * bankRowBytes)), true);
  }
  const label = new TextEncoder().encode("casaforte/vbk/file-root/v1\0");
  const parts = [
    bytes.subarray(trailer, trailer + 0xfe0),
    bytes.subarray(0, pageBytes),
    bytes.subarray(0x1004, 0x107c),
  ];
  bytes.set(sha256([label, ...parts, bytes.subarray(Math.min(table, trailer), trailer)]), trailer + 0xfe0);
}
