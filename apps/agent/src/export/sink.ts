import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Writable } from "node:stream";
import { Failure } from "@casaforte/kernel";
import { errnoOf } from "../tree/note.ts";

/** Where an export is written, in order. The bytes are the caller's again once `write` is done. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Writes to a stream and waits until it has taken all. @throws unavailable `agent.output` when its reader went away. */
export function streamSink(stream: Writable): Sink {
  return {
    async write(bytes) {
      if (stream.destroyed) throw gone();
      if (bytes.length === 0) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const fail = () => reject(gone());
      stream.once("close", fail).once("error", fail);
      stream.write(bytes, (error) => (error ? fail() : resolve()));
      await promise.finally(() => stream.off("close", fail).off("error", fail));
    },
  };
}

const gone = (): Failure => new Failure("unavailable", "agent.output", "whoever read the output went away");

/**
 * A file that gets its name when it is whole; a block device is written where it is. Bytes may be put at any place.
 * @throws invalid `agent.usage` for the name of anything else, over_quota `agent.disk_full`.
 */
export class OutputFile implements Sink, Disposable {
  readonly #path: string;
  readonly #beside: string;
  readonly #fd: number;
  readonly isDevice: boolean;
  #end = 0;
  #isOpen = true;

  constructor(path: string) {
    this.#path = path;
    this.isDevice = isBlockDevice(path);
    // Nobody can have put a file or a link of theirs there before: what is decrypted into it has our owner and mode.
    this.#beside = this.isDevice ? path : `${path}.${randomBytes(4).toString("hex")}.partial`;
    const create = this.isDevice ? 0 : constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    this.#fd = openSync(this.#beside, constants.O_RDWR | create, 0o600);
  }

  get fd(): number {
    return this.#fd;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.put(this.#end, bytes);
    this.#end += bytes.length;
  }

  /** Moves the end without writing: a hole of a file. */
  skip(lengthBytes: number): void {
    this.#end += lengthBytes;
  }

  put(offset: number, bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
      }
    } catch (error) {
      if (!["ENOSPC", "EDQUOT", "EFBIG"].includes(errnoOf(error))) throw error;
      throw new Failure("over_quota", "agent.disk_full", `there is no room for ${this.#path}`, { cause: error });
    }
  }

  /** Flushed, then named. */
  finish(): void {
    if (!this.isDevice && fstatSync(this.#fd).size < this.#end) ftruncateSync(this.#fd, this.#end);
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#isOpen = false;
    if (!this.isDevice) renameSync(this.#beside, this.#path);
  }

  /** Without `finish` nothing is left behind. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    closeSync(this.#fd);
    if (!this.isDevice) rmSync(this.#beside, { force: true });
  }
}

/**
 * A name of a device may be a link. Any other link, a pipe, a terminal or a tape would be gone for good, with a file in its
 * place. @throws invalid `agent.usage`.
 */
function isBlockDevice(path: string): boolean {
  const named = lstatSync(path, { throwIfNoEntry: false });
  if (named === undefined || named.isFile()) return false;
  const found = named.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : named;
  if (found?.isBlockDevice() === true) return true;
  const message = `${path} is neither a file nor a block device: name another, or send standard output (-) there`;
  throw new Failure("invalid", "agent.usage", message);
}
