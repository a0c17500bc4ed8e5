import type { Bytes } from "./bytes.ts";

/** Reversed polynomials of the two 32-bit checks in use. */
export const crcPolynomials = {
  /** ZIP, gzip, PNG. */ ieee: 0xedb88320,
  /** CRC-32C, RFC 3720 §12.1. */ castagnoli: 0x82f63b78,
} as const;

const lanes = 8;

/**
 * A CRC-32 over a reversed polynomial, for places without a native one: eight bytes a step, about 1 GB/s. The second
 * argument is the check of what came before, so that a stream is checked piece by piece.
 */
export function createCrc32(polynomial: number): (bytes: Bytes, before?: number) => number {
  const tables = new Uint32Array(lanes * 256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[value] = crc;
  }
  const at = (lane: number, value: number): number => tables[(lane << 8) | (value & 0xff)] ?? 0;
  for (let lane = 1; lane < lanes; lane++)
    for (let value = 0; value < 256; value++) {
      const crc = at(lane - 1, value);
      tables[(lane << 8) | value] = at(0, crc) ^ (crc >>> 8);
    }
  return (bytes, before = 0) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let crc = ~before;
    let index = 0;
    for (; index + lanes <= bytes.length; index += lanes) {
      const low = crc ^ view.getUint32(index, true);
      const high = view.getUint32(index + 4, true);
      crc =
        at(7, low) ^
        at(6, low >>> 8) ^
        at(5, low >>> 16) ^
        at(4, low >>> 24) ^
        at(3, high) ^
        at(2, high >>> 8) ^
        at(1, high >>> 16) ^
        at(0, high >>> 24);
    }
    for (; index < bytes.length; index++) crc = at(0, crc ^ view.getUint8(index)) ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}
