/** Bounds on what a container may hold and on what a reader believes. FORMAT.md §10. */
export const limits = {
  /** Pages of one bank, without its header and tail page. */
  bankPagesMin: 0x20,
  bankPagesMax: 0x400,
  /** Room of a slot's bank table. */
  banksMax: 0x7f00,
  /** Banks a reader loads: 1 GiB of metadata, some 8 TiB of image. */
  banksReadMax: 256,
  /** Stored blocks and image blocks of one file: 4 TiB of 1 MiB blocks. */
  blocksMax: 1 << 22,
  /** Data pages of one vector; the page list grows by powers of four up to it. */
  vectorPagesMax: 510 * 4 ** 4,
  nameBytesMax: 128,
  /** Padding after a stored block stays below a page. */
  paddingBytesMax: 4096,
  directoryItemsMax: 4096,
  folderDepthMax: 8,
  summaryBytesMax: 0x100000,
  /** What the crypto store's one bank holds with a page for each wrapped key. */
  keySetsMax: 800,
  wrappedKeyBytesMax: 512,
  vbmBytesMax: 16 << 20,
  chainFilesMax: 1024,
  xmlDepthMax: 16,
  xmlElementsMax: 100_000,
} as const;
