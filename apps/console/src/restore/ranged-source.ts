import { restoreRangeBytesMax } from "@casaforte/contract/restore-limits";
import { Failure } from "@casaforte/kernel";
import type { RandomAccessSource } from "@casaforte/vbk";
import { restoreLimits } from "./limits.ts";
import { unlessAborted } from "./unless-aborted.ts";

export interface RangedSourceInput {
  readonly deviceId: string;
  readonly file: { readonly id: string; readonly sizeBytes: number };
  readonly signal: () => AbortSignal;
}

/**
 * A stored file by ranges of our own origin. What broke off is gone on with where it broke, so that the server can tell
 * damage by a status. @throws corrupt `vault.part_damaged`, unavailable `restore.network`, unauthenticated, forbidden, not_found, cancelled.
 */
export function rangedSource({ deviceId, file, signal }: RangedSourceInput): RandomAccessSource {
  const url = `/api/devices/${deviceId}/files/${file.id}`;
  return {
    size: file.sizeBytes,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += restoreRangeBytesMax) {
        const piece = bytes.subarray(at, Math.min(length, at + restoreRangeBytesMax));
        await fill(piece, url, offset + at, signal());
      }
      return bytes;
    },
  };
}

async function fill(bytes: Uint8Array, url: string, offset: number, signal: AbortSignal): Promise<void> {
  let done = 0;
  for (let tries = 1; done < bytes.length; tries++) {
    signal.throwIfAborted();
    const before = done;
    let pauseMs = restoreLimits.retryMs * 2 ** (tries - 1);
    const silence = new Silence(signal);
    try {
      const range = `bytes=${offset + done}-${offset + bytes.length - 1}`;
      const reply = await fetch(url, { headers: { range }, credentials: "same-origin", signal: silence.signal });
      silence.broken();
      if (reply.status !== 206) {
        const { failure, retryMs } = await refusal(reply, silence);
        if (failure !== null) throw failure;
        pauseMs = Math.max(pauseMs, retryMs);
      } else done += await take(reply, bytes.subarray(done), silence);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (signal.aborted) throw new Failure("cancelled", "restore.cancelled", "stopped");
    } finally {
      silence.end();
    }
    if (done === bytes.length) return;
    if (done > before) tries = 0;
    if (tries >= restoreLimits.triesMax)
      throw new Failure("unavailable", "restore.network", "the server does not answer");
    await unlessAborted(new Promise((resolve) => setTimeout(resolve, pauseMs)), signal);
  }
}

/** Aborts with the signal that it is given, and when nothing is heard for too long. */
class Silence {
  readonly signal: AbortSignal;
  readonly #tooLong = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#tooLong.signal]);
    this.broken();
  }

  broken(): void {
    this.end();
    this.#timer = setTimeout(() => this.#tooLong.abort(), restoreLimits.silenceMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Copies what comes until the end or a break. Returns how much it was. */
async function take(reply: Response, into: Uint8Array, silence: Silence): Promise<number> {
  const reader = reply.body?.getReader();
  let at = 0;
  try {
    for (;;) {
      const item = reader && (await unlessAborted(reader.read(), silence.signal));
      if (item === undefined || item.done) return at;
      silence.broken();
      if (at + item.value.length > into.length)
        throw new Failure("corrupt", "restore.reply", "more bytes than asked for");
      into.set(item.value, at);
      at += item.value.length;
    }
  } catch (error) {
    reader?.cancel().catch(() => undefined);
    if (error instanceof Failure) throw error;
    return at;
  }
}

const kinds = { 401: "unauthenticated", 403: "forbidden", 404: "not_found", 413: "too_large", 422: "invalid" } as const;

/** A refusal that lasts, or null with a time to wait for one that may pass. */
async function refusal(
  reply: Response,
  { signal }: Silence,
): Promise<{ readonly failure: Failure | null; readonly retryMs: number }> {
  const problem: unknown = await unlessAborted(reply.json(), signal).catch(() => null);
  const code =
    typeof problem === "object" && problem !== null && "code" in problem
      ? String(problem.code)
      : `http.${reply.status}`;
  if (code === "vault.part_damaged")
    return { failure: new Failure("corrupt", code, "stored bytes failed their check"), retryMs: 0 };
  const kind = kinds[reply.status as keyof typeof kinds];
  if (kind !== undefined) return { failure: new Failure(kind, code, "the server refuses"), retryMs: 0 };
  // The other form of it, a date, counts as none.
  const retryMs = (Number(reply.headers.get("retry-after")) || 0) * 1000;
  return { failure: null, retryMs: Math.min(retryMs, restoreLimits.retryPauseMsMax) };
}
