import type { Bytes } from "@casaforte/kernel";

/** Order of names in a directory: byte by byte, unsigned; a prefix comes first. */
export function compareNames(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
