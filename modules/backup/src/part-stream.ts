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

/**
 * Connections that ask to be upgraded to `casaforte-parts/1`. Such a request goes the way of every other, through all hooks;
 * whoever answers it takes the connection over then, or refuses as ever. Any other `Upgrade` is not heard.
 */
export class PartStreams {
  readonly #asking = new WeakMap<IncomingMessage, Socket>();
  readonly #open = new Set<PartStream>();

  constructor(app: Face, clock: Clock) {
    // Node's types do not know it yet.
    const shouldUpgradeCallback = ({ headers }: IncomingMessage) =>
      headers.upgrade?.toLowerCase() === partStreamProtocol;
    Object.assign(app.server, { shouldUpgradeCallback });
    app.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      // Nobody may speak before he was answered.
      if (head.length > 0) return void socket.destroy();
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      response.on("finish", () => socket.end());
      this.#asking.set(request, socket);
      app.routing(request, response);
    });
    app.addHook("preClose", async () => {
      for (const stream of this.#open) stream.leave();
      // A server ends when its last connection has; it knows none of these.
      const ended = new AbortController();
      app.server.once("close", () => ended.abort());
      clock.sleep(httpLimits.closeGraceMs, ended.signal).then(
        () => {
          for (const stream of this.#open) stream.cut();
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
    if (socket === undefined || socket.destroyed) return;
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
