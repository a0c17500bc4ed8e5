import { equalBytes, Failure } from "@casaforte/kernel";
import { ImageMap } from "./image-map.ts";
import { blockBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import type { Metadata } from "./metadata.ts";
import { getPageId, getU64, noPage, viewOf } from "./page.ts";
import type { FoundFile } from "./read-directory.ts";
import { blocksPerTable, type Descriptor, location, readDescriptor, recordBytes } from "./records.ts";
import type { StoreReader } from "./store-reader.ts";

/** Which stored block each block of a file is. In a full, blocks left absent are holes. @throws corrupt `vbk.image`. */
export function readFileMap(metadata: Metadata, file: FoundFile, store: StoreReader): ImageMap {
  const map = new ImageMap();
  if (file.blocks > limits.blocksMax || file.blocks !== Math.ceil(file.sizeBytes / blockBytes)) {
    throw damaged("size and number of blocks differ");
  }
  const runs = Math.ceil(file.blocks / blocksPerTable);
  const tables = metadata.vector(file.root, recordBytes.table, runs);
  for (let run = 0; run < runs; run++) {
    const view = viewOf(tables.subarray(run * recordBytes.table));
    const root = getPageId(view, 0);
    const first = run * blocksPerTable;
    const count = Math.min(blocksPerTable, file.blocks - first);
    if (root === noPage) continue;
    if (getU64(view, 16) !== count) throw damaged("a table has another number of blocks");
    const entries = metadata.vector(root, recordBytes.block, count);
    for (let index = 0; index < count; index++) {
      const bytes = entries.subarray(index * recordBytes.block, (index + 1) * recordBytes.block);
      const descriptor = readDescriptor(viewOf(bytes), bytes);
      const isLast = first + index === file.blocks - 1;
      const sizeBytes = isLast ? file.sizeBytes - (file.blocks - 1) * blockBytes : blockBytes;
      if (descriptor.location !== location.hole) map.setStored(first + index, checked(descriptor, sizeBytes, store));
    }
  }
  return map;
}

/** Which blocks an increment changes. @throws corrupt `vbk.image`. */
export function readPatchMap(metadata: Metadata, file: FoundFile, store: StoreReader): ImageMap {
  const map = new ImageMap();
  const imageBlocks = Math.ceil(file.sizeBytes / blockBytes);
  if (imageBlocks > limits.blocksMax || file.blocks > imageBlocks) throw damaged("more patches than blocks");
  const entries = metadata.vector(file.root, recordBytes.patch, file.blocks);
  let last = -1;
  for (let offset = 0; offset < entries.length; offset += recordBytes.patch) {
    const bytes = entries.subarray(offset, offset + recordBytes.patch);
    const descriptor = readDescriptor(viewOf(bytes), bytes);
    const { imageBlock } = descriptor;
    if (imageBlock <= last || imageBlock >= imageBlocks) throw damaged("patches are not ascending within the image");
    last = imageBlock;
    if (descriptor.location === location.hole) map.setHole(imageBlock);
    else map.setStored(imageBlock, checked(descriptor, blockBytes, store));
  }
  return map;
}

/** The store index of a descriptor that agrees with its block store entry. */
function checked(descriptor: Descriptor, sizeBytes: number, store: StoreReader): number {
  if (descriptor.location !== location.stored) throw damaged("a block at an unknown location");
  if (descriptor.storeIndex >= store.count) throw damaged("a block outside the block store");
  const block = store.block(descriptor.storeIndex);
  const agrees =
    block.usage > 0 &&
    block.sourceSize === sizeBytes &&
    descriptor.sizeBytes === sizeBytes &&
    equalBytes(block.digest, descriptor.digest) &&
    equalBytes(block.keySetId, descriptor.keySetId);
  if (!agrees) throw damaged("a descriptor and its stored block differ");
  return descriptor.storeIndex;
}

const damaged = (what: string): Failure => new Failure("corrupt", "vbk.image", what);
