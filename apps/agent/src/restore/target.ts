import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { AgentHome } from "../state/home.ts";
import { errnoOf } from "../tree/note.ts";
import type { ConflictChoice } from "./conflict.ts";
import { markName, RestoreMark } from "./restore-mark.ts";

/** Where a restore goes: a directory, or the places the files came from. */
export type Destination = { readonly kind: "directory"; readonly path: string } | { readonly kind: "in_place" };

export interface Target {
  /** Absolute, without a slash at its end; `/` in place. */
  readonly path: Buffer;
  readonly choice: ConflictChoice;
  /** A restore of this point was interrupted here: this one goes on. */
  readonly resumes: boolean;
  readonly mark: RestoreMark;
}

export interface TargetInput {
  readonly destination: Destination;
  readonly pointId: string;
  readonly onConflict: ConflictChoice | undefined;
  readonly dryRun: boolean;
  /** Keeps the mark of a restore in place. */
  readonly home: AgentHome;
}

/** @throws invalid `agent.usage` when files are in the way and nobody said what becomes of them. */
export function openTarget(input: TargetInput): Target {
  const { destination, pointId, onConflict, dryRun, home } = input;
  if (destination.kind === "in_place") {
    const mark = new RestoreMark(home.path("restore-in-place.json"));
    const resumes = mark.read() === pointId;
    if (onConflict === undefined && !resumes) {
      throw usage("--in-place needs --on-conflict keep, overwrite, rename or newer");
    }
    if (!dryRun) home.create();
    return { path: Buffer.from("/"), choice: onConflict ?? "overwrite", resumes, mark };
  }
  const { path } = destination;
  if (!dryRun) mkdirSync(path, { recursive: true, mode: 0o700 });
  const mark = new RestoreMark(join(path, markName));
  const resumes = mark.read() === pointId;
  if (onConflict === undefined && !resumes && namesIn(path).length > 0) {
    throw usage(
      `${path} is not empty: choose another directory, or say --on-conflict keep, overwrite, rename or newer`,
    );
  }
  return { path: realOf(path), choice: onConflict ?? "overwrite", resumes, mark };
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** A preview may look at a directory that is not there yet. */
function realOf(path: string): Buffer {
  try {
    return realpathSync(path, { encoding: "buffer" });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return Buffer.from(path);
  }
}

const usage = (message: string): Failure => new Failure("invalid", "agent.usage", message);
