export { ArenaReader, type BlockSpan, openArena, type PlacedExtent, type ReadBlock } from "./arena-reader.ts";
export { type ArenaTotals, ArenaWriter, type ArenaWriterOptions } from "./arena-writer.ts";
export type { NewBlock, OnBlock } from "./block-log.ts";
export { BlockUse } from "./block-use.ts";
export type { ChunkId, ChunkRef } from "./chunk-ref.ts";
export { ChunkTable } from "./chunk-table.ts";
export { type Content, type Extent, emptyContent } from "./content.ts";
export type { ContentWriter } from "./content-writer.ts";
export type { DirectoryPage } from "./directory-page.ts";
export type { DirectoryWriter, OnEntry } from "./directory-writer.ts";
export type { Entry, EntryAttributes, EntryBody, ExtendedAttribute, LinkGroup, StoredEntry } from "./entry.ts";
export type { IndexSegment } from "./index-segment.ts";
export {
  blockSizeBytes,
  chunkBytesAverage,
  chunkBytesMax,
  chunkKeyBytes,
  nameBytesMax,
  wholeFileBytesMax,
  xattrsMax,
  xattrValueBytesMax,
} from "./limits.ts";
export { compareNames } from "./names.ts";
export { type Held, isSame, isSameDirectory } from "./same-as.ts";
export { ownerBytes, type SeenFile, seenFileIn } from "./same-file.ts";
export { type ChunkHash, decodeSuperblock, type ReadHash, type Superblock } from "./superblock.ts";
