import { lstatSync } from "node:fs";
import { errnoOf } from "../tree/note.ts";
import type { Place } from "../tree/place.ts";

const triesMax = 1000;
const nameBytesMax = 255;

/** What a name that is taken is restored as: `NAME.restored`, then with a number behind it, a thousand of them. */
export function* namesBeside(name: Uint8Array): Generator<Buffer> {
  for (let number = 1; number <= triesMax; number++) {
    const ending = Buffer.from(number === 1 ? ".restored" : `.restored-${number}`);
    yield Buffer.concat([name.subarray(0, nameBytesMax - ending.length), ending]);
  }
}

/** The first of these that is not taken yet. @throws the system's error, `EEXIST` where all are. */
export function freeName(place: Place, name: Uint8Array): Buffer {
  for (const free of namesBeside(name)) if (!exists(place.child(free))) return free;
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
