import { randomBytes } from "node:crypto";
import { readdirSync, unlinkSync } from "node:fs";
import { isFileTrouble } from "./note.ts";
import type { Place } from "./place.ts";

const pattern = /^\.casaforte-\d+-(?:[0-9a-f]{16}-)?\d+\.partial$/;
const runBytes = 8;

/**
 * Names of files that are still being written. In a container each run may have the same process id: the chance in them is
 * what keeps one from meeting what another, that was killed, left behind.
 */
export class PartialNames {
  readonly #run = randomBytes(runBytes).toString("hex");
  #count = 0;

  next(): Buffer {
    return Buffer.from(`.casaforte-${process.pid}-${this.#run}-${this.#count++}.partial`);
  }
}

/** Removes what was left half written in a directory, by whatever run. What cannot be removed is in nobody's way. */
export function removePartial(place: Place): void {
  try {
    for (const name of readdirSync(place.path, { encoding: "buffer" })) {
      if (pattern.test(name.toString("latin1"))) removeFile(place.child(name));
    }
  } catch (error) {
    if (!isFileTrouble(error)) throw error;
  }
}

function removeFile(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isFileTrouble(error)) throw error;
  }
}
