import type { ChangeSet } from "../backend.ts";

interface Life {
  readonly createdAt: number;
  readonly changedAt: number;
  readonly destroyedAt: number | null;
}

/** When each object of one type was made, last changed and destroyed, in the account's counter. */
export class ChangeLog {
  readonly #lives = new Map<string, Life>();

  created(id: string, modseq: number): void {
    this.#lives.set(id, { createdAt: modseq, changedAt: modseq, destroyedAt: null });
  }

  changed(id: string, modseq: number): void {
    const life = this.#lives.get(id);
    if (life !== undefined && life.destroyedAt === null) this.#lives.set(id, { ...life, changedAt: modseq });
  }

  destroyed(id: string, modseq: number): void {
    const life = this.#lives.get(id);
    if (life !== undefined) this.#lives.set(id, { ...life, changedAt: modseq, destroyedAt: modseq });
  }

  /** At most `max` ids, oldest change first; changes of one modseq stay together, so a page may be longer. */
  since(since: number, now: number, max: number): ChangeSet {
    const moved = [...this.#lives].filter(([, life]) => life.changedAt > since);
    moved.sort(([, a], [, b]) => a.changedAt - b.changedAt);
    let end = Math.min(max, moved.length);
    while (end > 0 && end < moved.length && moved[end]?.[1].changedAt === moved[end - 1]?.[1].changedAt) end++;
    const page = moved.slice(0, end);
    const last = page.at(-1)?.[1].changedAt;
    const hasMoreChanges = end < moved.length;
    const pick = (test: (life: Life) => boolean): string[] => page.filter(([, life]) => test(life)).map(([id]) => id);
    return {
      newState: String(hasMoreChanges && last !== undefined ? last : now),
      hasMoreChanges,
      created: pick((life) => life.createdAt > since && life.destroyedAt === null),
      updated: pick((life) => life.createdAt <= since && life.destroyedAt === null),
      destroyed: pick((life) => life.createdAt <= since && life.destroyedAt !== null),
    };
  }
}
