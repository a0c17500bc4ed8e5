import type { Socket } from "node:net";
import type { VaultFill, VaultFillRequest } from "@casaforte/vault";
import { openConnection } from "./vault-connection.ts";

const headBytesMax = 16_384;
/** A proxy in between may answer in another way always: after so many such answers in a row nothing more is asked for in vain. */
const refusalsMax = 3;

/**
 * Reads ranges straight from the socket into the caller's memory: no buffer is made for each piece, which is most of what
 * a restore's main thread would do otherwise. It speaks just enough HTTP/1.1 (RFC 9112) for that: any answer but a whole
 * `206` of announced length ends the connection, and whoever asked goes on with an ordinary client.
 */
export function createRangeReader(): VaultFill {
  let idle: readonly Connection[] = [];
  let refusals = 0;
  return async (request) => {
    const target = new URL(request.url);
    const asking = askingFor(target, request);
    if (asking === null || refusals >= refusalsMax) return 0;
    idle = idle.filter(({ isClosed }) => !isClosed);
    const found = idle.find(({ origin }) => origin === target.origin);
    const connection = found ?? new Connection(target);
    idle = idle.filter((other) => other !== connection);
    const { filled, isForeign } = await connection.get(asking, request);
    if (isForeign) refusals++;
    else if (filled > 0) refusals = 0;
    if (!connection.isClosed) idle = [...idle, connection];
    return filled;
  };
}

/** What became of a request. */
interface Outcome {
  /** The bytes that came, all in their places. */
  readonly filled: number;
  /** An answer came, and was not the vault's. */
  readonly isForeign: boolean;
}

interface Job {
  readonly request: VaultFillRequest;
  filled: number;
  isInBody: boolean;
  isForeign: boolean;
  readonly done: (outcome: Outcome) => void;
}

class Connection {
  readonly origin: string;
  readonly #socket: Socket;
  readonly #head = Buffer.alloc(headBytesMax);
  #headLength = 0;
  #job: Job | null = null;
  #isClosing = false;

  constructor(target: URL) {
    this.origin = target.origin;
    this.#socket = openConnection(target, {
      buffer: () => this.#room(),
      callback: (count) => this.#took(count),
    });
    // Whatever the trouble is, the ordinary client meets it again and tells it.
    this.#socket.on("error", () => this.#close());
    this.#socket.on("end", () => this.#close());
    this.#socket.on("close", () => this.#close());
  }

  get isClosed(): boolean {
    return this.#isClosing;
  }

  async get(asking: string, request: VaultFillRequest): Promise<Outcome> {
    const stop = () => this.#close();
    request.signal?.addEventListener("abort", stop, { once: true });
    this.#socket.ref();
    try {
      return await new Promise<Outcome>((done) => {
        this.#job = { request, filled: 0, isInBody: false, isForeign: false, done };
        if (this.#isClosing || request.signal?.aborted === true) this.#close();
        else this.#socket.write(asking);
      });
    } finally {
      request.signal?.removeEventListener("abort", stop);
      // An idle connection keeps no program alive.
      this.#socket.unref();
    }
  }

  /** Where the next bytes go. */
  #room(): Uint8Array {
    const job = this.#job;
    return job?.isInBody === true ? job.request.into.subarray(job.filled) : this.#head.subarray(this.#headLength);
  }

  #took(count: number): boolean {
    const job = this.#job;
    if (job === null) this.#close();
    else if (job.isInBody) job.filled += count;
    else this.#readHead(job, count);
    if (job?.isInBody === true && job.filled === job.request.into.length) this.#finish();
    return true;
  }

  #readHead(job: Job, count: number): void {
    this.#headLength += count;
    const came = this.#head.subarray(0, this.#headLength);
    const end = came.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#headLength < headBytesMax) return;
      job.isForeign = true;
      this.#close();
      return;
    }
    const rest = came.subarray(end + 4);
    const { into, offset } = job.request;
    const head = came.toString("latin1", 0, end);
    if (!isAnswerTo(head, offset, into.length) || rest.length > into.length) {
      job.isForeign = !isPassing(head);
      this.#close();
      return;
    }
    into.set(rest);
    job.filled = rest.length;
    job.isInBody = true;
    this.#headLength = 0;
  }

  #finish(): void {
    const job = this.#job;
    this.#job = null;
    job?.done({ filled: job.filled, isForeign: job.isForeign });
  }

  #close(): void {
    this.#isClosing = true;
    this.#socket.destroy();
    this.#finish();
  }
}

/** The request; null when it cannot be written down without saying something else. */
function askingFor(target: URL, { headers, offset, into }: VaultFillRequest): string | null {
  const lines = [`GET ${target.pathname}${target.search} HTTP/1.1`, `host: ${target.host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  lines.push(`range: bytes=${offset}-${offset + into.length - 1}`);
  if (into.length === 0 || lines.some((line) => /[^\x20-\x7e]/.test(line))) return null;
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Whether a head announces exactly the range that was asked for, as it is stored, and the connection stays. */
function isAnswerTo(head: string, offset: number, length: number): boolean {
  const [status = "", ...lines] = head.split("\r\n");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return false;
    const key = name.toLowerCase();
    if (strict.has(key) && fields.has(key)) return false;
    fields.set(key, value);
  }
  return (
    /^HTTP\/1\.1 206( |$)/.test(status) &&
    fields.get("content-length") === String(length) &&
    (fields.get("content-range") ?? "").startsWith(`bytes ${offset}-${offset + length - 1}/`) &&
    !fields.has("transfer-encoding") &&
    !fields.has("content-encoding") &&
    !/close/i.test(fields.get("connection") ?? "")
  );
}

/** Whether a head is the vault's own refusal or one of the moment: neither says how the next range is answered. */
const isPassing = (head: string): boolean =>
  /^HTTP\/1\.[01] (408|429|5\d\d)\b/.test(head) ||
  (/^HTTP\/1\.1 4\d\d\b/.test(head) && /\r\ncontent-type: *application\/problem\+json/i.test(head));

/** Fields that say where a body ends or what it is must not come twice. */
const strict = new Set(["content-length", "content-range", "transfer-encoding", "connection"]);
