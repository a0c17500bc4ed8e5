/** Fixed sizes and places of the container layout. FORMAT.md §1. All integers on disk are little-endian. */
export const pageBytes = 4096;
export const headerBytes = pageBytes;
export const slotBytes = 0x80000;
/** Header and both commit slots: written last into a plain file, so that it is whole or nothing. */
export const headBytes = headerBytes + 2 * slotBytes;
/** Image blocks and stored blocks before compression. */
export const blockBytes = 0x100000;
export const digestBytes = 16;
export const keySetIdBytes = 16;
export const hashBytes = 32;

export const formatVersion = 13;
export const slotFormat = 9;

/** How a stored block was packed; the number is the one on disk. */
export const compression = { none: 0xff, lz4: 7, zstd: 8 } as const;
export type Compression = (typeof compression)[keyof typeof compression];

/** The number on disk as a compression; null for one that this layout does not use. */
export const compressionOf = (code: number): Compression | null =>
  Object.values(compression).find((known) => known === code) ?? null;

/** The longest a stored block can get: what LZ4's head, growth and cipher padding add, in whole pages. */
export const storedBytesMax = blockBytes + 2 * pageBytes;

/** The next multiple of 4096. */
export const alignUp = (size: number): number => Math.ceil(size / pageBytes) * pageBytes;
