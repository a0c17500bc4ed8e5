import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { closeSync, fstatSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { readAheadSlotBytes } from "../limits.ts";
import { errnoOf } from "../tree/note.ts";
import { openForBackup } from "../tree/read-file.ts";
import { slotBytesOf } from "../upload/shared-slots.ts";
import { type FromReadWorker, idBytes, type ReadWorkerData, seenNumbers, type ToReadWorker } from "./read-messages.ts";

/** A thread that reads small files ahead of the walk, and hashes them. */
export function beginReading({ chunkKey, room }: ReadWorkerData): void {
  const key = createSecretKey(chunkKey);
  parentPort?.on("message", (files: ToReadWorker) => tell(readAll(files, key, room)));
  tell({ kind: "begun" });
}

function readAll({ slot, paths, seen }: ToReadWorker, key: KeyObject, room: SharedArrayBuffer): FromReadWorker {
  const bytes = slotBytesOf(room, slot, readAheadSlotBytes);
  const ids = new Uint8Array(paths.length * idBytes);
  const whole = new Uint8Array(paths.length);
  let at = 0;
  for (const [index, path] of paths.entries()) {
    const numbers = seen.subarray(index * seenNumbers, (index + 1) * seenNumbers);
    const into = bytes.subarray(at, at + Number(numbers[2]));
    at += into.length;
    if (!readFile(Buffer.from(path, "latin1"), numbers, into)) continue;
    ids.set(createHmac("sha256", key).update(into).digest(), index * idBytes);
    whole[index] = 1;
  }
  return { kind: "read", slot, ids, whole };
}

/** False for all but a file that is, before and after, just what the walk saw: the walk meets the trouble again, and tells it. */
function readFile(path: Buffer, seen: BigInt64Array, into: Uint8Array): boolean {
  try {
    const fd = openForBackup(path);
    try {
      return isAsSeen(fd, seen) && readSync(fd, into, 0, into.length, 0) === into.length && isAsSeen(fd, seen);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return false;
  }
}

function isAsSeen(fd: number, [device, inode, size, modifiedNs]: BigInt64Array): boolean {
  const stats = fstatSync(fd, { bigint: true });
  return (
    stats.dev === device && stats.ino === inode && stats.size === size && stats.mtimeNs === modifiedNs && stats.isFile()
  );
}

const tell = (message: FromReadWorker): void => parentPort?.postMessage(message);
