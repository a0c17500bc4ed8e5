/** A piece of a file: `length` bytes at `offset`. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where extents, given in the order of their offsets, fail to cover [0, size) exactly: the first byte that is missing,
 * doubled or beyond the end. Null when they cover it.
 */
export function firstUncovered(extents: Iterable<Extent>, size: number): number | null {
  let end = 0;
  for (const extent of extents) {
    if (extent.offset !== end) return Math.min(extent.offset, end);
    end += extent.length;
  }
  return end === size ? null : Math.min(end, size);
}
