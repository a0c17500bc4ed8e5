import { request } from "node:http";
import { connect } from "node:net";
import { type Bytes, type Clock, Failure } from "@casaforte/kernel";
import { z } from "zod";
import { mailflowLimits } from "./limits.ts";

/** What is told to a filter beside the message. */
export interface FilterInput {
  readonly message: AsyncIterable<Bytes>;
  readonly remoteAddress: string;
  readonly helo: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly traceId: string;
}

export interface FilterVerdict {
  /** Score over the filter's own threshold for spam: 1 and more is spam. */
  readonly part: number;
  readonly action: "accept" | "reject" | "defer";
  /** For the trace and for the reply. */
  readonly text: string;
}

/** A filter outside the program that scores a message. Rejects when it cannot be asked. */
export type ContentFilter = (input: FilterInput) => Promise<FilterVerdict>;

/** A scanner for malware: the name of what it found, or null. Rejects when it cannot be asked. */
export type VirusScanner = (message: AsyncIterable<Bytes>) => Promise<string | null>;

/** Ends `work` when it takes too long, by its signal. */
async function within<T>(clock: Clock, ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const patience = new AbortController();
  clock.sleep(ms, patience.signal).then(
    () => stop.abort(new Error("the filter takes too long")),
    () => {},
  );
  try {
    return await work(stop.signal);
  } finally {
    patience.abort();
  }
}

async function readText(source: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of source) {
    size += part.length;
    if (size > bytesMax) throw new Error("the filter's answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const headerSafe = (text: string) => text.replace(/[^\x21-\x7e]/g, "?").slice(0, 320);

/** rspamd's normal worker: POST /checkv2 (https://docs.rspamd.com/developers/protocol/). */
export function rspamdFilter(options: {
  readonly url: string;
  readonly password?: string;
  readonly clock: Clock;
}): ContentFilter {
  return (input) =>
    within(options.clock, mailflowLimits.filterMsMax, async (signal) => {
      const asked = request(new URL("/checkv2", options.url), {
        method: "POST",
        signal,
        agent: false,
        headers: {
          ...(options.password === undefined ? {} : { password: options.password }),
          ip: headerSafe(input.remoteAddress),
          helo: headerSafe(input.helo),
          from: headerSafe(input.sender),
          rcpt: input.recipients.slice(0, 50).map(headerSafe),
          "queue-id": input.traceId,
        },
      });
      const answered = new Promise<string>((resolve, reject) => {
        asked.on("error", reject);
        asked.on("response", (response) => {
          if (response.statusCode !== 200) {
            response.resume();
            reject(new Error(`rspamd answers ${response.statusCode}`));
          } else readText(response, mailflowLimits.filterReplyBytesMax).then(resolve, reject);
        });
      });
      answered.catch(() => {});
      await writeAll(asked, input.message);
      asked.end();
      const verdict = readRspamd(await answered);
      if (verdict === null) throw new Error("rspamd's answer is not understood");
      return verdict;
    });
}

async function writeAll(target: NodeJS.WritableStream, source: AsyncIterable<Bytes>): Promise<void> {
  for await (const chunk of source)
    if (!target.write(chunk))
      await new Promise<void>((resolve) => {
        const go = () => {
          target.off("drain", go);
          target.off("close", go);
          resolve();
        };
        target.on("drain", go);
        target.on("close", go);
      });
}

const rspamdReply = z.object({
  score: z.number(),
  required_score: z.number().positive(),
  action: z.string().max(100),
});

/** What rspamd answers to a message, as a verdict; null when it is not understood. */
export function readRspamd(text: string): FilterVerdict | null {
  const reply = rspamdReply.safeParse(jsonOf(text));
  if (!reply.success) return null;
  const { score, required_score: required, action } = reply.data;
  return {
    // Its `required_score` is where it would reject; it marks as spam at a fraction of it, which `action` tells.
    part: action === "add header" || action === "rewrite subject" ? Math.max(1, score / required) : score / required,
    action: action === "reject" ? "reject" : action === "soft reject" || action === "greylist" ? "defer" : "accept",
    text: `rspamd ${action} ${Math.round(score * 10) / 10}/${required}`,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What clamd answers to a stream: the name of what it found, null for nothing. @throws unavailable `mailflow.scanner_away` when it is neither. */
export function readClamd(text: string): string | null {
  const reply = text.replace(/\0/g, "").trim();
  if (reply.endsWith(" OK") || reply === "OK") return null;
  const found = /^stream: (.{1,200}) FOUND$/.exec(reply)?.[1];
  if (found === undefined)
    throw new Failure("unavailable", "mailflow.scanner_away", `clamd answers: ${reply.slice(0, 200)}`);
  return found;
}

/** clamd's INSTREAM (man clamd): chunks with their length before them, an empty one at the end. */
export function clamavScanner(options: {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}): VirusScanner {
  return (message) =>
    within(options.clock, mailflowLimits.filterMsMax, async (signal) => {
      const socket = connect(options.port, options.host);
      const abort = () => socket.destroy(signal.reason as Error);
      signal.addEventListener("abort", abort);
      try {
        const answered = readText(socket, mailflowLimits.filterReplyBytesMax);
        answered.catch(() => {});
        socket.write("zINSTREAM\0");
        await writeAll(socket, framed(message));
        socket.write(Buffer.alloc(4));
        return readClamd(await answered);
      } finally {
        signal.removeEventListener("abort", abort);
        socket.destroy();
      }
    });
}

async function* framed(message: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  for await (const chunk of message) {
    if (chunk.length === 0) continue;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    yield length;
    yield chunk;
  }
}
