import { assert, type Bytes } from "@casaforte/kernel";
import { instantiate } from "@casaforte/kernel/wasm";
import { gearModule } from "./gear-module.ts";
import { chunkBytesAverage, chunkBytesMax, chunkBytesMin } from "./limits.ts";

/**
 * Length of the chunk that begins at `start`, by a gear hash with normalised cut conditions (FastCDC, Xia et al. 2016).
 * The caller offers at least `chunkBytesMax` bytes or all that is left of the content; then the cut depends on the
 * bytes from `start` on alone, so content that moved cuts the same again.
 */
export function cutLength(bytes: Bytes, start: number, end: number): number {
  const left = end - start;
  if (left <= chunkBytesMin) return left;
  const normal = start + Math.min(chunkBytesAverage, left);
  const last = start + Math.min(chunkBytesMax, left);
  let hash = 0;
  // The hash forgets a byte after 32 steps, so warming it up just before the minimum gives the same cuts for less work.
  let at = start + chunkBytesMin - 32;
  for (; at < start + chunkBytesMin; at++) hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
  for (; at < normal; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & maskStrict) === 0) return at + 1 - start;
  }
  for (; at < last; at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) | 0;
    if ((hash & maskEasy) === 0) return at + 1 - start;
  }
  return last - start;
}

// High bits have seen the most bytes. 22 bits before the average, 18 after: most cuts fall near 1 MiB.
const maskStrict = 0xffff_fc00 | 0;
const maskEasy = 0xffff_c000 | 0;

/** Part of the format only in so far as equal cuts find equal chunks: fixed for ever, from xorshift32 seeded 0x9e3779b9. */
const gear: Int32Array = (() => {
  const table = new Int32Array(256);
  let state = 0x9e37_79b9 | 0;
  for (let index = 0; index < 256; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    table[index] = state;
  }
  return table;
})();

/** A buffer whose contents can be cut. */
export interface Cutter {
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** As `cutLength` of the buffer. */
  cut(start: number, end: number): number;
}

const tableBytes = 0x1_0000;

/** A buffer of this many bytes, cut by WebAssembly where there is any, at the same places as by `cutLength`. */
export function newCutter(bufferBytes: number, plain = typeof WebAssembly === "undefined"): Cutter {
  if (plain) {
    const buffer = new Uint8Array(bufferBytes);
    return { buffer, cut: (start, end) => cutLength(buffer, start, end) };
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((tableBytes + bufferBytes) / 0x1_0000) });
  new Int32Array(memory.buffer, 0, gear.length).set(gear);
  const { cut } = instantiate(gearModule({ strict: maskStrict, easy: maskEasy }), memory);
  assert(cut !== undefined, "the module exports its loop");
  return {
    buffer: new Uint8Array(memory.buffer, tableBytes, bufferBytes),
    cut: (start, end) => cut(tableBytes + start, tableBytes + end),
  };
}
