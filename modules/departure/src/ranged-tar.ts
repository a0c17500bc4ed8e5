import { createHash } from "node:crypto";
import type { Bytes } from "@casaforte/kernel";
import type { RangedBody } from "./send-ranged.ts";
import { tarEnd, tarEntryBytes, tarHead } from "./tar.ts";

/** A file of which any range can be read. */
export interface RangedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Another one whenever the bytes under the path are others. */
  readonly version: string;
  open(offset: number, length: number, signal: AbortSignal): AsyncIterable<Bytes>;
}

/**
 * An archive that nobody has to make first: its layout follows from the sizes, so its length is known and any range of it
 * can be asked for. Backups are too large to be stored twice.
 */
export function rangedTar(files: readonly RangedFile[]): RangedBody {
  const places: { readonly file: RangedFile; readonly head: Bytes; readonly at: number }[] = [];
  let size = 0;
  // Which bytes these are: as many under the same name may be others.
  const etag = createHash("sha256");
  for (const file of files) {
    const head = tarHead(file.path, file.sizeBytes, file.modifiedMs);
    etag.update(head).update(`${file.version}\n`);
    places.push({ file, head, at: size });
    size += tarEntryBytes(head, file.sizeBytes);
  }
  const endAt = size;
  size += tarEnd.length;
  return {
    size,
    etag: etag.digest("hex"),
    async *open(offset, length, signal) {
      const until = offset + length;
      for (const { file, head, at } of places) {
        const dataAt = at + head.length;
        const dataEnd = dataAt + file.sizeBytes;
        const end = at + tarEntryBytes(head, file.sizeBytes);
        if (end <= offset) continue;
        if (at >= until) return;
        yield* cut(head, at, offset, until);
        const from = Math.max(offset, dataAt);
        const to = Math.min(until, dataEnd);
        if (to > from) yield* file.open(from - dataAt, to - from, signal);
        yield* cut(new Uint8Array(end - dataEnd), dataEnd, offset, until);
      }
      yield* cut(tarEnd, endAt, offset, until);
    },
  };
}

/** The bytes of a piece that lies at `at`, as far as they are within the range. */
function* cut(piece: Bytes, at: number, from: number, until: number): Generator<Bytes> {
  const bytes = piece.subarray(Math.max(0, from - at), Math.max(0, until - at));
  if (bytes.length > 0) yield bytes;
}
