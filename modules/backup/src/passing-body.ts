import { Readable, type Writable } from "node:stream";
import { type Bytes, Failure } from "@casaforte/kernel";

/**
 * A reply's body whose pieces lie in rooms that are used again: the next one is asked for when the socket is through with
 * the last. A stream reads ahead, so this one is written by itself wherever it is piped to, and can be read in no other way.
 */
export class PassingBody extends Readable {
  readonly #pieces: AsyncIterator<Bytes>;
  readonly #gone = Promise.withResolvers<never>();

  constructor(pieces: AsyncIterable<Bytes>) {
    super();
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#gone.promise.catch(() => undefined);
  }

  override pipe<T extends NodeJS.WritableStream>(to: T): T {
    void this.#send(to as unknown as Writable);
    return to;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#gone.reject(error ?? new Failure("cancelled", "vault.cancelled", "the client is gone"));
    done(error);
  }

  async #send(to: Writable): Promise<void> {
    try {
      for (let next = await this.#pieces.next(); !next.done; next = await this.#pieces.next()) {
        if (this.destroyed) throw new Failure("cancelled", "vault.cancelled", "the client is gone");
        const piece = next.value;
        const sent = new Promise<void>((done, fail) => {
          to.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length), (error) =>
            error ? fail(error) : done(),
          );
        });
        // Of a connection that is gone nobody may hear any more; who gives the pieces learns that this one was not sent.
        await Promise.race([sent, this.#gone.promise]);
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
