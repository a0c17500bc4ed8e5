import {
  add,
  and,
  assemble,
  atLeast,
  atMost,
  block,
  type Code,
  constant,
  copy,
  different,
  equal,
  equalBytesOf,
  fill,
  get,
  giveBack,
  increase,
  isZero64,
  leave,
  leaveIf,
  less,
  load8,
  load16,
  load32,
  load64,
  loop,
  more,
  multiply,
  not,
  or,
  otherwise,
  set,
  shiftLeft,
  shiftRight,
  store8,
  store16,
  store32,
  store64,
  subtract,
  type WasmFunction,
  when,
  whileTrue,
  xor64,
} from "@casaforte/kernel/wasm";

/** 16,384 positions; the hash table stands at address 0. */
const hashBits = 14;
export const hashTableBytes = 4 << hashBits;
const windowBytes = 0xffff;
/** The block format's end rules: the last match starts 12 bytes before the end, and the last 5 bytes are literals. */
const lastMatchBytes = 12;
const lastLiteralBytes = 5;
/** After 2^6 failures the search skips one byte more each time: noise is passed over quickly. */
const skipTrigger = 6;
/** Up to here a copy in steps of 8 beats `memory.copy`; it writes up to 7 bytes more. */
const shortCopyBytes = 64;

const one = constant(1);
const hashOf = (address: Code): Code =>
  shiftLeft(shiftRight(multiply(load32(address), constant(0x9e37_79b1)), constant(32 - hashBits)), constant(2));

/** Copies `length` > 0 bytes forward in steps of 8; the locals `to` and `from` end at or past their ends. */
const copyShort = (to: number, from: number, end: Code): Code =>
  loop(store64(get(to), load64(get(from))), increase(to, 8), increase(from, 8), leaveIf(0, less(get(to), end)));

const encoder = ((): WasmFunction => {
  const [source, length, target] = [0, 1, 2];
  const [at, anchor, end, matchLimit, searchLimit] = [3, 4, 5, 6, 7];
  const [found, slot, step, out, token, rest, from, to] = [8, 9, 10, 11, 12, 13, 14, 15];
  const difference = 16;

  /** Writes what of a length does not fit into its four bits: 255 as often as needed, then the rest. */
  const writeRest = (bytes: Code): Code[] => [
    set(rest, subtract(bytes, constant(15))),
    whileTrue(
      atLeast(get(rest), constant(255)),
      store8(get(out), constant(255)),
      increase(out, 1),
      set(rest, subtract(get(rest), constant(255))),
    ),
    store8(get(out), get(rest)),
    increase(out, 1),
  ];

  /** Token with the literals from `anchor` to `until`; leaves `token` at its place. */
  const writeLiterals = (until: Code): Code[] => [
    set(token, get(out)),
    increase(out, 1),
    set(step, subtract(until, get(anchor))),
    otherwise(
      less(get(step), constant(15)),
      [store8(get(token), shiftLeft(get(step), constant(4)))],
      [store8(get(token), constant(0xf0)), ...writeRest(get(step))],
    ),
    otherwise(
      more(get(step), constant(shortCopyBytes)),
      [copy(get(out), get(anchor), get(step))],
      [set(to, get(out)), set(from, get(anchor)), when(get(step), copyShort(to, from, add(get(out), get(step))))],
    ),
    set(out, add(get(out), get(step))),
  ];

  const search = loop(
    set(slot, hashOf(get(at))),
    set(found, load32(get(slot))),
    store32(get(slot), get(at)),
    when(
      or(
        or(less(get(found), get(source)), more(subtract(get(at), get(found)), constant(windowBytes))),
        different(load32(get(found)), load32(get(at))),
      ),
      set(at, add(get(at), shiftRight(get(step), constant(skipTrigger)))),
      increase(step, 1),
      // Out of this, of the search, of the main loop, of the block around it.
      leaveIf(3, more(get(at), get(searchLimit))),
      leave(1),
    ),
  );

  const extendBack = whileTrue(
    and(
      and(more(get(at), get(anchor)), more(get(found), get(source))),
      equal(load8(subtract(get(at), one)), load8(subtract(get(found), one))),
    ),
    set(at, subtract(get(at), one)),
    set(found, subtract(get(found), one)),
  );

  /** Moves `at` and `found` behind all bytes that are equal. */
  const extend = [
    block(
      whileTrue(
        atMost(add(get(at), constant(8)), get(matchLimit)),
        set(difference, xor64(load64(get(at)), load64(get(found)))),
        when(
          not(isZero64(get(difference))),
          set(at, add(get(at), equalBytesOf(get(difference)))),
          // Out of this, of the loop, of its block, of the block around it.
          leave(3),
        ),
        increase(at, 8),
        increase(found, 8),
      ),
      whileTrue(
        and(less(get(at), get(matchLimit)), equal(load8(get(at)), load8(get(found)))),
        increase(at, 1),
        increase(found, 1),
      ),
    ),
  ];

  const body: Code[] = [
    set(out, get(target)),
    set(anchor, get(source)),
    set(at, get(source)),
    set(end, add(get(source), get(length))),
    fill(constant(0), constant(0), constant(hashTableBytes)),
    when(
      more(get(length), constant(lastMatchBytes)),
      set(searchLimit, subtract(get(end), constant(lastMatchBytes))),
      set(matchLimit, subtract(get(end), constant(lastLiteralBytes))),
      store32(hashOf(get(at)), get(at)),
      increase(at, 1),
      block(
        loop(
          leaveIf(1, more(get(at), get(searchLimit))),
          set(step, constant(1 << skipTrigger)),
          search,
          extendBack,
          ...writeLiterals(get(at)),
          store16(get(out), subtract(get(at), get(found))),
          increase(out, 2),
          increase(at, 4),
          increase(found, 4),
          set(slot, get(at)),
          ...extend,
          set(slot, subtract(get(at), get(slot))),
          otherwise(
            less(get(slot), constant(15)),
            [store8(get(token), or(load8(get(token)), get(slot)))],
            [store8(get(token), or(load8(get(token)), constant(15))), ...writeRest(get(slot))],
          ),
          set(anchor, get(at)),
          store32(hashOf(subtract(get(at), constant(2))), subtract(get(at), constant(2))),
          leave(0),
        ),
      ),
    ),
    ...writeLiterals(get(end)),
    subtract(get(out), get(target)),
  ];
  return { name: "compress", parameters: 3, locals: 13, wideLocals: 1, body: body.flat() };
})();

