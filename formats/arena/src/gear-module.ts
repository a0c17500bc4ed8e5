import { chunkBytesAverage, chunkBytesMax, chunkBytesMin } from "./limits.ts";

/** WebAssembly opcodes (core specification 2.0, §5.4) that the cut loop needs. */
const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  return: 0x0f,
  select: 0x1b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
};
const i32 = {
  load: 0x28,
  load8u: 0x2d,
  const: 0x41,
  eqz: 0x45,
  ltU: 0x49,
  leU: 0x4d,
  add: 0x6a,
  sub: 0x6b,
  and: 0x71,
  shl: 0x74,
};
const i32Type = 0x7f;
const emptyBlock = 0x40;

/** Parameters first. */
const local = { start: 0, end: 1, at: 2, hash: 3, normal: 4, last: 5, left: 6 };

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
    if (rest === 0) return bytes;
  }
}

const get = (name: number): number[] => [op.get, name];
const set = (name: number): number[] => [op.set, name];
const constant = (value: number): number[] => [i32.const, ...signed(value)];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);

/** hash = (hash << 1) + gear[memory[at]]; at = at + 1. The table stands at address 0. */
const step: number[] = [
  ...[...get(local.hash), ...constant(1), i32.shl],
  ...[...get(local.at), i32.load8u, 0, 0, ...constant(2), i32.shl, i32.load, 2, 0],
  ...[i32.add, ...set(local.hash)],
  ...[...get(local.at), ...constant(1), i32.add, ...set(local.at)],
];

const returnIfCut = (mask: number): number[] => [
  ...[op.block, emptyBlock],
  ...[...get(local.hash), ...constant(mask), i32.and, op.brIf, 0],
  ...[...get(local.at), ...get(local.start), i32.sub, op.return],
  op.end,
];

/** while (at < limit) step, and return at a cut unless `mask` is null. */
const walk = (limit: readonly number[], mask: number | null): number[] => [
  ...[op.block, emptyBlock],
  ...[...limit, ...get(local.at), i32.leU, op.brIf, 0],
  ...[op.loop, emptyBlock, ...step, ...(mask === null ? [] : returnIfCut(mask))],
  ...[...get(local.at), ...limit, i32.ltU, op.brIf, 0, op.end],
  op.end,
];

/** start + min(value, left) */
const bounded = (value: number): number[] => [
  ...[...constant(value), ...get(local.left), ...constant(value), ...get(local.left), i32.ltU, op.select],
  ...[...get(local.start), i32.add],
];

/**
 * The loop of `cutLength` as a WebAssembly module, put together here so that its bytes have a source: it imports
 * `env.memory`, with the gear table at address 0, and exports `cut(start, end)`, byte addresses in that memory.
 */
export function gearModule(masks: { readonly strict: number; readonly easy: number }): Uint8Array<ArrayBuffer> {
  const minimum = [...get(local.start), ...constant(chunkBytesMin), i32.add];
  const body = [
    ...[...get(local.end), ...get(local.start), i32.sub, ...set(local.left)],
    ...[op.block, emptyBlock, ...constant(chunkBytesMin), ...get(local.left), i32.ltU, op.brIf, 0],
    ...[...get(local.left), op.return, op.end],
    ...[...bounded(chunkBytesAverage), ...set(local.normal)],
    ...[...bounded(chunkBytesMax), ...set(local.last)],
    ...[...minimum, ...constant(32), i32.sub, ...set(local.at)],
    ...walk(minimum, null),
    ...walk(get(local.normal), masks.strict),
    ...walk(get(local.last), masks.easy),
    ...[...get(local.last), ...get(local.start), i32.sub, op.end],
  ];
  const locals = [1, 5, i32Type];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 2, i32Type, i32Type, 1, i32Type]),
    ...section(2, [1, ...name("env"), ...name("memory"), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("cut"), 0x00, 0]),
    ...section(10, [1, ...sized([...locals, ...body])]),
  ]);
}
