import { type Bytes, concatBytes } from "@casaforte/kernel";
import { packedBytesMax } from "./pack-layout.ts";
import { segmentBytes } from "./segments.ts";

/** Cuts a source into whole segments; the last one, which may be shorter, is given when the source ends. */
export async function* wholeSegments(
  source: Bytes | AsyncIterable<Bytes>,
): AsyncIterable<{ plain: Bytes; last: boolean }> {
  if (source instanceof Uint8Array) {
    let offset = 0;
    for (; source.length - offset > segmentBytes; offset += segmentBytes)
      yield { plain: source.subarray(offset, offset + segmentBytes), last: false };
    yield { plain: source.subarray(offset), last: true };
    return;
  }
  // A segment is sealed before the next one is asked for, so its room can be used again. What may be the last one waits
  // there; the others are taken from where they lie.
  const room = Buffer.allocUnsafe(segmentBytes);
  let filled = 0;
  for await (const piece of source) {
    for (let offset = 0; offset < piece.length; ) {
      if (filled === segmentBytes) {
        yield { plain: room, last: false };
        filled = 0;
      }
      if (filled === 0 && piece.length - offset > segmentBytes) {
        yield { plain: piece.subarray(offset, offset + segmentBytes), last: false };
        offset += segmentBytes;
        continue;
      }
      const count = Math.min(segmentBytes - filled, piece.length - offset);
      room.set(piece.subarray(offset, offset + count), filled);
      filled += count;
      offset += count;
    }
  }
  yield { plain: room.subarray(0, filled), last: true };
}

/** A stream that ends soon as its bytes; a longer one as a stream again. */
export async function smallOrAll(source: Bytes | AsyncIterable<Bytes>): Promise<Bytes | AsyncIterable<Bytes>> {
  if (source instanceof Uint8Array) return source;
  const pieces: Bytes[] = [];
  let size = 0;
  const rest = source[Symbol.asyncIterator]();
  while (size <= packedBytesMax) {
    const { value, done } = await rest.next();
    if (done) return concatBytes(pieces);
    pieces.push(new Uint8Array(value));
    size += value.length;
  }
  const next = async (): Promise<IteratorResult<Bytes>> => {
    const piece = pieces.shift();
    return piece === undefined ? rest.next() : { done: false, value: piece };
  };
  const leaveRest = async (): Promise<IteratorResult<Bytes>> => {
    await rest.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: leaveRest }) };
}

/** Closes what is read, also where it was begun and nobody reads on. */
export async function leave(source: Bytes | AsyncIterable<Bytes>): Promise<void> {
  if (!(source instanceof Uint8Array)) await source[Symbol.asyncIterator]().return?.();
}
