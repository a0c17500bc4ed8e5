import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Bytes, type Connection, Failure } from "@casaforte/kernel";
import { netLimits } from "./limits.ts";
import type { ServerTls } from "./server-certificates.ts";

/** Pull-style reading over a socket: the socket is paused while more than a bound waits to be read. */
class Inbox {
  #socket: Socket;
  #pieces: Bytes[] = [];
  #waitingBytes = 0;
  #ended = false;
  #error: Error | null = null;
  #reader: PromiseWithResolvers<Bytes | null> | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onEnd);
    socket.on("error", this.#onError);
  }

  #onData = (piece: Buffer) => {
    if (this.#reader) {
      const reader = this.#reader;
      this.#reader = null;
      reader.resolve(piece);
      return;
    }
    this.#pieces.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes > netLimits.readQueueBytes) this.#socket.pause();
  };
  #onEnd = () => {
    this.#ended = true;
    this.#reader?.resolve(null);
    this.#reader = null;
  };
  #onError = (error: Error) => {
    this.#error = error;
    this.#reader?.reject(error);
    this.#reader = null;
  };

  read(): Promise<Bytes | null> {
    const piece = this.#pieces.shift();
    if (piece) {
      this.#waitingBytes -= piece.length;
      if (this.#waitingBytes <= netLimits.readQueueBytes && this.#socket.isPaused()) this.#socket.resume();
      return Promise.resolve(piece);
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** Stops listening to the socket and forgets what was not read. */
  detach(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("close", this.#onEnd);
    this.#socket.off("error", this.#onError);
    this.#pieces = [];
  }
}

/** Takes a pending reader and error handling away from a broken socket quietly: sessions learn it by `read`. */
const ignore = () => {};

export interface SocketConnection extends Connection {
  /** Cuts at once. */
  destroy(): void;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
}

export interface SocketConnectionOptions {
  readonly remoteAddress: string;
  /** Offers STARTTLS on a plain socket. */
  readonly serverTls?: (() => ServerTls) | undefined;
  readonly lastWordsMs?: number | undefined;
}

/** A connected socket as a Connection. */
export function socketConnection(
  first: Socket,
  { remoteAddress, serverTls, lastWordsMs = netLimits.lastWordsMs }: SocketConnectionOptions,
): SocketConnection {
  let socket = first;
  let inbox = new Inbox(socket);
  const gone = Promise.withResolvers<void>();
  /** Lets go of whoever waits for a peer that does not read: a socket that ends tells nobody that it has room. */
  let letGo: (() => void) | null = null;
  let isClosing = false;
  let upgrading = false;
  socket.on("error", ignore);
  socket.once("close", () => !upgrading && gone.resolve());

  const flushed = () =>
    new Promise<void>((resolve) =>
      socket.writableLength === 0 || socket.destroyed ? resolve() : socket.write("", () => resolve()),
    );

  async function startTls(): Promise<void> {
    if (!serverTls || socket instanceof TLSSocket)
      throw new Failure("unsupported", "net.starttls", "TLS cannot be started here");
    await flushed();
    upgrading = true;
    inbox.detach();
    const plain = socket;
    plain.resume();
    const secured = new TLSSocket(plain, serverTls());
    secured.on("error", ignore);
    secured.once("close", () => gone.resolve());
    const timer = setTimeout(() => secured.destroy(new Error("TLS handshake took too long")), netLimits.tlsHandshakeMs);
    try {
      await new Promise<void>((resolve, reject) => {
        secured.once("secure", resolve);
        secured.once("error", reject);
        secured.once("close", () => reject(new Error("closed during the TLS handshake")));
      });
    } finally {
      clearTimeout(timer);
    }
    socket = secured;
    inbox = new Inbox(secured);
  }

  return {
    remoteAddress,
    get secure() {
      return socket instanceof TLSSocket;
    },
    read: () => inbox.read(),
    write(bytes) {
      if (!socket.writable) return true;
      socket.write(bytes);
      return socket.writableLength < netLimits.writeQueueBytes;
    },
    drained() {
      if (!socket.writable || socket.writableLength < netLimits.writeQueueBytes) return Promise.resolve();
      return new Promise((resolve) => {
        const before = letGo;
        const done = () => {
          socket.off("drain", done);
          socket.off("close", done);
          letGo = null;
          before?.();
          resolve();
        };
        letGo = done;
        socket.once("drain", done);
        socket.once("close", done);
      });
    },
    ...(serverTls ? { startTls } : {}),
    close() {
      if (isClosing || socket.destroyed) return;
      isClosing = true;
      letGo?.();
      socket.end(() => socket.destroySoon());
      const cut = setTimeout(() => socket.destroy(), lastWordsMs).unref();
      socket.once("close", () => clearTimeout(cut));
    },
    destroy() {
      socket.destroy();
    },
    closed: gone.promise,
  };
}
