/**
 * A small assembler for WebAssembly (core specification 2.0, §5): loops over bytes that TypeScript would run slowly are
 * written as expressions of these functions, so that the module's bytes have a readable source and need no other tool.
 * Integers are i32 unless the name says otherwise; addresses are unsigned.
 */
export type Code = readonly number[];

const bytesOf = (...parts: readonly (number | Code)[]): number[] => parts.flat();

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

export const constant = (value: number): Code => [0x41, ...signed(value)];
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => bytesOf(value, 0x21, unsigned(local));

const binary =
  (code: number) =>
  (left: Code, right: Code): Code =>
    bytesOf(left, right, code);

export const equal = binary(0x46);
export const different = binary(0x47);
export const less = binary(0x49);
export const more = binary(0x4b);
export const atMost = binary(0x4d);
export const atLeast = binary(0x4f);
export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);
export const not = (value: Code): Code => bytesOf(value, 0x45);
export const smaller = (left: Code, right: Code): Code => bytesOf(left, right, less(left, right), 0x1b);
/** local = local + value */
export const increase = (local: number, value: number): Code => set(local, add(get(local), constant(value)));

const loading =
  (code: number, align: number) =>
  (address: Code, offset = 0): Code =>
    bytesOf(address, code, align, unsigned(offset));
const storing =
  (code: number, align: number) =>
  (address: Code, value: Code, offset = 0): Code =>
    bytesOf(address, value, code, align, unsigned(offset));

export const load8 = loading(0x2d, 0);
export const load16 = loading(0x2f, 0);
export const load32 = loading(0x28, 0);
export const load64 = loading(0x29, 0);
export const store8 = storing(0x3a, 0);
export const store16 = storing(0x3b, 0);
export const store32 = storing(0x36, 0);
export const store64 = storing(0x37, 0);
export const xor64 = binary(0x85);
export const isZero64 = (value: Code): Code => bytesOf(value, 0x50);
/** Bytes that are equal at the low end of a difference: trailing zero bits / 8, as i32. */
export const equalBytesOf = (difference: Code): Code => shiftRight(bytesOf(difference, 0x7a, 0xa7), constant(3));
export const copy = (to: Code, from: Code, length: Code): Code => bytesOf(to, from, length, 0xfc, 0x0a, 0, 0);
export const fill = (to: Code, value: Code, length: Code): Code => bytesOf(to, value, length, 0xfc, 0x0b, 0);
export const giveBack = (value: Code): Code => bytesOf(value, 0x0f);

/** Runs once; `leave(0)` in it goes behind it. Each construct around a jump counts one more. */
export const block = (...body: readonly Code[]): Code => bytesOf(0x02, 0x40, ...body, 0x0b);
/** `leave(0)` in it goes back to its beginning; at its end it is over. */
export const loop = (...body: readonly Code[]): Code => bytesOf(0x03, 0x40, ...body, 0x0b);
export const leave = (depth: number): Code => [0x0c, ...unsigned(depth)];
export const leaveIf = (depth: number, condition: Code): Code => bytesOf(condition, 0x0d, unsigned(depth));
export const when = (condition: Code, ...body: readonly Code[]): Code => bytesOf(condition, 0x04, 0x40, ...body, 0x0b);
export const otherwise = (condition: Code, yes: readonly Code[], no: readonly Code[]): Code =>
  bytesOf(condition, 0x04, 0x40, ...yes, 0x05, ...no, 0x0b);
export const whileTrue = (condition: Code, ...body: readonly Code[]): Code =>
  block(leaveIf(0, not(condition)), loop(...body, leaveIf(0, condition)));

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** i32 variables besides the parameters, numbered behind them. */
  readonly locals: number;
  /** i64 variables, numbered behind those. */
  readonly wideLocals?: number;
  /** Leaves one i32. */
  readonly body: Code;
}

const i32Type = 0x7f;
const i64Type = 0x7e;
const sized = (bytes: Code): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly Code[]): number[] => [
  id,
  ...sized([...unsigned(items.length), ...items.flat()]),
];
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);

/** A module that imports `env.memory` and exports the functions; each takes and gives i32. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...sized(Array<number>(parameters).fill(i32Type)),
    1,
    i32Type,
  ]);
  const bodies = functions.map(({ locals, wideLocals = 0, body }) =>
    sized([2, ...unsigned(locals), i32Type, ...unsigned(wideLocals), i64Type, ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [[...name("env"), ...name("memory"), 0x02, 0x00, 1]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map((one, index) => [...name(one.name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, bodies),
  ]);
}

/** Compiles a module and gives its functions. */
export function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): Readonly<Record<string, (...values: number[]) => number>> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return instance.exports as Record<string, (...values: number[]) => number>;
}
