import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { errnoOf, reasonOf } from "../tree/note.ts";
import type { EntrySupply } from "../tree/roots.ts";
import { attributesOfMade } from "./made-attributes.ts";
import { deviceMark } from "./source.ts";

/** A whole slice of zeros becomes a hole: unused room of a disk costs nothing, also when it is restored. */
const sliceBytes = 0x10_0000;

/**
 * A whole block device as one file of the point. Every block is read, what the chain has already is not sent again.
 * `reach` is what is read: the device or a snapshot of it. @throws forbidden `source.unreadable`, unavailable `source.device`.
 */
export function supplyDevice(device: string, reach: string): EntrySupply {
  return async ({ name, writer, signal, step }) => {
    const fd = openDevice(reach, device);
    try {
      const stats = fstatSync(fd, { bigint: true });
      const file = writer.file(Number.MAX_SAFE_INTEGER);
      const slice = Buffer.allocUnsafe(sliceBytes);
      for (let at = 0; ; ) {
        signal?.throwIfAborted();
        const count = readSlice(fd, slice, at, device);
        if (count === 0) break;
        const bytes = slice.subarray(0, count);
        if (bytes.equals(zeros.subarray(0, count))) file.hole(count);
        else file.write(bytes);
        at += count;
        const waiting = step(count);
        if (waiting !== undefined) await waiting;
      }
      const attributes = attributesOfMade(name, 0o600, stats.mtimeNs);
      const xattrs = [{ name: deviceMark, value: Buffer.from(device) }];
      return { ...attributes, xattrs, type: "file", linkGroup: null, content: file.end() };
    } finally {
      closeSync(fd);
    }
  };
}

const zeros = Buffer.alloc(sliceBytes);

/** Full slices, so that equal disks are cut alike, except at the end. */
function readSlice(fd: number, slice: Buffer, at: number, device: string): number {
  let done = 0;
  try {
    while (done < slice.length) {
      const count = readSync(fd, slice, done, slice.length - done, at + done);
      if (count === 0) break;
      done += count;
    }
  } catch (error) {
    const message = `${device} cannot be read at ${at + done}: ${reasonOf(error)}`;
    throw new Failure("unavailable", "source.device", message, { cause: error });
  }
  return done;
}

function openDevice(reach: string, device: string): number {
  try {
    return openSync(reach, constants.O_RDONLY);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw new Failure("not_found", "source.missing", `${device} does not exist`);
    throw new Failure("forbidden", "source.unreadable", `${device} may not be read: ${reasonOf(error)}`);
  }
}
