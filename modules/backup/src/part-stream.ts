import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Bytes, type Clock, Failure, type Logger } from "@casaforte/kernel";
import { type Face, httpLimits, problemFor, retryAfterSeconds } from "@casaforte/platform/http";
import { readInto } from "@casaforte/platform/net";
import {
  frameOf,
  type PartAnswer,
  type PartFrame,
  partFrameOf,
  partStreamProtocol,
  type VaultHttpReply,
} from "@casaforte/vault";
import { PartReceiver } from "./part-receiver.ts";

/** A part with its answer may take as long as a request with one, and the next may let as much time pass. */
const partMsMax = 600_000;

export interface PartStreamTerms {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly requestId: string;
  /** What `PUT …/parts/{n}` does. @throws its failures. */
  readonly put: (frame: PartFrame, body: AsyncIterable<Bytes>, signal: AbortSignal) => Promise<VaultHttpReply>;
}

const streamPath = /^\/vault\/v1\/uploads\/[^/?]+\/parts$/;

/**
 * Only what is a request of ours, alone on its connection and without a body, is taken out of the server's hands: any other
 * `Upgrade` is not heard, as by a server that knows none.
 */
function isAskingForStream({ method, url, headers, socket }: IncomingMessage): boolean {
  return (
    method === "GET" &&
    headers.upgrade?.toLowerCase() === partStreamProtocol &&
    streamPath.test(url ?? "") &&
    headers["content-length"] === undefined &&
    headers["transfer-encoding"] === undefined &&
    // An earlier request that was not answered yet: its answer has the connection.
    !Reflect.get(socket, "_httpMessage")
  );
}

/**
 * Connections that ask to be upgraded to `casaforte-parts/1`. Such a request goes the way of every other, through all hooks;
 * whoever answers it takes the connection over then, or refuses as ever, which ends it. The server knows none of them any
 * more, so they are closed with it here.
 */
export class PartStreams {
  readonly #asking = new WeakMap<IncomingMessage, Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<PartStream>();
  #isClosing = false;

  constructor(app: Face, clock: Clock) {
    // Node's types do not know it yet.
    Object.assign(app.server, { shouldUpgradeCallback: isAskingForStream });
    app.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      // Nobody may speak before he was answered. Who listens for another address of ours hands on whatever asks there.
      if (head.length > 0 || this.#isClosing || !isAskingForStream(request)) {
        socket.destroy();
        return;
      }
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.on("finish", () => socket.destroySoon());
      try {
        response.assignSocket(socket);
        this.#asking.set(request, socket);
        app.routing(request, response);
      } catch {
        socket.destroy();
      }
    });
    app.addHook("preClose", async () => {
      this.#isClosing = true;
      for (const stream of this.#open) stream.leave();
      const ended = new AbortController();
      app.server.once("close", () => ended.abort());
      clock.sleep(httpLimits.closeGraceMs, ended.signal).then(
        () => {
          for (const socket of this.#sockets) socket.destroy();
        },
        () => {},
      );
    });
  }

  isAsking(request: IncomingMessage): boolean {
    return this.#asking.has(request);
  }

  /** Takes a request's connection over; its response must be nobody's any more. */
  begin(request: IncomingMessage, response: ServerResponse, terms: PartStreamTerms): void {
    const socket = this.#asking.get(request);
    response.removeAllListeners("finish");
    if (socket === undefined || socket.destroyed || this.#isClosing) {
      socket?.destroy();
      return;
    }
    response.detachSocket(socket);
    const stream = new PartStream(socket, terms);
    this.#open.add(stream);
    socket.once("close", () => this.#open.delete(stream));
    stream.begin();
  }
}

class PartStream {
  readonly #socket: Socket;
  readonly #terms: PartStreamTerms;
  readonly #receiver: PartReceiver;
  readonly #gone = new AbortController();
  #late = new AbortController();
  #frame: PartFrame | null = null;
  #isBusy = false;
  #isLeaving = false;

  constructor(socket: Socket, terms: PartStreamTerms) {
    this.#socket = socket;
    this.#terms = terms;
    this.#receiver = new PartReceiver({
      read: (frame) => this.#read(frame),
      begin: () => this.#begin(),
      spoil: () => this.cut(),
      resume: () => void socket.resume(),
    });
    socket.once("close", () => {
      this.#gone.abort(new Failure("cancelled", "vault.cancelled", "the client is gone"));
      this.#receiver.end();
    });
    socket.on("end", () => this.cut());
  }

  /** Where the connection cannot be read so, it ends, and the client sends its parts as requests. */
  begin(): void {
    if (!readInto(this.#socket, this.#receiver)) {
      this.cut();
      return;
    }
    const head = `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${partStreamProtocol}\r\n\r\n`;
    this.#socket.write(head);
    this.#beInTime();
    this.#socket.resume();
  }

  /** Cuts the connection unless this is called again in time. */
  #beInTime(): void {
    this.#late.abort();
    this.#late = new AbortController();
    const signal = AbortSignal.any([this.#late.signal, this.#gone.signal]);
    this.#terms.clock.sleep(partMsMax, signal).then(
      () => this.cut(),
      () => {},
    );
  }

  /** Ends it as soon as the part that comes was answered. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#isBusy) this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #read(bytes: Uint8Array): number | null {
    // Whoever reads no answers would have them pile up.
    if (this.#socket.writableLength > 0) return null;
    try {
      this.#frame = partFrameOf(bytes);
      return this.#frame.length;
    } catch (error) {
      if (error instanceof Failure) return null;
      throw error;
    }
  }

  #begin(): void {
    if (this.#frame !== null) void this.#answer(this.#frame);
  }

  async #answer(frame: PartFrame): Promise<void> {
    this.#isBusy = true;
    this.#beInTime();
    const answer = await this.#answerTo(frame);
    this.#isBusy = false;
    this.#beInTime();
    if (!this.#socket.destroyed) this.#socket.write(frameOf(answer));
    if (this.#isLeaving) this.#socket.end();
    this.#receiver.answered();
  }

  async #answerTo(frame: PartFrame): Promise<PartAnswer> {
    const { put, logger, clock, requestId } = this.#terms;
    try {
      const { status, body } = await put(frame, this.#receiver.body(), this.#gone.signal);
      return { status, body: typeof body === "string" ? JSON.parse(body) : null };
    } catch (error) {
      const problem = problemFor(error, requestId, (unexpected) =>
        logger.error("http.failed", unexpected, { face: "vault", route: partStreamProtocol, requestId }),
      );
      const seconds = error instanceof Failure ? retryAfterSeconds(error, clock.nowMs()) : null;
      return { status: problem.status, body: problem, ...(seconds === null ? {} : { retryAfter: String(seconds) }) };
    }
  }
}
