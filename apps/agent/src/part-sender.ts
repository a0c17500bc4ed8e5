import type { Socket } from "node:net";
import { Failure } from "@casaforte/kernel";
import {
  frameLength,
  frameLengthBytes,
  frameOf,
  type PartAnswer,
  partAnswerOf,
  partStreamProtocol,
  type VaultFetch,
  type VaultFetchInit,
  type VaultReply,
  vaultHeaders,
} from "@casaforte/vault";
import { openConnection } from "./vault-connection.ts";

const answerBytesMax = 65_536;
/** Smaller parts are not worth a connection of their own. */
const streamedBytesMin = 1024 * 1024;
/** A vault of the version before, or a proxy in between, may refuse always: after so many refusals nobody asks any more. */
const refusalsMax = 3;

/**
 * Sends large parts one after the other over connections that the vault reads straight into its own memory (PROTOCOL.md,
 * "Parts one after the other"). Whatever the trouble is, the ordinary client meets it again and tells it.
 */
export function withPartStreams(fetch: VaultFetch): VaultFetch {
  let idle: readonly PartConnection[] = [];
  let refusals = 0;

  async function send(url: URL, init: VaultFetchInit, part: Part): Promise<VaultReply> {
    const target = new URL(part.streamPath, url);
    const authorization = init.headers["authorization"] ?? "";
    idle = idle.filter(({ isClosed }) => !isClosed);
    const found = idle.find((one) => one.url === target.href && one.authorization === authorization);
    const connection = found ?? new PartConnection(target, authorization);
    idle = idle.filter((other) => other !== connection);
    const answer = await connection.send(part, init.signal);
    if (answer !== null) refusals = 0;
    if (!connection.isClosed) idle = [...idle, connection];
    if (answer !== null) return replyOf(answer);
    const reply = await fetch(url.href, init);
    // What is refused there and not here is refused for the way it was asked, by whoever stands in between.
    if (reply.ok && !connection.isUpgraded) refusals++;
    return reply;
  }

  return async (text, init) => {
    const url = new URL(text);
    const part = refusals < refusalsMax ? partOf(url, init) : null;
    return part === null ? fetch(text, init) : send(url, init, part);
  };
}

interface Part {
  readonly streamPath: string;
  readonly frame: Uint8Array;
  readonly body: Uint8Array;
}

/** Null for what is no part, or a small one. */
function partOf(url: URL, { method, headers, body }: VaultFetchInit): Part | null {
  const [, path, n] = /^(.*\/uploads\/[^/]+\/parts)\/(\d+)$/.exec(url.pathname) ?? [];
  if (method !== "PUT" || path === undefined || !(body instanceof Uint8Array) || body.length < streamedBytesMin)
    return null;
  const holes = headers[vaultHeaders.holes];
  const frame = frameOf({
    n: Number(n),
    length: body.length,
    [vaultHeaders.offset]: headers[vaultHeaders.offset] ?? "",
    [vaultHeaders.sha256]: headers[vaultHeaders.sha256] ?? "",
    ...(holes === undefined ? {} : { [vaultHeaders.holes]: holes }),
  });
  return { streamPath: path, frame, body };
}

function replyOf({ status, retryAfter, body }: PartAnswer): VaultReply {
  const text = Buffer.from(JSON.stringify(body));
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => (name.toLowerCase() === "retry-after" ? (retryAfter ?? null) : null) },
    body: Object.assign(
      (async function* () {
        yield text;
      })(),
      { cancel: async () => undefined },
    ),
  };
}

/** One part at a time. */
class PartConnection {
  readonly url: string;
  readonly authorization: string;
  readonly #socket: Socket;
  readonly #came = Buffer.alloc(answerBytesMax);
  #length = 0;
  #isUpgraded = false;
  #isClosed = false;
  #part: Part | null = null;
  #done: ((answer: PartAnswer | null) => void) | null = null;

  constructor(target: URL, authorization: string) {
    this.url = target.href;
    this.authorization = authorization;
    this.#socket = openConnection(target, {
      buffer: () => this.#came.subarray(this.#length),
      callback: (count) => this.#took(count),
    });
    for (const event of ["error", "end", "close"] as const) this.#socket.on(event, () => this.#close());
    const lines = [
      `GET ${target.pathname} HTTP/1.1`,
      `host: ${target.host}`,
      `authorization: ${authorization}`,
      "connection: upgrade",
      `upgrade: ${partStreamProtocol}`,
    ];
    if (lines.some((line) => /[^\x20-\x7e]/.test(line))) this.#close();
    else this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isUpgraded(): boolean {
    return this.#isUpgraded;
  }

  /** Null when no answer came. */
  async send(part: Part, signal: AbortSignal | undefined): Promise<PartAnswer | null> {
    const stop = () => this.#close();
    signal?.addEventListener("abort", stop, { once: true });
    this.#socket.ref();
    try {
      return await new Promise((done) => {
        this.#done = done;
        this.#part = part;
        if (this.#isClosed || signal?.aborted === true) this.#close();
        else if (this.#isUpgraded) this.#write();
      });
    } finally {
      signal?.removeEventListener("abort", stop);
      // An idle connection keeps no program alive.
      this.#socket.unref();
    }
  }

  #write(): void {
    const part = this.#part;
    this.#part = null;
    if (part === null) return;
    this.#socket.write(part.frame);
    this.#socket.write(part.body);
  }

  #took(count: number): boolean {
    this.#length += count;
    const isWhole = this.#isUpgraded ? this.#readAnswer() : this.#readHead();
    if (!isWhole && this.#length === answerBytesMax) this.#close();
    return true;
  }

  #readHead(): boolean {
    const head = this.#came.toString("latin1", 0, this.#length);
    if (!head.includes("\r\n\r\n")) return false;
    this.#length = 0;
    // Nothing is sent behind the answer before the first part was.
    this.#isUpgraded = /^HTTP\/1\.1 101 /.test(head) && head.endsWith("\r\n\r\n");
    if (this.#isUpgraded) this.#write();
    else this.#close();
    return true;
  }

  #readAnswer(): boolean {
    if (this.#length < frameLengthBytes) return false;
    const end = frameLengthBytes + frameLength(this.#came);
    if (this.#length < end) return false;
    // Nobody is told anything that he did not ask for.
    if (this.#length > end || this.#done === null || this.#part !== null) this.#close();
    else {
      const answer = answerOf(this.#came.subarray(frameLengthBytes, end));
      this.#length = 0;
      if (answer === null) this.#close();
      else this.#finish(answer);
    }
    return true;
  }

  #finish(answer: PartAnswer | null): void {
    const done = this.#done;
    this.#done = null;
    this.#part = null;
    done?.(answer);
  }

  #close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
    this.#finish(null);
  }
}

function answerOf(bytes: Uint8Array): PartAnswer | null {
  try {
    return partAnswerOf(bytes);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
