/** Most bytes of one range that a browser reads; beside the schemas, so that its worker needs none of them. */
export const restoreRangeBytesMax = 16 * 1024 * 1024;
