/** Bounds of the restore in the browser. */
export const restoreLimits = {
  /** Plain blocks of 1 MiB kept for whoever reads on. */
  cacheBlocks: 24,
  readAheadBlocks: 5,
  /** Without a question for so long, the keys are forgotten. */
  idleMs: 15 * 60_000,
  /** Tries of one range when the network or the server falters. */
  triesMax: 5,
  retryMs: 500,
  /** No longer, whatever the server asks for. */
  retryPauseMsMax: 60_000,
  /** Without a byte for so long, a try of a range is given up. */
  silenceMs: 120_000,
  searchRowsMax: 500,
  listRowsMax: 100_000,
  lostNamed: 200,
  previewTextBytesMax: 256 << 10,
  /** Read whole and drawn by the browser. */
  previewPictureBytesMax: 16 << 20,
  progressEveryMs: 200,
  /** What is collected in memory before it becomes a download; more goes to the page's private file system. */
  memoryBytesMax: 64_000_000,
  /** What a browser that cannot write to a chosen file is trusted with. */
  downloadBytesMax: 2_000_000_000,
  /** Each costs some hundred bytes of memory until the ZIP ends. */
  zipEntriesMax: 500_000,
  /** Directories within one another. */
  depthMax: 512,
} as const;
