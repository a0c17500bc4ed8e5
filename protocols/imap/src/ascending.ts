/** First place in ascending numbers whose number is at least this one. */
export function placeOf(numbers: Uint32Array, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether ascending numbers have this one. */
export const includes = (numbers: Uint32Array, number: number): boolean => numbers[placeOf(numbers, number)] === number;

/** Ascending numbers without some that they have, which ascend too. */
export function without(numbers: Uint32Array, some: Uint32Array): Uint32Array {
  const left = new Uint32Array(numbers.length - some.length);
  let [from, length] = [0, 0];
  for (const number of some) {
    const place = placeOf(numbers, number);
    left.set(numbers.subarray(from, place), length);
    length += place - from;
    from = place + 1;
  }
  left.set(numbers.subarray(from), length);
  return left;
}

/** Ascending numbers and others that they have not, which ascend too. */
export function withMore(numbers: Uint32Array, more: Uint32Array): Uint32Array {
  const all = new Uint32Array(numbers.length + more.length);
  let [from, length] = [0, 0];
  for (const number of more) {
    const place = placeOf(numbers, number);
    all.set(numbers.subarray(from, place), length);
    length += place - from;
    all[length++] = number;
    from = place;
  }
  all.set(numbers.subarray(from), length);
  return all;
}
