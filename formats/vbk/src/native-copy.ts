import { createRequire } from "node:module";
import type Koffi from "koffi";

type Memcpy = (to: Uint8Array, from: Uint8Array, length: number) => unknown;

let found: Memcpy | null | undefined;

/**
 * Copies bytes to `at` in other memory, shared or not. JavaScript copies shared memory word by word, at half the speed of
 * the C library's `memcpy`, which does it here; little is copied by `set`, as a call costs more.
 */
export function copyBytes(from: Uint8Array, into: Uint8Array, at = 0): void {
  const room = into.subarray(at, at + from.length);
  if (room.length !== from.length) throw new RangeError("no room for what is copied");
  if (found === undefined) found = load();
  if (found === null || from.length < callBytesMin) room.set(from);
  else found(room, from, from.length);
}

/** Below, a call costs more than it saves. */
const callBytesMin = 8192;

function load(): Memcpy | null {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
    return koffi.load(null).func("void* memcpy(uint8_t* to, const uint8_t* from, size_t length)") as unknown as Memcpy;
  } catch {
    return null;
  }
}
