import { notesKeptMax } from "./limits.ts";
import { type Note, shownPath } from "./tree/note.ts";

/** A note as it is printed. */
export interface ShownNote {
  readonly level: Note["level"];
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** How far the notes went at a moment. */
export interface NotesMark {
  readonly kept: number;
  readonly lost: number;
  readonly told: number;
}

/** Keeps the first thousand notes of a run and counts the others, so that a broken disk cannot fill the memory. */
export class Notes {
  readonly #kept: ShownNote[] = [];
  #lost = 0;
  #told = 0;

  readonly add = (note: Note): void => {
    if (note.level === "lost") this.#lost++;
    else this.#told++;
    if (this.#kept.length < notesKeptMax) this.#kept.push({ ...note, path: shownPath(note.path) });
  };

  get mark(): NotesMark {
    return { kept: this.#kept.length, lost: this.#lost, told: this.#told };
  }

  /** Forgets what came since: what it was about is done once more. */
  backTo({ kept, lost, told }: NotesMark): void {
    this.#kept.length = kept;
    this.#lost = lost;
    this.#told = told;
  }

  get lost(): number {
    return this.#lost;
  }

  get told(): number {
    return this.#told;
  }

  get kept(): readonly ShownNote[] {
    return this.#kept;
  }
}
