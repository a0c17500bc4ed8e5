import { createHash, type Hash } from "node:crypto";
import { constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parentPort } from "node:worker_threads";
import { blockBytes, sealBlockInto, sealRoomBytes } from "@casaforte/vbk/blocks";
import { spoolName } from "../limits.ts";
import { BlockRecordWriter } from "./block-records.ts";
import type { FromSealWorker, SealWorkerData, ToSealWorker } from "./seal-messages.ts";
import { slotBytesOf } from "./shared-slots.ts";

interface OpenPart {
  readonly slot: number;
  readonly n: number;
  readonly bytes: Uint8Array;
  readonly hash: Hash;
  length: number;
}

/** A thread that seals blocks straight into parts, hashes each part as it grows, and spools it when it is full. */
class SealWorker {
  readonly #data: SealWorkerData;
  readonly #waiting: ToSealWorker[] = [];
  readonly #rooms: Extract<ToSealWorker, { kind: "room" }>[] = [];
  /** Of the open part. */
  readonly #records = new BlockRecordWriter();
  #working = false;
  #open: OpenPart | null = null;
  #spoolFile: number | null = null;

  constructor(data: SealWorkerData) {
    this.#data = data;
  }

  hear(message: ToSealWorker): void {
    if (message.kind === "room") this.#rooms.push(message);
    else this.#waiting.push(message);
    void this.#work();
  }

  /** A turn of the event loop passes after each block: native buffers are freed from there, and rooms arrive. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.kind === "block") {
        this.#open ??= this.#begin();
        // Without room the block waits; the next room wakes it.
        if (this.#open === null) break;
        this.#seal(this.#open, next.imageBlock, next.slot);
      } else {
        this.#close();
        tell({ kind: "flushed" });
      }
      this.#waiting.shift();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#working = false;
  }

  #begin(): OpenPart | null {
    const room = this.#rooms.shift();
    if (room === undefined) return null;
    const bytes = slotBytesOf(this.#data.parts, room.slot, this.#data.partBytes);
    return { slot: room.slot, n: room.n, bytes, hash: createHash("sha256"), length: 0 };
  }

  #seal(part: OpenPart, imageBlock: number, slot: number): void {
    const { blocks, keys, compression, partBytes } = this.#data;
    const plain = slotBytesOf(blocks, slot, blockBytes);
    const options = { also: part.hash, ...(compression ? { compression } : {}) };
    const receipt = sealBlockInto(plain, keys, part.bytes.subarray(part.length), options);
    tell({ kind: "sealed", slot });
    this.#records.add(imageBlock, receipt);
    part.length += receipt.allocatedSize;
    if (part.length + sealRoomBytes > partBytes) this.#close();
  }

  #close(): void {
    if (this.#open === null) return;
    const { slot, n, bytes, hash, length } = this.#open;
    this.#open = null;
    this.#spool(slot, bytes.subarray(0, length));
    const blocks = this.#records.take();
    tell({ kind: "part", part: { slot, n, lengthBytes: length, sha256: hash.digest("hex"), blocks } });
  }

  /** Over the part that lay in this slot before, which the vault has: pages of a file that is there cost little to fill. */
  #spool(slot: number, bytes: Uint8Array): void {
    const { directory, partBytes } = this.#data;
    this.#spoolFile ??= openSync(join(directory, spoolName), constants.O_RDWR | constants.O_CREAT, 0o600);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#spoolFile, bytes, done, bytes.length - done, slot * partBytes + done);
    }
  }
}

const tell = (message: FromSealWorker): void => parentPort?.postMessage(message);

export function beginSealing(data: SealWorkerData): void {
  const worker = new SealWorker(data);
  parentPort?.on("message", (message: ToSealWorker) => worker.hear(message));
}
