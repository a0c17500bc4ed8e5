import { notesKeptMax } from "./limits.ts";
import { type Note, shownPath } from "./tree/note.ts";

/** A note as it is printed. */
export interface ShownNote {
  readonly level: Note["level"];
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** How many notes of one kind there are; of them the vault is told no more than this. */
export type NoteCount = Pick<Note, "level" | "code"> & { readonly count: number };

/** How far the notes went at a moment. */
export interface NotesMark {
  readonly kept: number;
  readonly counts: readonly NoteCount[];
}

/** Keeps the first thousand notes of a run and counts the others, so that a broken disk cannot fill the memory. */
export class Notes {
  readonly #kept: ShownNote[] = [];
  readonly #counts = new Map<string, NoteCount>();

  readonly add = (note: Note): void => {
    const { level, code } = note;
    this.#counts.set(keyOf(note), { level, code, count: (this.#counts.get(keyOf(note))?.count ?? 0) + 1 });
    if (this.#kept.length < notesKeptMax) this.#kept.push({ ...note, path: shownPath(note.path) });
  };

  get mark(): NotesMark {
    return { kept: this.#kept.length, counts: this.counts };
  }

  /** Forgets what came since: what it was about is done once more. */
  backTo({ kept, counts }: NotesMark): void {
    this.#kept.length = kept;
    this.#counts.clear();
    for (const counted of counts) this.#counts.set(keyOf(counted), counted);
  }

  get lost(): number {
    return this.counts.reduce((sum, { level, count }) => sum + (level === "lost" ? count : 0), 0);
  }

  get kept(): readonly ShownNote[] {
    return this.#kept;
  }

  /** By kind: what was lost first, of that what is most. */
  get counts(): readonly NoteCount[] {
    return [...this.#counts.values()].toSorted((a, b) => a.level.localeCompare(b.level) || b.count - a.count);
  }
}

const keyOf = ({ level, code }: Pick<Note, "level" | "code">): string => `${level} ${code}`;
