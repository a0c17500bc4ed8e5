/** Plain blocks being filled, waiting for a sealing thread, or being sealed. 1 MiB each. */
export const blocksInFlightMax = 8;
/**
 * Parts that are sealed and not yet confirmed, 8 MiB each; each sealing thread fills one more. Memory that is touched for
 * the first time costs some machines as much as what is done with it: no more of it than keeps everybody busy.
 */
export const partsInFlightMax = 2;
/** Requests with a part at one time; the vault answers more with 429. */
export const connectionsMax = 4;
/** Of the chain that a run builds upon, fetched before its key is known: the longest that the agent makes, and some more. */
export const filesAheadMax = 64;
export const partBytes = 8 * 1024 * 1024;
/** One file with a place of `partBytes` for each part under construction or on its way. */
export const spoolName = "spool";
export const sealWorkersMax = 4;
/** Small files that the walk reads itself before a thread that reads ahead is worth its start, and what that one has before it. */
export const filesBeforeReadAhead = 1000;
export const filesPerReadMax = 64;
export const readAheadSlots = 4;
export const readAheadSlotBytes = 1024 * 1024;
/** Files from this length on are compared with what they were. */
export const largeFileBytesMin = 4 * 1024 * 1024;
/** Bytes of earlier chunks that are compared before a thread is worth its start. */
export const comparedBytesBefore = 128 * 1024 * 1024;
/** Earlier chunks of a large file that are compared together, and those in memory, among which it is looked for its new ones. */
export const chunksComparedMax = 16;
export const chunksAheadMax = 64;
/** How far a file is only cut after none of its chunks was the same, unless one of them turns up. */
export const bytesBetweenComparisons = 64 * 1024 * 1024;
/** Entries that wait for files before them. */
export const entriesWaitingMax = 1024;
/** The event loop turns at least this often while files are read, so that uploads go on. */
export const turnAfterBytes = 4 * 1024 * 1024;
export const turnAfterEntries = 256;
/** Plain blocks kept while a point is read, and how far a sequential reader runs ahead. */
export const readCacheBlocks = 24;
export const readAheadBlocks = 8;
/** Increments on one full, before the newest is made a full by compose, unless a policy says otherwise. */
export const incrementsMax = 14;
/** Increments on one full, before the next run reads and sends everything again: composing has failed for long then. */
export const incrementsBeforeFullMax = 60;
/** A stored block of which less than this share is needed is sent again by a later run, so that it can go. */
export const repackShareMax = 0.3;
/** Plain bytes of such blocks that one run gives up, unless a policy says otherwise. */
export const repackBytesMax = 512 * 1024 * 1024;
/** Ranges of one compose request. */
export const composeRangesMax = 400;
/** The last of what a command complained of, kept for the report. */
export const commandWordsBytesMax = 2000;
/** What was asked to end is killed after this. */
export const killAfterMs = 5000;
/** Of a command that is over: how long others may hold what it complains to, and be silent with its output open. */
export const wordsGraceMs = 1000;
export const outputGraceMs = 60_000;
/** Between when a run began by its device's clock and the time that the vault gives its point: what is more is told. */
export const pointTimeGapMsMax = 20 * 3_600_000;
/** How long a program of the system may take. */
export const programMsMax = 120_000;
/** What a program of the system may print, and what btrfs may of a volume's subvolumes. */
export const programOutputBytesMax = 64 * 1024;
export const subvolumeListBytesMax = 16 * 1024 * 1024;
/** Notes kept for the report; the rest are counted. */
export const notesKeptMax = 1000;
/** Damaged blocks that one repair looks for: as many again by the next. */
export const repairBlocksMax = 4096;
/** Range requests of a restore at one time, and the most one of them asks for. */
export const downloadsMax = 2;
export const downloadSlotBytes = 8 * 1024 * 1024;
/** Bytes that are fetched and thrown away rather than asked around. */
export const downloadGapBytes = 128 * 1024;
/**
 * Plain blocks in a restore's memory, 1 MiB each; how many there are before an old one is given up rather than a new
 * place filled; and how many a sequential reader has ahead.
 */
export const plainBlocksMax = 52;
export const plainBlocksKept = 40;
export const plainBlocksAhead = 28;
/** Files handed to a thread of a restore together, and how large one of them may be. */
export const filesPerWorkMax = 64;
export const wholeFileWorkBytesMax = 1024 * 1024;
/** A chunk up to this size is compared where it was read: telling a thread costs as much. */
export const checkHereBytesMax = 64 * 1024;
/** Plain blocks that files on their way to the disk hold; a chunk of 4 MiB adds up to five. */
export const blocksHeldMax = 16;
/** A vault that says nothing for this long is treated as a lost connection. */
export const silenceMsMax = 120_000;
/** Entries of directories that a mounted point keeps decoded, indexes of larger ones, and links that one path may lead over. */
export const mountCachedEntriesMax = 50_000;
export const mountIndexesMax = 16;
export const mountLinksMax = 40;
/** Connections to a mounted point at one time. */
export const mountConnectionsMax = 64;
