import {
  add,
  assemble,
  atMost,
  type Code,
  constant,
  get,
  giveBack,
  increase,
  less,
  load8,
  load32,
  set,
  shiftLeft,
  smaller,
  subtract,
  when,
  whileTrue,
} from "@casaforte/kernel/wasm";
import { chunkBytesAverage, chunkBytesMax, chunkBytesMin } from "./limits.ts";

/** Parameters first. */
const local = { start: 0, end: 1, at: 2, hash: 3, normal: 4, last: 5, left: 6, sum: 7, next: 8 };
const length = (to: Code): Code => subtract(to, get(local.start));
/** gear[memory[at + offset]]; the table stands at address 0. */
const gearAt = (offset: number): Code => load32(shiftLeft(load8(get(local.at), offset), constant(2)));
/** value << 1 + gear[memory[at + offset]] */
const roll = (value: number, offset: number): Code => add(shiftLeft(get(value), constant(1)), gearAt(offset));
/** Gives the length back when the hash behind `offset` bytes has no bit of the mask, which are all from its lowest on. */
const cutIf = (hash: Code, mask: number, offset: number): Code =>
  when(less(hash, constant(mask & -mask)), giveBack(add(length(get(local.at)), constant(offset))));

const bytesAtOnce = 4;

/**
 * Steps up to `limit`, four bytes at once as long as they fit: each hash is the one before all four, shifted, and what the
 * bytes since add, so that the processor need not wait for one after the other.
 */
const walk = (limit: Code, mask: number | null): readonly Code[] => {
  const test = (hash: Code, offset: number): Code => (mask === null ? [] : cutIf(hash, mask, offset));
  const behind = (count: number): Code[] => [
    set(local.sum, count === 1 ? gearAt(0) : roll(local.sum, count - 1)),
    set(local.next, add(shiftLeft(get(local.hash), constant(count)), get(local.sum))),
    test(get(local.next), count),
  ];
  return [
    whileTrue(
      atMost(add(get(local.at), constant(bytesAtOnce)), limit),
      ...Array.from({ length: bytesAtOnce }, (_, index) => behind(index + 1)).flat(),
      set(local.hash, get(local.next)),
      increase(local.at, bytesAtOnce),
    ),
    whileTrue(
      less(get(local.at), limit),
      set(local.hash, roll(local.hash, 0)),
      test(get(local.hash), 1),
      increase(local.at, 1),
    ),
  ];
};

const bounded = (bytes: number): Code => add(get(local.start), smaller(constant(bytes), get(local.left)));

/**
 * The loop of `cutLength` in WebAssembly: `cut(start, end)` over addresses of a memory that has the gear table at 0.
 */
export function gearModule(masks: { readonly strict: number; readonly easy: number }): Uint8Array<ArrayBuffer> {
  const minimum = add(get(local.start), constant(chunkBytesMin));
  const body = [
    ...set(local.left, length(get(local.end))),
    ...when(atMost(get(local.left), constant(chunkBytesMin)), giveBack(get(local.left))),
    ...set(local.normal, bounded(chunkBytesAverage)),
    ...set(local.last, bounded(chunkBytesMax)),
    ...set(local.at, subtract(minimum, constant(32))),
    ...walk(minimum, null).flat(),
    ...walk(get(local.normal), masks.strict).flat(),
    ...walk(get(local.last), masks.easy).flat(),
    ...length(get(local.last)),
  ];
  return assemble([{ name: "cut", parameters: 2, locals: 7, body }]);
}
