/**
 * Unpacks one raw LZ4 block (lz4_Block_format.md) to exactly `plainBytes`, in plain code for browsers. Null when the
 * stream is damaged: it points outside the output, ends within a sequence, or gives another length.
 */
export function decodeLz4(stream: Uint8Array, plainBytes: number): Uint8Array<ArrayBuffer> | null {
  const plain = new Uint8Array(plainBytes);
  const end = stream.length;
  let at = 0;
  let out = 0;
  while (at < end) {
    const token = stream[at++] ?? 0;
    let literals = token >> 4;
    if (literals === longRun) {
      for (let more = byteMax; more === byteMax; literals += more) {
        if (at >= end || literals > plainBytes) return null;
        more = stream[at++] ?? 0;
      }
    }
    if (at + literals > end || out + literals > plainBytes) return null;
    if (literals > copyLoopMax) plain.set(stream.subarray(at, at + literals), out);
    else for (let index = 0; index < literals; index++) plain[out + index] = stream[at + index] ?? 0;
    at += literals;
    out += literals;
    // The last sequence is literals alone.
    if (at === end) break;
    if (at + 2 > end) return null;
    const distance = (stream[at] ?? 0) | ((stream[at + 1] ?? 0) << 8);
    at += 2;
    let length = (token & 15) + matchBytesMin;
    if ((token & 15) === longRun) {
      for (let more = byteMax; more === byteMax; length += more) {
        if (at >= end || length > plainBytes) return null;
        more = stream[at++] ?? 0;
      }
    }
    if (distance === 0 || distance > out || out + length > plainBytes) return null;
    if (length > copyLoopMax && distance >= length) {
      plain.copyWithin(out, out - distance, out - distance + length);
      out += length;
    } else {
      // A match may reach into what it writes itself: byte by byte, then.
      for (const stop = out + length; out < stop; out++) plain[out] = plain[out - distance] ?? 0;
    }
  }
  return out === plainBytes ? plain : null;
}

const longRun = 15;
const byteMax = 255;
const matchBytesMin = 4;
/** Below it a loop is faster than a call into the engine. */
const copyLoopMax = 32;
