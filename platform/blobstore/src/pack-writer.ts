import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { recordAlignment } from "./pack-layout.ts";
import { writeAll } from "./write-all.ts";

/** Written with zeros and synced ahead of the records: a sync that need not make the file longer waits for less. */
const aheadBytes = 2 * 1024 * 1024;

/** Pieces of one system call (IOV_MAX of POSIX systems is 1,024 or more). */
const piecesAtOnceMax = 1_000;

/** Where the system knows it, each write is its own sync (POSIX O_DSYNC): half the trips to another thread. */
const syncFlag: number | undefined = constants.O_DSYNC;

/** A new file of its own for a writer. */
export const openPackFile = (path: string): Promise<FileHandle> =>
  open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (syncFlag ?? 0), 0o600);

interface Waiting {
  readonly offset: number;
  readonly pieces: readonly Uint8Array[];
  readonly done: PromiseWithResolvers<void>;
}

/**
 * The end of one pack file: room is given out in order, and what comes while a write is under way goes with the next one, so
 * that many deliveries at once cost about one write and one sync.
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
  #waiting: Waiting[] = [];
  #writing = false;
  /** After an error of the disk nothing is promised about this file any more: nobody writes to it again. */
  broken = false;
  #why = "EIO";

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
      const done = Promise.withResolvers<void>();
      this.#waiting.push({ offset, pieces, done });
      if (!this.#writing) void this.#writeWaiting();
      await done.promise;
    } catch (error) {
      this.#break(error);
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
      await this.#writeDurably([Buffer.alloc(aheadBytes)], from);
    };
    const done = write().catch((error: unknown) => this.#break(error));
    this.#filling = { from, done };
    done.finally(() => {
      this.#filling = null;
      this.#filledTo = from + aheadBytes;
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const { records, pieces } = takeAdjoining(this.#waiting);
      try {
        this.#assertWhole();
        await this.#writeDurably(pieces, records[0]?.offset ?? 0);
        // The system tells of a page that it lost once: whoever asked first, which may have been the zeros' write.
        await this.#filling?.done;
        this.#assertWhole();
        for (const { done } of records) done.resolve();
      } catch (error) {
        this.#break(error);
        for (const { done } of records) done.reject(error);
      }
    }
    this.#writing = false;
  }

  /** What breaks it first is what all are told: a full disk is another trouble than a failing one. */
  #break(error: unknown): void {
    if (this.broken) return;
    this.broken = true;
    if (error instanceof Error && "code" in error && typeof error.code === "string") this.#why = error.code;
  }

  #assertWhole(): void {
    if (!this.broken) return;
    throw Object.assign(new Error("an earlier write to this pack failed"), { code: this.#why, syscall: "writev" });
  }

  async #writeDurably(pieces: readonly Uint8Array[], offset: number): Promise<void> {
    await writeAll(this.#file, pieces, offset);
    if (syncFlag === undefined) await this.#file.datasync();
  }
}

/** Takes the records out that lie behind one another from the lowest on, as far as one system call goes. */
function takeAdjoining(waiting: Waiting[]): { readonly records: readonly Waiting[]; readonly pieces: Uint8Array[] } {
  waiting.sort((a, b) => a.offset - b.offset);
  const pieces: Uint8Array[] = [];
  let count = 0;
  let end = waiting[0]?.offset ?? 0;
  for (const record of waiting) {
    // Between two records there is less than would hold one, and it is zeros.
    const gapBytes = record.offset - end;
    const isNext = gapBytes < recordAlignment && pieces.length + record.pieces.length < piecesAtOnceMax;
    if (count > 0 && !isNext) break;
    if (gapBytes > 0) pieces.push(new Uint8Array(gapBytes));
    pieces.push(...record.pieces);
    end = record.offset + lengthOf(record.pieces);
    count++;
  }
  return { records: waiting.splice(0, count), pieces };
}

const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
