import type { FileHandle } from "node:fs/promises";
import { writeAll } from "./write-all.ts";

/** Written with zeros and synced ahead of the records: a sync that need not make the file longer waits for less. */
const aheadBytes = 2 * 1024 * 1024;

/**
 * The end of one pack file: room is given out in order, records are written side by side, and one sync serves all that
 * were written before it began, so that many deliveries at once cost about one sync.
 */
export class PackWriter {
  readonly name: string;
  readonly begunMs: number;
  readonly #file: FileHandle;
  #end = 0;
  #filledTo = 0;
  /** Zeros on their way: who writes at or behind `from` waits for them. */
  #filling: { readonly from: number; readonly done: Promise<void> } | null = null;
  #busy = 0;
  #closing = false;
  #syncing: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  /** After an error of the disk nothing is promised about this file any more: nobody writes to it again. */
  broken = false;

  constructor(name: string, begunMs: number, file: FileHandle) {
    this.name = name;
    this.begunMs = begunMs;
    this.#file = file;
  }

  get sizeBytes(): number {
    return this.#end;
  }

  /** Gives out room; what is written there must not be longer. */
  take(lengthBytes: number): number {
    if (!this.#filling && this.#end + aheadBytes / 2 > this.#filledTo) this.#fill();
    const offset = this.#end;
    this.#end += lengthBytes;
    return offset;
  }

  /** Resolves once the bytes would survive a power cut. */
  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    this.#busy++;
    try {
      if (this.#filling && offset + lengthOf(pieces) > this.#filling.from) await this.#filling.done;
      await writeAll(this.#file, pieces, offset);
      await this.#sync();
    } catch (error) {
      this.broken = true;
      throw error;
    } finally {
      this.#busy--;
      if (this.#closing && this.#busy === 0) this.#close();
    }
  }

  /** Closes the file once its last write is done. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#busy === 0) this.#close();
  }

  #close(): void {
    const trimmed = this.#filling
      ? this.#filling.done.then(() => this.#file.truncate(this.#end))
      : this.#file.truncate(this.#end);
    trimmed.catch(() => {}).finally(() => this.#file.close().catch(() => {}));
  }

  /** Nobody was given room behind the end yet, and until the zeros are there nobody writes where they go. */
  #fill(): void {
    const from = Math.max(this.#end, this.#filledTo);
    const write = async () => {
      await this.#file.write(Buffer.alloc(aheadBytes), 0, aheadBytes, from);
      await this.#file.datasync();
    };
    const done = write().catch(() => {
      this.broken = true;
    });
    this.#filling = { from, done };
    done.finally(() => {
      this.#filling = null;
      this.#filledTo = from + aheadBytes;
    });
  }

  #sync(): Promise<void> {
    if (!this.#syncing) return this.#begin();
    // The sync under way may have begun before our bytes were there: the next one is ours, and everybody's who comes now.
    this.#next ??= this.#syncing.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = null;
    const running = this.#file.datasync().finally(() => {
      if (this.#syncing === running) this.#syncing = null;
    });
    this.#syncing = running;
    return running;
  }
}

const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
