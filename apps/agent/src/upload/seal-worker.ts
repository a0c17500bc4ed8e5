import { createHash, type Hash } from "node:crypto";
import { constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parentPort } from "node:worker_threads";
import { blockBytes, sealBlockInto, sealRoomBytes } from "@casaforte/vbk/blocks";
import { spoolName } from "../limits.ts";
import { workerDataOf } from "../thread.ts";
import type { JournalBlock } from "./journal.ts";
import type { FromSealWorker, SealWorkerData, ToSealWorker } from "./seal-messages.ts";
import { slotBytesOf } from "./shared-slots.ts";

/** A thread that seals blocks straight into parts, hashes each part as it grows, and spools it when it is full. */
const data = workerDataOf<SealWorkerData>();
const port = parentPort;
const waiting: ToSealWorker[] = [];
const rooms: Extract<ToSealWorker, { kind: "room" }>[] = [];
let working = false;

interface OpenPart {
  readonly slot: number;
  readonly n: number;
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  readonly blocks: JournalBlock[];
  length: number;
}

let open: OpenPart | null = null;
let spoolFile: number | null = null;

const tell = (message: FromSealWorker): void => port?.postMessage(message);

port?.on("message", (message: ToSealWorker) => {
  if (message.kind === "room") rooms.push(message);
  else waiting.push(message);
  void work();
});

/** A turn of the event loop passes after each block: native buffers are freed from there, and rooms arrive. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    if (next.kind === "block") {
      open ??= begin();
      // Without room the block waits; the next room wakes it.
      if (open === null) break;
      seal(open, next.imageBlock, next.slot);
    } else {
      close();
      tell({ kind: "flushed" });
    }
    waiting.shift();
    await new Promise((resolve) => setImmediate(resolve));
  }
  working = false;
}

function begin(): OpenPart | null {
  const room = rooms.shift();
  if (room === undefined) return null;
  const bytes = slotBytesOf(data.parts, room.slot, data.partBytes);
  return { slot: room.slot, n: room.n, bytes, hash: createHash("sha256"), blocks: [], length: 0 };
}

function seal(part: OpenPart, imageBlock: number, slot: number): void {
  const plain = slotBytesOf(data.blocks, slot, blockBytes);
  const options = { also: part.hash, ...(data.compression ? { compression: data.compression } : {}) };
  const receipt = sealBlockInto(plain, data.keys, part.bytes.subarray(part.length), options);
  tell({ kind: "sealed", slot });
  part.blocks.push({ imageBlock, receipt });
  part.length += receipt.allocatedSize;
  if (part.length + sealRoomBytes > data.partBytes) close();
}

function close(): void {
  if (open === null) return;
  const { slot, n, bytes, hash, blocks, length } = open;
  open = null;
  spool(slot, bytes.subarray(0, length));
  tell({ kind: "part", part: { slot, n, lengthBytes: length, sha256: hash.digest("hex"), blocks } });
}

/** Over the part that lay in this slot before, which the vault has: pages of a file that is there cost little to fill. */
function spool(slot: number, bytes: Uint8Array): void {
  spoolFile ??= openSync(join(data.directory, spoolName), constants.O_RDWR | constants.O_CREAT, 0o600);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(spoolFile, bytes, done, bytes.length - done, slot * data.partBytes + done);
  }
}
