/** Named limits of XML that comes from outside (security.md, check 34). */
export const xmlLimits = {
  /** SdI takes files of at most 5 MB; a receipt is a few kilobytes. */
  invoiceBytesMax: 5 * 1024 * 1024,
  receiptBytesMax: 256 * 1024,
  depthMax: 16,
  elementsMax: 100_000,
} as const;
