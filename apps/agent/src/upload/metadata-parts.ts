import type { FilePiece } from "@casaforte/vbk";

/**
 * Pieces that lie one behind the other, cut anew into parts of at most so many bytes, one made at a time: a large file's
 * metadata is never in memory a second time. A part's bytes are good until the next one is asked for.
 */
export function* partsOf(pieces: readonly FilePiece[], lengthMax: number): Generator<FilePiece> {
  const lengthBytes = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const room = new Uint8Array(Math.min(lengthMax, lengthBytes));
  let offset = pieces[0]?.offset ?? 0;
  let filled = 0;
  for (const { bytes } of pieces) {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + room.length - filled);
      room.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < room.length) continue;
      yield { offset, bytes: room };
      offset += filled;
      filled = 0;
    }
  }
  if (filled > 0) yield { offset, bytes: room.subarray(0, filled) };
}
