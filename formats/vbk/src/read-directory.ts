import { Failure } from "@casaforte/kernel";
import { limits } from "./limits.ts";
import type { Metadata } from "./metadata.ts";
import { type PageId, viewOf } from "./page.ts";
import { type FileRecord, itemType, readFileBody, readFolderBody, readItemHead, recordBytes } from "./records.ts";

/** A file of the container with the folder it is in. */
export type FoundFile = FileRecord & { readonly folder: string };

export interface FoundDirectory {
  readonly folders: readonly { readonly name: string; readonly folder: string }[];
  readonly files: readonly FoundFile[];
}

/** Walks the directory tree. External files and patches, which nothing writes here, are left out. @throws corrupt `vbk.directory`. */
export function readDirectory(metadata: Metadata, root: PageId, count: number): FoundDirectory {
  const folders: { name: string; folder: string }[] = [];
  const files: FoundFile[] = [];
  let itemsLeft = limits.directoryItemsMax;
  const walk = (at: PageId, items: number, folder: string, depth: number): void => {
    itemsLeft -= items;
    if (itemsLeft < 0 || depth > limits.folderDepthMax) throw damaged("more items or levels than a reader takes");
    const entries = metadata.vector(at, recordBytes.directory, items);
    for (let offset = 0; offset < entries.length; offset += recordBytes.directory) {
      const bytes = entries.subarray(offset, offset + recordBytes.directory);
      const view = viewOf(bytes);
      const { type, name, nameLength } = readItemHead(view, bytes);
      if (nameLength < 1 || nameLength > limits.nameBytesMax) throw damaged("a name's length is impossible");
      if (type === itemType.folder) {
        const body = readFolderBody(view);
        folders.push({ name, folder });
        walk(body.root, body.children, name, depth + 1);
      } else if (type === itemType.file || type === itemType.increment) {
        files.push({ type, name, folder, ...readFileBody(view) });
      } else if (type !== itemType.externalFile && type !== itemType.patch) throw damaged("an item of unknown type");
    }
  };
  walk(root, count, "", 0);
  return { folders, files };
}

/** The backed-up image: the increment item, else the largest file. @throws corrupt `vbk.no_image`. */
export function findImage(files: readonly FoundFile[]): FoundFile {
  const increment = files.find((file) => file.type === itemType.increment);
  const largest = files
    .filter((file) => !file.name.endsWith(".xml"))
    .reduce<FoundFile | undefined>((best, file) => (best && best.sizeBytes >= file.sizeBytes ? best : file), undefined);
  const image = increment ?? largest;
  if (image === undefined) throw new Failure("corrupt", "vbk.no_image", "the container holds no image");
  return image;
}

const damaged = (what: string): Failure => new Failure("corrupt", "vbk.directory", what);
