import { lstatSync } from "node:fs";
import { errnoOf } from "../tree/note.ts";
import type { Place } from "../tree/place.ts";

const triesMax = 1000;
const nameBytesMax = 255;

/** `NAME.restored`, or with a number behind it, that is not taken yet. @throws the system's error, `EEXIST` after a thousand. */
export function freeName(place: Place, name: Uint8Array): Buffer {
  for (let number = 1; number <= triesMax; number++) {
    const ending = Buffer.from(number === 1 ? ".restored" : `.restored-${number}`);
    const free = Buffer.concat([name.subarray(0, nameBytesMax - ending.length), ending]);
    if (!exists(place.child(free))) return free;
  }
  throw Object.assign(new Error("a thousand restored copies are there already"), { code: "EEXIST" });
}

function exists(path: Buffer): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}
