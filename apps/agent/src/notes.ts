import { notesKeptMax } from "./limits.ts";
import { type Note, shownPath } from "./tree/note.ts";

/** A note as it is printed. */
export interface ShownNote {
  readonly level: Note["level"];
  readonly code: string;
  readonly path: string;
  readonly message: string;
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
