import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ChunkRef } from "@casaforte/arena";
import { partBytes, spoolName } from "../limits.ts";
import { errnoOf } from "../tree/note.ts";
import { BlockRecords } from "./block-records.ts";
import { packChunks, unpackChunks } from "./chunk-records.ts";

/** What an upload is, written before its first byte travels. */
export interface JournalHead {
  /** 2 since metadata depend on what the vault takes. Agents that know 1 alone then read no journal, and begin anew. */
  readonly format: 1 | 2;
  /** The upload's idempotency key. */
  readonly key: string;
  readonly chainId: string;
  readonly kind: "vbk" | "vib";
  readonly fileName: string;
  readonly fileId: string;
  readonly pointId: string;
  readonly parent: { readonly fileId: string; readonly fileRoot: string } | null;
  /** The file's keys are derived from this and the storage key; it is no secret by itself. */
  readonly seed: string;
  readonly startedMs: number;
}

export interface JournalPart {
  readonly n: number;
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
  readonly blocks: BlockRecords;
  /** Its place in the spool; absent when it has a file of its own. */
  readonly spoolSlot?: number;
}

/** Metadata is written anew by a later run and must come out the same; this tells agents apart that write it otherwise. */
export const metadataVersion = 2;

/** The image is finished; only metadata, head and commit are left. */
export interface JournalEnd {
  readonly imageBlocks: number;
  /** `metadataVersion` of the agent that wrote it. */
  readonly metadata?: number;
  /** What the vault announced then: with holes, metadata are written shorter. */
  readonly holesMax?: number;
}

export interface JournalContent {
  readonly head: JournalHead;
  readonly parts: readonly JournalPart[];
  readonly chunks: readonly ChunkRef[];
  readonly end: JournalEnd | null;
}

interface Line {
  readonly head?: JournalHead;
  readonly part?: Omit<JournalPart, "blocks"> & { readonly blocks: string };
  readonly chunks?: string;
  readonly end?: JournalEnd;
}

/**
 * The write-ahead journal of one upload. A line is written before its part travels, and the part's bytes lie in the
 * spool until the vault confirms them; so a killed agent finds either the part in the vault or its bytes here. Each line
 * carries a hash; reading stops at the first that does not match.
 */
export class UploadJournal {
  readonly #directory: string;
  readonly #keySetIdOf: (head: JournalHead) => Uint8Array;

  /** `keySetIdOf`: all blocks of a file are sealed under its one session key, so the journal does not repeat its id. */
  constructor(directory: string, keySetIdOf: (head: JournalHead) => Uint8Array) {
    this.#directory = directory;
    this.#keySetIdOf = keySetIdOf;
  }

  start(head: JournalHead): void {
    this.clear();
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    writeFileSync(this.#path("journal.new"), lineOf({ head }), { mode: 0o600, flush: true });
    renameSync(this.#path("journal.new"), this.#path("journal"));
  }

  /** Null when there is none, or nothing of it can be believed. */
  read(): JournalContent | null {
    let text: string;
    try {
      text = readFileSync(this.#path("journal"), "utf8");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw error;
    }
    let head: JournalHead | null = null;
    let keySetId: Uint8Array = new Uint8Array(0);
    let end: JournalEnd | null = null;
    const parts: JournalPart[] = [];
    const chunks: ChunkRef[] = [];
    for (const row of text.split("\n")) {
      const line = parseLine(row);
      if (line === null) break;
      if (line.head?.format === 1 || line.head?.format === 2) {
        head = line.head;
        keySetId = this.#keySetIdOf(head);
      }
      if (line.chunks) for (const chunk of unpackChunks(Buffer.from(line.chunks, "base64"))) chunks.push(chunk);
      if (line.part)
        parts.push({ ...line.part, blocks: new BlockRecords(Buffer.from(line.part.blocks, "base64"), keySetId) });
      if (line.end) end = line.end;
    }
    return head === null ? null : { head, parts, chunks, end };
  }

  /** Drops all parts after the first `kept` ones: their bytes are neither here nor in the vault. */
  rewrite(content: JournalContent): void {
    const lines = [lineOf({ head: content.head }), ...packChunks(content.chunks, chunkLine)];
    for (const part of content.parts) lines.push(this.#partLine(part));
    if (content.end !== null) lines.push(lineOf({ end: content.end }));
    writeFileSync(this.#path("journal.new"), lines.join(""), { mode: 0o600, flush: true });
    renameSync(this.#path("journal.new"), this.#path("journal"));
  }

  /** Where the spool lies. */
  get directory(): string {
    return this.#directory;
  }

  /** Keeps a part in a file of its own, where no later part is written over it. */
  spool(n: number, body: Uint8Array): void {
    writeFileSync(this.#spool(n), body, { mode: 0o600 });
  }

  /**
   * Records chunks (packed) before the part that holds their blocks; of very small files a part's are some megabytes. Of
   * what never came into a part, the next run forgets them.
   */
  addChunks(piece: Uint8Array): void {
    appendFileSync(this.#path("journal"), chunkLine(piece));
  }

  /** Records a spooled part; `end` with the last part of the image. */
  add(part: JournalPart, end: JournalEnd | null): void {
    appendFileSync(this.#path("journal"), this.#partLine(part) + (end === null ? "" : lineOf({ end })));
  }

  /** What lies in a part's place; whether it is the part, its hash tells. Null when there is nothing. */
  spooled({ n, length, spoolSlot }: JournalPart): Uint8Array<ArrayBuffer> | null {
    return readPiece(this.#spool(n), 0, length) ?? (spoolSlot === undefined ? null : this.#slot(spoolSlot, length));
  }

  #slot(slot: number, length: number): Uint8Array<ArrayBuffer> | null {
    return readPiece(this.#path(spoolName), slot * partBytes, length);
  }

  /** The vault has a part that had a file of its own. */
  confirmed(n: number): void {
    rmSync(this.#spool(n), { force: true });
  }

  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #partLine(part: JournalPart): string {
    return lineOf({ part: { ...part, blocks: textOf(part.blocks.bytes) } });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #spool(n: number): string {
    return this.#path(`part-${n}`);
  }
}

/** Null when there is no such file, or it ends before. */
function readPiece(path: string, at: number, length: number): Uint8Array<ArrayBuffer> | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, length - done, at + done);
      if (count === 0) return null;
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

const chunkLine = (packed: Uint8Array): string => lineOf({ chunks: textOf(packed) });

const textOf = (packed: Uint8Array): string =>
  Buffer.from(packed.buffer, packed.byteOffset, packed.length).toString("base64");

const checkOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

function lineOf(line: Line): string {
  const text = JSON.stringify(line);
  return `${checkOf(text)} ${text}\n`;
}

function parseLine(row: string): Line | null {
  const text = row.slice(17);
  return row[16] === " " && checkOf(text) === row.slice(0, 16) ? (JSON.parse(text) as Line) : null;
}
