import type { ArenaReader, Content, Entry } from "@casaforte/arena";
import type { Selection, Want } from "../select/selection.ts";
import type { OnNote } from "../tree/note.ts";
import { reasonOf } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";

export interface WalkOptions {
  readonly reader: ArenaReader;
  readonly selection: Selection;
  readonly onNote: OnNote;
  readonly signal?: AbortSignal | undefined;
  /** Only this many levels below the wanted paths; all when absent. */
  readonly depthMax?: number;
}

export interface WalkedEntry {
  readonly entry: Entry;
  /** Absolute, as it was on the device. */
  readonly path: Buffer;
  /** False for a directory that is only on the way to what is wanted. */
  readonly wanted: boolean;
  /** 0 for what was asked for itself. */
  readonly depth: number;
}

/** The wanted entries of a point in order of path, directories before what is in them. Damaged directories are noted. */
export async function* walkPoint(options: WalkOptions): AsyncGenerator<WalkedEntry> {
  const { reader, selection } = options;
  yield* walk(options, reader.superblock.root, Buffer.alloc(0), selection.start, 0);
}

async function* walk(
  options: WalkOptions,
  content: Content,
  path: Buffer,
  above: Want,
  depth: number,
): AsyncGenerator<WalkedEntry> {
  try {
    for await (const entry of options.reader.entries(content)) {
      options.signal?.throwIfAborted();
      const inside = Buffer.concat([path, slash, entry.name]);
      const want = options.selection.of(inside, entry.type === "directory", above);
      if (want === "none") continue;
      const wanted = want === "all";
      yield { entry, path: inside, wanted, depth };
      if (entry.type !== "directory" || (wanted && depth >= (options.depthMax ?? Infinity))) continue;
      yield* walk(options, entry.content, inside, want, wanted ? depth + 1 : depth);
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    const message = `the list of this directory is damaged: ${reasonOf(error)}`;
    options.onNote({ level: "lost", code: "damaged", path: path.length === 0 ? slash : path, message });
  }
}

const slash = Buffer.from("/");
