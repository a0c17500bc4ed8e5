import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import type { ArenaReader, Entry } from "@casaforte/arena";
import { deviceNumber, type RawPath } from "../posix.ts";
import { bearsSign, inTheWay } from "../tree/level.ts";
import { errnoOf } from "../tree/note.ts";
import { type ConflictChoice, type Decision, decide } from "./conflict.ts";
import { namesBeside } from "./free-name.ts";
import { hasContent } from "./same-content.ts";

export interface Placed {
  readonly decision: Decision;
  /** Of what lies there, where it is the same or joined; the entry's own but for what an interrupted restore put beside. */
  readonly name: Uint8Array;
}

/** Decides entry by entry what a restore does, for the preview and for the restore itself. */
export class Placement {
  readonly choice: ConflictChoice;
  /** An interrupted restore is gone on with: what it put beside taken names is not put there once more. */
  readonly resumes: boolean;
  readonly #reader: ArenaReader;

  constructor(reader: ArenaReader, choice: ConflictChoice, resumes = false) {
    this.#reader = reader;
    this.choice = choice;
    this.resumes = resumes;
  }

  /** Looks at a directory that only leads to what is wanted. @throws the system's error, `ENOTDIR` for anything else there. */
  lead(path: RawPath): void {
    const existing = look(path);
    if (existing !== null && !existing.isDirectory()) throw inTheWay(path, existing.isSymbolicLink());
  }

  /** @throws the system's error, corrupt. */
  async decide(entry: Entry, path: RawPath): Promise<Placed> {
    const decision = await decide(entry, look(path), this.choice, (existing) => this.#isSame(entry, path, existing));
    const name = decision === "rename" && this.resumes ? await this.#putBeside(entry, path) : null;
    if (name === null) return { decision, name: entry.name };
    return { decision: entry.type === "directory" ? "join" : "same", name };
  }

  /** The name that the interrupted restore gave the entry, or somebody else who had just the same. */
  async #putBeside(entry: Entry, path: RawPath): Promise<Buffer | null> {
    const directory = path.subarray(0, path.length - entry.name.length);
    for (const name of namesBeside(entry.name)) {
      const beside = Buffer.concat([directory, name]);
      const existing = look(beside);
      if (existing === null) return null;
      if (entry.type !== "directory") {
        if (await this.#isSame(entry, beside, existing)) return name;
      } else if (existing.isDirectory() && (bearsSign(beside) || existing.mtimeNs === entry.modifiedNs)) return name;
    }
    return null;
  }

  async #isSame(entry: Entry, path: RawPath, existing: BigIntStats): Promise<boolean> {
    switch (entry.type) {
      case "directory":
        return false;
      case "file":
        if (!existing.isFile() || existing.size !== BigInt(entry.content.sizeBytes)) return false;
        return hasContent(this.#reader, entry.content, path);
      case "symlink":
        return existing.isSymbolicLink() && readlinkSync(path, { encoding: "buffer" }).equals(entry.target);
      case "fifo":
        return existing.isFIFO();
      case "block_device":
        return existing.isBlockDevice() && existing.rdev === deviceNumber(entry.major, entry.minor);
      case "character_device":
        return existing.isCharacterDevice() && existing.rdev === deviceNumber(entry.major, entry.minor);
    }
  }
}

function look(path: RawPath): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return null;
    throw error;
  }
}
