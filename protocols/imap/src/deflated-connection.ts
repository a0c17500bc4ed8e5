import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from "node:zlib";
import type { Bytes, Connection } from "@casaforte/kernel";

/** One piece of what is inflated; zlib makes at most 64 KiB of them ahead of the reader, and then waits. */
const pieceBytes = 16 * 1024;
/** Bytes waiting to be compressed before the writer is asked to wait. */
const queueBytes = 256 * 1024;

/**
 * Both directions compressed by DEFLATE without a header (RFC 4978). What comes out of a compressed piece is pulled like
 * any other bytes: memory holds one piece as it came and 64 KiB of what it becomes, whatever the ratio; the limits of
 * lines and literals count inflated bytes.
 */
export class DeflatedConnection implements Connection {
  readonly remoteAddress: string;
  readonly #inner: Connection;
  readonly #inflate: InflateRaw = createInflateRaw({ chunkSize: pieceBytes });
  readonly #deflate: DeflateRaw = createDeflateRaw({ level: 3, windowBits: 14, memLevel: 7 });
  #error: Error | null = null;
  /** The inner connection has nothing more, or the client ended its stream of DEFLATE. */
  #ended = false;
  #feeding = false;
  #wake: (() => void) | null = null;
  #innerFull = false;

  constructor(inner: Connection) {
    this.#inner = inner;
    this.remoteAddress = inner.remoteAddress;
    const fail = (error: Error): void => {
      this.#error ??= error;
      this.#awake();
    };
    this.#inflate.on("error", fail).on("readable", () => this.#awake());
    this.#inflate.on("end", () => {
      this.#ended = true;
      this.#awake();
    });
    this.#deflate.on("error", fail);
    this.#deflate.on("data", (piece: Buffer) => {
      if (!this.#inner.write(piece)) this.#innerFull = true;
    });
    this.#deflate.on("end", () => this.#inner.close());
  }

  get secure(): boolean {
    return this.#inner.secure;
  }

  async read(): Promise<Bytes | null> {
    for (;;) {
      const piece = this.#inflate.read() as Buffer | null;
      if (piece !== null) return piece;
      if (this.#error) throw this.#error;
      if (this.#ended) return null;
      if (!this.#feeding) await this.#feed();
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  write(bytes: Bytes): boolean {
    if (this.#deflate.writableEnded) return true;
    this.#deflate.write(bytes);
    // The client must be able to read all that was written so far.
    this.#deflate.flush(constants.Z_SYNC_FLUSH);
    return !this.#innerFull && this.#deflate.writableLength < queueBytes;
  }

  async drained(): Promise<void> {
    while (this.#deflate.writableLength >= queueBytes && !this.#error)
      await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    await this.#inner.drained();
    this.#innerFull = false;
  }

  close(): void {
    if (this.#error) this.#inner.close();
    else if (!this.#deflate.writableEnded) this.#deflate.end();
  }

  async #feed(): Promise<void> {
    const bytes = await this.#inner.read();
    if (bytes === null) {
      this.#ended = true;
      return;
    }
    this.#feeding = true;
    // Called once all of it is inflated, which waits for the reader.
    this.#inflate.write(bytes, () => {
      this.#feeding = false;
      this.#awake();
    });
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
