import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import type { AgentHome } from "../state/home.ts";
import { errnoOf } from "../tree/note.ts";
import type { ConflictChoice } from "./conflict.ts";
import { isMarkName, type Mark, markName, RestoreMark } from "./restore-mark.ts";

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
  /** Which part of it, as one text that no other part has. */
  readonly asked?: string | undefined;
  readonly onConflict: ConflictChoice | undefined;
  readonly dryRun: boolean;
  /** Keeps the mark of a restore in place. */
  readonly home: AgentHome;
}

/** @throws invalid `agent.usage` when files are in the way and nobody said what becomes of them. */
export function openTarget(input: TargetInput): Target {
  const { destination, pointId, dryRun, home } = input;
  if (destination.kind === "in_place") {
    const mark = new RestoreMark(home.path("restore-in-place.json"));
    const before = mark.read();
    const choice = input.onConflict ?? choiceOf(before, input);
    if (choice === undefined) throw usage("--in-place needs --on-conflict keep, overwrite, rename or newer");
    if (!dryRun) home.create();
    return { path: Buffer.from("/"), choice, resumes: before?.pointId === pointId, mark };
  }
  const { path } = destination;
  if (!dryRun) mkdirSync(path, { recursive: true, mode: 0o700 });
  const mark = new RestoreMark(join(path, markName));
  const before = mark.read();
  const choice = input.onConflict ?? choiceOf(before, input) ?? (isEmpty(path) ? "overwrite" : undefined);
  if (choice === undefined) {
    throw usage(
      `${path} is not empty: choose another directory, or say --on-conflict keep, overwrite, rename or newer`,
    );
  }
  return { path: realOf(path), choice, resumes: before?.pointId === pointId, mark };
}

/** What was chosen for the restore that this one goes on with, unless this one is about something else. */
function choiceOf(before: Mark | null, { destination, pointId, asked }: TargetInput): ConflictChoice | undefined {
  if (before?.pointId !== pointId) return undefined;
  if (before.asked !== undefined) return before.asked === asked ? before.choice : undefined;
  // An agent before kept no choice: the same command without one began in an empty directory, and never in place.
  return destination.kind === "directory" ? "overwrite" : undefined;
}

/** But for a mark. */
function isEmpty(path: string): boolean {
  return namesIn(path).every(isMarkName);
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
