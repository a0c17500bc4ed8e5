import { assert } from "@casaforte/kernel";
import type { BankSet } from "./bank-set.ts";
import type { BlockTable } from "./block-table.ts";
import type { ImageMap } from "./image-map.ts";
import { blockBytes, digestBytes, keySetIdBytes } from "./layout.ts";
import { noPage, type PageId, putPageId, putU64 } from "./page.ts";
import {
  blocksPerTable,
  type Descriptor,
  location,
  recordBytes,
  writeBlockDescriptor,
  writePatchDescriptor,
  zeroBlockDigest,
} from "./records.ts";
import { writeVector } from "./vector.ts";

export interface ImageInput {
  readonly banks: BankSet;
  readonly table: BlockTable;
  readonly map: ImageMap;
  readonly sealed: boolean;
}

/** A file of an internal folder: how many blocks, and how long the last one is. */
export interface FileShape {
  readonly blocks: number;
  readonly lastBlockBytes: number;
}

/** The two levels of vectors of an internal file; returns the root. FORMAT.md §6.1. */
export function writeFileBlocks(input: ImageInput, shape: FileShape): PageId {
  const runs: { root: PageId; count: number; oneBlockBytes: number }[] = [];
  for (let first = 0; first < shape.blocks; first += blocksPerTable) {
    const count = Math.min(blocksPerTable, shape.blocks - first);
    const isLast = first + count === shape.blocks;
    // The layout marks a table of one block by a block size below the standard one.
    const oneBlockBytes = Math.min(isLast ? shape.lastBlockBytes : blockBytes, blockBytes - 1);
    runs.push({ root: writeRun(input, first, count, shape), count, oneBlockBytes });
  }
  return writeVector(input.banks, {
    entryBytes: recordBytes.table,
    count: runs.length,
    write(index, view) {
      const run = runs[index];
      assert(run !== undefined, "each run was written");
      const isHole = run.root === noPage;
      putPageId(view, 0, run.root);
      putU64(view, 8, !isHole && run.count === 1 ? run.oneBlockBytes : blockBytes);
      putU64(view, 16, isHole ? 0 : run.count);
    },
  });
}

function writeRun(input: ImageInput, first: number, count: number, shape: FileShape): PageId {
  let stored = 0;
  for (let index = first; index < first + count; index++) if (input.map.isStored(index)) stored++;
  if (stored === 0) return noPage;
  return writeVector(input.banks, {
    entryBytes: recordBytes.block,
    count,
    write(index, view, bytes) {
      const isLast = first + index === shape.blocks - 1;
      const sizeBytes = isLast ? shape.lastBlockBytes : blockBytes;
      writeBlockDescriptor(view, bytes, descriptorOf(input, first + index, sizeBytes));
    },
  });
}

/** The patch descriptors of an increment, ascending; returns the root and their number. FORMAT.md §6.2. */
export function writePatches(input: ImageInput): { root: PageId; patches: number } {
  const indices = Uint32Array.from(input.map.indices());
  const root = writeVector(input.banks, {
    entryBytes: recordBytes.patch,
    count: indices.length,
    write(index, view, bytes) {
      const imageBlock = indices[index] ?? 0;
      writePatchDescriptor(view, bytes, descriptorOf(input, imageBlock, blockBytes), imageBlock);
    },
  });
  return { root, patches: indices.length };
}

function descriptorOf(input: ImageInput, imageBlock: number, sizeBytes: number): Descriptor {
  const block = input.map.get(imageBlock);
  if (block.state !== "stored") {
    const digest = input.sealed ? new Uint8Array(digestBytes) : zeroBlockDigest;
    return { sizeBytes, location: location.hole, digest, storeIndex: 0, keySetId: new Uint8Array(keySetIdBytes) };
  }
  const { storeIndex } = block;
  return {
    sizeBytes,
    location: location.stored,
    digest: input.table.digest(storeIndex),
    storeIndex,
    keySetId: input.table.keySetId(storeIndex),
  };
}
