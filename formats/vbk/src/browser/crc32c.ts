import { crcPolynomials, createCrc32 } from "@casaforte/kernel";

const check = createCrc32(crcPolynomials.castagnoli);

/** CRC-32C without native code: `../crc32c.ts` in a browser build. */
export const crc32c = (bytes: Uint8Array): number => check(bytes);
