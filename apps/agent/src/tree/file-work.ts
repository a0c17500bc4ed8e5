import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { closeSync, constants, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { equalBytes } from "@casaforte/kernel";
import { errnoOf } from "./note.ts";
import { applyFileAttributes, type SetAttributes } from "./write-attributes.ts";

/** A chunk of a file: its bytes, in one piece or more, as they lie in the blocks. */
export interface ChunkWork {
  readonly id: Uint8Array;
  /** Where it goes in its file. */
  readonly offsetBytes: number;
  readonly pieces: readonly Uint8Array[];
}

/** A file with all that it takes to write it at once. */
export interface WholeFile {
  /** The raw bytes of a path, as latin1: threads hand text over fastest. The file has this name until it is whole. */
  readonly temporary: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly chunks: readonly ChunkWork[];
  readonly attributes: SetAttributes;
}

/** What all works of a restore share. */
export interface WorkTerms {
  readonly chunkKey: Uint8Array;
  readonly asRoot: boolean;
}

/** Damage of what was stored, or the system's error. */
export type WorkFailure =
  | { readonly kind: "damaged" }
  | { readonly kind: "system"; readonly code: string; readonly message: string };

export interface FileOutcome {
  readonly failure: WorkFailure | null;
  /** Attributes that were refused, one sentence each. */
  readonly refused: readonly string[];
}

export const temporaryFlags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;

/** Compares every chunk, writes the file under its temporary name and gives it its own. Leaves nothing behind on failure. */
export function writeWholeFile(file: WholeFile, terms: WorkTerms): FileOutcome {
  const refused: string[] = [];
  if (!file.chunks.every((chunk) => isIntact(chunk, terms.chunkKey))) return { failure: { kind: "damaged" }, refused };
  const temporary = Buffer.from(file.temporary, "latin1");
  try {
    const fd = openSync(temporary, temporaryFlags, 0o600);
    try {
      let end = 0;
      for (const { pieces, offsetBytes } of file.chunks) end = writePieces(fd, pieces, offsetBytes);
      if (end < file.sizeBytes) ftruncateSync(fd, file.sizeBytes);
      const { asRoot } = terms;
      applyFileAttributes(file.attributes, fd, { asRoot, onRefused: (message) => refused.push(message) });
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, Buffer.from(file.path, "latin1"));
    return { failure: null, refused };
  } catch (error) {
    const failure = failureOf(error);
    // Somebody else's file under our temporary name stays.
    if (failure.kind === "system" && failure.code !== "EEXIST") rmSync(temporary, { force: true });
    return { failure, refused };
  }
}

/** Compares one chunk and writes it into an open file; without one it is only compared. */
export function writeChunk(fd: number | null, chunk: ChunkWork, { chunkKey }: WorkTerms): WorkFailure | null {
  if (!isIntact(chunk, chunkKey)) return { kind: "damaged" };
  if (fd === null) return null;
  try {
    writePieces(fd, chunk.pieces, chunk.offsetBytes);
    return null;
  } catch (error) {
    return failureOf(error);
  }
}

/** The key as the library wants it: a key given as bytes costs as much as the hash of a small file. */
let last: { readonly bytes: Uint8Array; readonly key: KeyObject } | null = null;

function isIntact({ id, pieces }: ChunkWork, chunkKey: Uint8Array): boolean {
  if (last === null || !equalBytes(last.bytes, chunkKey)) {
    last = { bytes: chunkKey.slice(), key: createSecretKey(chunkKey) };
  }
  const hmac = createHmac("sha256", last.key);
  for (const piece of pieces) hmac.update(piece);
  return equalBytes(hmac.digest(), id);
}

/** Returns where it ends. @throws the system's error. */
function writePieces(fd: number, pieces: readonly Uint8Array[], offsetBytes: number): number {
  let at = offsetBytes;
  for (const piece of pieces) {
    for (let done = 0; done < piece.length; ) {
      const count = writeSync(fd, piece, done, piece.length - done, at);
      done += count;
      at += count;
    }
  }
  return at;
}

function failureOf(error: unknown): WorkFailure {
  if (errnoOf(error) === "") throw error;
  return { kind: "system", code: errnoOf(error), message: error instanceof Error ? error.message : String(error) };
}
