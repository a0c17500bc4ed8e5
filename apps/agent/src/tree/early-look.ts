import type { Clock } from "@casaforte/kernel";
import { statxBytes, statxInto, statxOffsets } from "../posix.ts";
import { namesUnder } from "./names-in.ts";
import type { SeenDirectory, SeenTree } from "./seen-tree.ts";

/** Bytes of `struct statx` that are kept: all fields up to the times. */
const seenBytes = 128;
/** Names at which it looks, 8 MiB. */
const seenNamesMax = 65_536;
/** For so long what was seen is believed: behind much that is read and sent, a walk looks itself. */
const believedMs = 5_000;
/** Names between two turns of the event loop, so that answers of the vault are not kept waiting. */
const namesPerTurn = 256;
const pathBytesMax = 2048;

/**
 * Looks at the names of trees while a run waits for its password to be stretched and for the vault, so that the walk, which asks
 * the same first, need not. It ends where something is in its way: the walk will meet that, and tell.
 */
export class EarlyLook implements SeenTree, Disposable {
  readonly #seen = new Map<string, SeenDirectory>();
  readonly #clock: Pick<Clock, "nowMs">;
  #begunMs = 0;
  #steps: Iterator<void> | null = null;
  #next: NodeJS.Immediate | null = null;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  /** Begins with the next turn of the event loop, the first time. Directories as their real paths, as latin1. */
  begin(directories: readonly string[]): void {
    if (this.#steps !== null) return;
    this.#begunMs = this.#clock.nowMs();
    this.#steps = this.#look(directories);
    this.#turnNext(this.#steps);
  }

  /** Whoever asks walks now: it looks no further. */
  take(path: string): SeenDirectory | undefined {
    this[Symbol.dispose]();
    if (!this.#isFresh()) this.#seen.clear();
    const seen = this.#seen.get(path);
    this.#seen.delete(path);
    return seen;
  }

  /** Also when the clock was set back, it is not. */
  #isFresh(): boolean {
    const ageMs = this.#clock.nowMs() - this.#begunMs;
    return ageMs >= 0 && ageMs < believedMs;
  }

  /** Ends the look. */
  [Symbol.dispose](): void {
    if (this.#next !== null) clearImmediate(this.#next);
    this.#next = null;
  }

  #turnNext(steps: Iterator<void>): void {
    this.#next = setImmediate(() => {
      this.#next = null;
      try {
        for (let count = 0; count < namesPerTurn; count++) if (steps.next().done === true) return;
      } catch {
        return;
      }
      this.#turnNext(steps);
    });
  }

  /** A step for each name. @throws the system's error. */
  *#look(directories: readonly string[]): Generator<void, void, void> {
    const stat = Buffer.alloc(statxBytes);
    const asked = Buffer.alloc(pathBytesMax + 1);
    /** Writes a path, or a name in the one written, to be asked for. Returns where it ends. */
    const write = (text: string, at = 0): number => {
      const end = at + asked.write(text, at, "latin1");
      asked[end] = 0;
      return end;
    };
    let left = seenNamesMax;
    for (const top of directories) {
      if (top.length > pathBytesMax) continue;
      write(top);
      if (!statxInto(asked, stat) || !isDirectory(stat)) continue;
      const device = deviceOf(stat);
      const waiting = [top];
      for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
        const names = namesUnder(Buffer.from(path, "latin1"));
        const seen = new Seen(names, left, () => this.#isFresh());
        this.#seen.set(path, seen);
        const inside: string[] = [];
        const before = path === "/" ? path : `${path}/`;
        const at = write(before);
        for (const name of names) {
          if (before.length + name.length > pathBytesMax || left-- === 0) return;
          write(name, at);
          if (!statxInto(asked, stat)) return;
          seen.add(stat);
          if (isDirectory(stat) && deviceOf(stat) === device) inside.push(before + name);
          yield;
        }
        waiting.push(...inside.reverse());
      }
    }
  }
}

class Seen implements SeenDirectory {
  readonly names: readonly string[];
  readonly #isFresh: () => boolean;
  readonly #bytes: Buffer;
  #count = 0;
  #at = 0;

  constructor(names: readonly string[], countMax: number, isFresh: () => boolean) {
    this.names = names;
    this.#isFresh = isFresh;
    this.#bytes = Buffer.allocUnsafe(Math.min(names.length, countMax) * seenBytes);
  }

  add(stats: Buffer): void {
    stats.copy(this.#bytes, this.#count++ * seenBytes, 0, seenBytes);
  }

  copyStats(name: string, into: Buffer): boolean {
    while (this.#at < this.#count && (this.names[this.#at] ?? "") < name) this.#at++;
    if (this.#at >= this.#count || this.names[this.#at] !== name || !this.#isFresh()) return false;
    this.#bytes.copy(into, 0, this.#at * seenBytes, (this.#at + 1) * seenBytes);
    return true;
  }
}

const isDirectory = (stats: Buffer): boolean => (stats.readUInt16LE(statxOffsets.mode) & 0o170000) === 0o040000;
const deviceOf = (stats: Buffer): bigint => stats.readBigUInt64LE(statxOffsets.device);
