/** The row of a UID in a column of them, the first `count` ascending; -1 where it is not there. */
export function rowOfUid(uids: Uint32Array, count: number, uid: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low < count && uids[low] === uid ? low : -1;
}
