/** One unit of the image: what the container stores, seals and ships as a whole. */
export const blockSizeBytes = 0x10_0000;
/** Cut points of files larger than `wholeFileBytesMax`. */
export const chunkBytesMin = 0x4_0000;
export const chunkBytesAverage = 0x10_0000;
export const chunkBytesMax = 0x40_0000;
/** What a content is read into: room for two of the largest chunks. */
export const contentBufferBytes = chunkBytesMax * 2;
/** A file up to this size is one chunk. */
export const wholeFileBytesMax = 0x10_0000;
/** Data chunks lie within a run of this many consecutive blocks, so that catalogue blocks never split them. */
export const dataRunBlocks = 64;
/** A catalogue chunk (directory page, extent list, index segment) never crosses a block. */
export const catalogueChunkBytesMax = blockSizeBytes;
/** A directory page is closed at the first name that hashes to a boundary after the minimum, or at the maximum. */
export const pageBytesMin = 0x4000;
export const pageBytesMax = 0x1_0000;
/** One entry: name, extended attributes, inline extents. */
export const entryBytesMax = 0xc_0000;
export const nameBytesMax = 4096;
export const linkTargetBytesMax = 0x1_0000;
export const ownerNameBytesMax = 256;
export const xattrsMax = 4096;
export const xattrNameBytesMax = 255;
export const xattrValueBytesMax = 0x1_0000;
/** Extents kept in the entry itself; longer lists move into extent lists of this many. */
export const inlineExtentsMax = 16;
export const listExtentsMax = 1024;
/** 1024^4 extents of at least one byte: far past any file. */
export const contentDepthMax = 4;
/** Records in one index segment: 48 bytes each at most, so a segment stays under one block. */
export const segmentRecordsMax = 16_384;
/** Largest byte address; doubles are exact up to here. */
export const addressMax = Number.MAX_SAFE_INTEGER;
export const chunkIdBytes = 32;
export const chunkKeyBytes = 32;
