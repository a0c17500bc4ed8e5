import { type ByteReader, corrupt } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { type ChunkRef, readChunkRef, writeChunkRef } from "./chunk-ref.ts";
import { addressMax, contentDepthMax, inlineExtentsMax } from "./limits.ts";

/**
 * A stretch of a content: stored bytes, a hole of a sparse file, or zeros that were written out and need no chunk. `lengthBytes` counts the bytes of the content it
 * covers; at depth 0 that is the chunk's own length, above it is what the list under it covers.
 */
export type Extent =
  | { readonly kind: "chunk"; readonly ref: ChunkRef; readonly lengthBytes: number }
  | { readonly kind: "hole"; readonly lengthBytes: number }
  | { readonly kind: "zeros"; readonly lengthBytes: number };

/** The bytes of a file or of a directory: a shallow tree of extents. Depth 0 points at data, deeper at extent lists. */
export interface Content {
  readonly sizeBytes: number;
  readonly depth: number;
  readonly extents: readonly Extent[];
}

export const emptyContent: Content = { sizeBytes: 0, depth: 0, extents: [] };

export function writeContent(writer: ByteWriter, content: Content): void {
  writer.varint(content.sizeBytes);
  writer.varint(content.depth);
  writeExtents(writer, content.extents);
}

/** @throws corrupt, also when the extents do not add up to the size. */
export function readContent(reader: ByteReader): Content {
  const sizeBytes = reader.varint(addressMax, "content size");
  const depth = reader.varint(contentDepthMax, "content depth");
  const extents = readExtents(reader, depth, inlineExtentsMax);
  checkCovers(extents, sizeBytes);
  return { sizeBytes, depth, extents };
}

export function writeExtents(writer: ByteWriter, extents: readonly Extent[]): void {
  writer.varint(extents.length);
  for (const extent of extents) {
    writer.u8(extentKinds.indexOf(extent.kind));
    writer.varint(extent.lengthBytes);
    if (extent.kind === "chunk") writeChunkRef(writer, extent.ref);
  }
}

/** @throws corrupt. */
export function readExtents(reader: ByteReader, depth: number, countMax: number): readonly Extent[] {
  const count = reader.varint(countMax, "extents");
  const extents: Extent[] = [];
  for (let index = 0; index < count; index++) extents.push(readExtent(reader, depth));
  return extents;
}

/** @throws corrupt unless the extents cover exactly `sizeBytes`. */
export function checkCovers(extents: readonly Extent[], sizeBytes: number): void {
  let covered = 0;
  for (const extent of extents) covered += extent.lengthBytes;
  if (covered !== sizeBytes) throw corrupt(`extents cover ${covered} of ${sizeBytes} bytes`);
}

function readExtent(reader: ByteReader, depth: number): Extent {
  const kind = extentKinds[reader.u8()];
  const lengthBytes = reader.varint(addressMax, "extent length");
  if (lengthBytes === 0) throw corrupt("empty extent");
  if (kind === undefined) throw corrupt("unknown extent kind");
  if (kind !== "chunk") return { kind, lengthBytes };
  const ref = readChunkRef(reader);
  if (depth === 0 && ref.lengthBytes !== lengthBytes) throw corrupt("extent and chunk differ in length");
  return { kind, ref, lengthBytes };
}

const extentKinds = ["chunk", "hole", "zeros"] as const;
