import { Readable, type Writable } from "node:stream";
import { type Bytes, Failure } from "@casaforte/kernel";

/**
 * A reply's body whose pieces lie in rooms that are used again: the next one is asked for when the socket is through with
 * the last. A stream reads ahead, so this one is written by itself wherever it is piped to, and can be read in no other way.
 */
export class PassingBody extends Readable {
  readonly #pieces: AsyncIterator<Bytes>;
  /** Of a connection that is gone nobody may hear any more: who waits for a piece to be taken learns it by this. */
  #leave: ((reason: Error) => void) | null = null;
  #isPiped = false;

  constructor(pieces: AsyncIterable<Bytes>) {
    super();
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  override pipe<T extends NodeJS.WritableStream>(to: T): T {
    this.#isPiped = true;
    void this.#send(to as unknown as Writable);
    return to;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#leave?.(error ?? new Failure("cancelled", "vault.cancelled", "the client is gone"));
    if (!this.#isPiped) this.#pieces.return?.().catch(() => undefined);
    done(error);
  }

  async #send(to: Writable): Promise<void> {
    try {
      for (let next = await this.#pieces.next(); !next.done; next = await this.#pieces.next()) {
        if (this.destroyed) throw new Failure("cancelled", "vault.cancelled", "the client is gone");
        const piece = next.value;
        const sent = Promise.withResolvers<void>();
        this.#leave = sent.reject;
        to.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length), (error) =>
          error ? sent.reject(error) : sent.resolve(),
        );
        await sent.promise;
      }
      to.end();
      this.push(null);
      this.resume();
    } catch (error) {
      await this.#pieces.return?.().catch(() => undefined);
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