const decoder = ((): WasmFunction => {
  const [source, length, target, room] = [0, 1, 2, 3];
  const [at, end, out, outEnd, token, count, byte, from, to] = [4, 5, 6, 7, 8, 9, 10, 11, 12];
  const bad = giveBack(constant(-1));

  /** Adds the bytes behind a length of 15 to `count`. */
  const readRest = when(
    equal(get(count), constant(15)),
    loop(
      when(atLeast(get(at), get(end)), bad),
      set(byte, load8(get(at))),
      increase(at, 1),
      set(count, add(get(count), get(byte))),
      when(more(get(count), get(room)), bad),
      leaveIf(0, equal(get(byte), constant(255))),
    ),
  );

  /** The first bytes at once, however many of them are meant: most copies are short, and a step that is guessed wrong costs more. */
  const copyRest = (steps: number): Code =>
    when(
      more(get(count), constant(steps * 8)),
      increase(to, steps * 8),
      increase(from, steps * 8),
      copyShort(to, from, add(get(out), get(count))),
    );

  const copyLiterals = otherwise(
    more(get(count), constant(shortCopyBytes)),
    [copy(get(out), get(at), get(count))],
    [set(to, get(out)), set(from, get(at)), store64(get(to), load64(get(from))), copyRest(1)],
  );

  /** A match may overlap what it makes: then nearer than 8 bytes byte by byte, else in steps of 8. */
  const copyMatch = [
    set(to, get(out)),
    otherwise(
      less(subtract(get(out), get(from)), constant(8)),
      [
        loop(
          store8(get(to), load8(get(from))),
          increase(to, 1),
          increase(from, 1),
          leaveIf(0, less(get(to), add(get(out), get(count)))),
        ),
      ],
      [
        store64(get(to), load64(get(from))),
        store64(add(get(to), constant(8)), load64(add(get(from), constant(8)))),
        copyRest(2),
      ],
    ),
  ];

  const body: Code[] = [
    set(at, get(source)),
    set(end, add(get(source), get(length))),
    set(out, get(target)),
    set(outEnd, add(get(target), get(room))),
    loop(
      when(atLeast(get(at), get(end)), bad),
      set(token, load8(get(at))),
      increase(at, 1),
      set(count, shiftRight(get(token), constant(4))),
      readRest,
      when(or(more(get(count), subtract(get(end), get(at))), more(get(count), subtract(get(outEnd), get(out)))), bad),
      copyLiterals,
      set(out, add(get(out), get(count))),
      set(at, add(get(at), get(count))),
      when(equal(get(at), get(end)), giveBack(subtract(get(out), get(target)))),
      when(less(subtract(get(end), get(at)), constant(2)), bad),
      set(from, load16(get(at))),
      increase(at, 2),
      when(or(equal(get(from), constant(0)), more(get(from), subtract(get(out), get(target)))), bad),
      set(from, subtract(get(out), get(from))),
      set(count, and(get(token), constant(15))),
      readRest,
      increase(count, 4),
      when(more(get(count), subtract(get(outEnd), get(out))), bad),
      ...copyMatch,
      set(out, add(get(out), get(count))),
      leave(0),
    ),
    constant(-1),
  ];
  return { name: "uncompress", parameters: 4, locals: 9, body: body.flat() };
})();

/**
 * The raw LZ4 block format both ways, in WebAssembly: `compress(source, length, target)` gives the length made,
 * `uncompress(source, length, target, room)` the length, or -1 for a damaged stream, which never writes more than 15
 * bytes past the room. It works in a memory of its own, so that a thread that packs block after block makes no buffers.
 */
export const lz4Module = (): Uint8Array<ArrayBuffer> => assemble([encoder, decoder]);
