import native from "@node-rs/crc32";

/** CRC-32C (Castagnoli), the layout's only checksum. */
export const crc32c = (bytes: Uint8Array): number => native.crc32c(bytes);
