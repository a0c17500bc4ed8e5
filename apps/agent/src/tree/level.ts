import { lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { assert } from "@casaforte/kernel";
import type { RawPath } from "../posix.ts";
import { errnoOf, shownPath } from "./note.ts";
import { removePartial } from "./partial-name.ts";
import type { Place } from "./place.ts";

/** A directory of the point while it is restored; made on the disk when the first wanted name in it is. */
export class Level {
  readonly above: Level | null;
  /** Its own name, or another when that is taken by a file that is to stay. */
  name: Uint8Array | null;
  /** True when nothing of an older time can be in it. */
  isFresh: boolean;
  /** Made by the interrupted run that this one goes on with, which set none of its attributes yet. */
  isUnfinished = false;
  readonly #resumes: boolean;
  #place: Place | null;
  /** The walk through it, and whatever of it is still on its way to the disk. */
  #open = 1;
  #onEnd: () => void = () => undefined;

  private constructor(above: Level | null, name: Uint8Array | null, place: Place | null, resumes: boolean) {
    this.above = above;
    this.name = name;
    this.isFresh = false;
    this.#place = place;
    this.#resumes = resumes;
    above?.enter();
  }

  /** The target itself. Where it `resumes`, what was left half written goes away in each directory that is opened. */
  static top(place: Place, resumes: boolean): Level {
    if (resumes) removePartial(place);
    return new Level(null, null, place, resumes);
  }

  static inside(above: Level, name: Uint8Array): Level {
    return new Level(above, name, null, above.#resumes);
  }

  get isOpen(): boolean {
    return this.#place !== null;
  }

  /** Only where it `mayReplace` does anything else give way to it. @throws the system's error, `ENOTDIR` for what stays. */
  open(mayReplace = false): Place {
    if (this.#place !== null) return this.#place;
    assert(this.above !== null && this.name !== null, "the top of a restore is open from the start");
    const above = this.above.open();
    const path = above.child(this.name);
    this.isFresh = makeDirectory(path, above.childShown(this.name), mayReplace);
    this.isUnfinished = this.#resumes && !this.isFresh && bearsSign(path);
    const place = above.enter(this.name);
    if (this.#resumes && !this.isFresh) removePartial(place);
    this.#place = place;
    return place;
  }

  enter(): void {
    this.#open++;
  }

  /** When nothing is left in it: sets what is to be set at the end, then leaves the directory above. */
  leave(): void {
    if (--this.#open > 0) return;
    this.#onEnd();
    if (this.above !== null) this.#place?.close();
    this.above?.leave();
  }

  /** The walk is through; `onEnd` follows when the last name in it has settled. */
  end(onEnd: () => void): void {
    this.#onEnd = onEnd;
    this.leave();
  }
}

/**
 * The sticky bit does nothing where the owner alone may write, so nobody sets it there: it is the sign that a restore made
 * the directory and has not set its attributes, and needs no list that a kill could cut short.
 */
const unfinishedMode = 0o1700;
/** A directory gets the group bit from the one above, whatever mode is asked for. */
const inheritedMode = 0o2000;

/** Whether a restore made the directory and did not come to its end. */
export function bearsSign(path: RawPath): boolean {
  const { mode, uid } = lstatSync(path);
  return (mode & 0o7777 & ~inheritedMode) === unfinishedMode && uid === process.geteuid?.();
}

/** Closed to others until its attributes are set at the end. True when it was made; a link is never followed. */
function makeDirectory(path: RawPath, shown: RawPath, mayReplace: boolean): boolean {
  try {
    mkdirSync(path, unfinishedMode);
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    const found = lstatSync(path);
    if (found.isDirectory()) return false;
    if (!mayReplace) throw inTheWay(shown, found.isSymbolicLink());
    unlinkSync(path);
    mkdirSync(path, unfinishedMode);
    return true;
  }
}

/**
 * What stands where the point has a directory that only leads to what is wanted: nobody was asked about it, so it stays.
 * A link in its place is not followed either, for it may lead out of the target.
 */
export function inTheWay(shown: RawPath, isLink: boolean): Error {
  const what = isLink ? "a symbolic link, which is neither followed nor removed" : "no directory and is not removed";
  return Object.assign(new Error(`${shownPath(shown)} is ${what}`), { code: "ENOTDIR" });
}
