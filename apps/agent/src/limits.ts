/** Blocks between the arena and their part: plain, being sealed, or waiting for a place. 1 MiB each. */
export const blocksInFlightMax = 8;
/** Parts written to the spool and not yet confirmed, 8 MiB each: with the blocks above, 64 MiB in all. */
export const partsInFlightMax = 4;
/** Requests with a part at one time; the vault answers more with 429. */
export const connectionsMax = 4;
export const partBytes = 8 * 1024 * 1024;
export const sealWorkersMax = 4;
/** The event loop turns at least this often while files are read, so that uploads go on. */
export const turnAfterBytes = 4 * 1024 * 1024;
export const turnAfterEntries = 256;
/** Plain blocks kept while a point is read, and how far a sequential reader runs ahead. */
export const readCacheBlocks = 24;
export const readAheadBlocks = 8;
/** Increments on one full, before the next run makes a new full. */
export const incrementsMax = 14;
/** Notes kept for the report; the rest are counted. */
export const notesKeptMax = 1000;
