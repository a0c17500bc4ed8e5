import { assert } from "@casaforte/kernel";
import { BankSet } from "./bank-set.ts";
import type { BlockTable } from "./block-table.ts";
import { isIndexed, writeIndexPage } from "./dedup-index.ts";
import { ImageMap } from "./image-map.ts";
import { type ImageInput, writeFileBlocks, writePatches } from "./image-writer.ts";
import { writeKeySets } from "./key-set-store.ts";
import { blockBytes, compression, compressionOf } from "./layout.ts";
import { noPage, type PageId } from "./page.ts";
import { type FileRecord, itemType, recordBytes, writeFile, writeFolder, writeStoreRecord } from "./records.ts";
import { roots } from "./slot.ts";
import type { ContainerKind, FinishInput, MetadataSealer } from "./types.ts";
import { writeVector } from "./vector.ts";

export const summaryName = "summary.xml";

/** What a builder has gathered when it is finished. */
export interface ContainerContents {
  readonly kind: ContainerKind;
  readonly table: BlockTable;
  readonly map: ImageMap;
  /** Store index of the summary. */
  readonly summary: number;
  readonly sealer: MetadataSealer | undefined;
}

/** Fills the banks: roots at their fixed places, then directory, block store, indexes and crypto store. FORMAT.md §4 to §8. */
export function writeMetadata(contents: ContainerContents, input: FinishInput): { banks: BankSet; cryptoRoot: PageId } {
  const banks = new BankSet();
  for (const root of [roots.directory, roots.blockStore, roots.freeIndex]) {
    assert(banks.allocate() === root, "the roots come first");
  }
  assert(banks.allocateIn(1) === roots.dedupIndex, "the dedup index has its own bank");
  const cryptoRoot = contents.sealer === undefined ? noPage : writeKeySets(banks, contents.sealer.keySets);
  writeDirectory(banks, contents, input);
  writeBlockStore(banks, contents);
  return { banks, cryptoRoot };
}

function writeDirectory(banks: BankSet, contents: ContainerContents, input: FinishInput): void {
  const { table, summary } = contents;
  const image: ImageInput = { banks, table, map: contents.map, sealed: contents.sealer !== undefined };
  const summaryMap = new ImageMap();
  summaryMap.setStored(0, summary);
  const sizeBytes = table.sourceSize(summary);
  const root = writeFileBlocks({ ...image, map: summaryMap }, { blocks: 1, lastBlockBytes: sizeBytes });
  const files: readonly FileRecord[] = [
    imageRecord(contents.kind, image, input),
    { type: itemType.file, name: summaryName, root, blocks: 1, sizeBytes },
  ];
  const children = writeVector(banks, {
    entryBytes: recordBytes.directory,
    count: files.length,
    write(index, view, bytes) {
      const file = files[index];
      if (file !== undefined) writeFile(view, bytes, file);
    },
  });
  const folder = { type: itemType.folder, name: input.folderName, root: children, children: files.length };
  writeVector(banks, {
    entryBytes: recordBytes.directory,
    count: 1,
    root: roots.directory,
    write: (_, view, bytes) => writeFolder(view, bytes, folder),
  });
}

function imageRecord(kind: ContainerKind, image: ImageInput, input: FinishInput): FileRecord {
  const sizeBytes = input.imageBlocks * blockBytes;
  if (kind === "increment") {
    const { root, patches } = writePatches(image);
    return { type: itemType.increment, name: input.imageName, root, blocks: patches, sizeBytes };
  }
  const root = writeFileBlocks(image, { blocks: input.imageBlocks, lastBlockBytes: blockBytes });
  return { type: itemType.file, name: input.imageName, root, blocks: input.imageBlocks, sizeBytes };
}

function writeBlockStore(banks: BankSet, { table, summary }: ContainerContents): void {
  const indexed = isIndexed(table.count - 1);
  writeVector(banks, {
    entryBytes: recordBytes.store,
    count: table.count,
    root: roots.blockStore,
    write: (index, view, bytes) =>
      writeStoreRecord(view, bytes, {
        usage: table.usage(index),
        offset: table.offset(index),
        allocatedSize: table.allocatedSize(index),
        isIndexed: indexed && index !== summary,
        digest: table.digest(index),
        compression: compressionOf(table.compression(index)) ?? compression.none,
        storedSize: table.storedSize(index),
        sourceSize: table.sourceSize(index),
        keySetId: table.keySetId(index),
      }),
  });
  const leaf: number[] = [];
  for (let index = 0; indexed && index < table.count; index++) if (index !== summary) leaf.push(index);
  writeIndexPage(banks.page(roots.freeIndex), table, []);
  writeIndexPage(banks.page(roots.dedupIndex), table, leaf);
}
