import { ByteReader, corrupt } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type ChunkRef, readChunkRef, writeChunkRef } from "./chunk-ref.ts";
import { segmentRecordsMax } from "./limits.ts";

/** Chunks that one point added, and the segment before: a list from which a chunk table can be rebuilt. */
export interface IndexSegment {
  readonly previous: ChunkRef | null;
  readonly records: readonly ChunkRef[];
}

export function encodeSegment(segment: IndexSegment): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.u8(segment.previous === null ? 0 : 1);
  if (segment.previous !== null) writeChunkRef(writer, segment.previous);
  writer.varint(segment.records.length);
  for (const record of segment.records) writeChunkRef(writer, record);
  return writer.take();
}

/** @throws corrupt. */
export function decodeSegment(bytes: Uint8Array): IndexSegment {
  const reader = new ByteReader(bytes);
  const flag = reader.u8();
  if (flag > 1) throw corrupt("unknown segment flag");
  const previous = flag === 0 ? null : readChunkRef(reader);
  const count = reader.varint(segmentRecordsMax, "segment records");
  const records: ChunkRef[] = [];
  for (let index = 0; index < count; index++) records.push(readChunkRef(reader));
  reader.end("index segment");
  return { previous, records };
}
