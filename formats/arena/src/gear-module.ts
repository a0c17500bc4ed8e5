import {
  add,
  and,
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
  not,
  set,
  shiftLeft,
  smaller,
  subtract,
  when,
  whileTrue,
} from "@casaforte/kernel/wasm";
import { chunkBytesAverage, chunkBytesMax, chunkBytesMin } from "./limits.ts";

/** Parameters first. */
const local = { start: 0, end: 1, at: 2, hash: 3, normal: 4, last: 5, left: 6 };
const length = (to: Code): Code => subtract(to, get(local.start));

/** hash = (hash << 1) + gear[memory[at]]; at = at + 1. The table stands at address 0. */
const step: Code = [
  ...set(
    local.hash,
    add(shiftLeft(get(local.hash), constant(1)), load32(shiftLeft(load8(get(local.at)), constant(2)))),
  ),
  ...increase(local.at, 1),
];

/** Steps up to `limit`, and gives the length back at a cut. */
const walk = (limit: Code, mask: number | null): Code =>
  whileTrue(
    less(get(local.at), limit),
    step,
    mask === null ? [] : when(not(and(get(local.hash), constant(mask))), giveBack(length(get(local.at)))),
  );

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
    ...walk(minimum, null),
    ...walk(get(local.normal), masks.strict),
    ...walk(get(local.last), masks.easy),
    ...length(get(local.last)),
  ];
  return assemble([{ name: "cut", parameters: 2, locals: 5, body }]);
}
