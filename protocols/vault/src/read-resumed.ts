import { Failure } from "@casaforte/kernel";
import { vaultLimits } from "./limits.ts";
import { backOffMs, send, type WireOptions } from "./wire.ts";

export interface ResumedRange {
  readonly offset?: number;
  readonly length?: number;
  readonly signal?: AbortSignal;
}

/** Total size out of `Content-Range: bytes a-b/total` (RFC 9110 §14.4), with the first byte that was sent. */
function contentRange(value: string | null): { first: number; total: number } | null {
  const found = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(value ?? "");
  return found ? { first: Number(found[1]), total: Number(found[3]) } : null;
}

/**
 * Streams a stored body or a range of it. When the connection breaks it asks again for the rest, so that a long restore
 * survives a poor line; tries start anew after each piece that came through.
 * @throws as `send`; corrupt `vault.reply` when the vault answers with another range than asked for.
 */
export async function* readResumed(wire: WireOptions, path: string, range: ResumedRange): AsyncGenerator<Uint8Array> {
  let at = range.offset ?? 0;
  let end = range.length === undefined ? null : at + range.length;
  const triesMax = wire.triesMax ?? vaultLimits.triesMax;
  for (let attempt = 1; end === null || at < end; ) {
    const header = `bytes=${at}-${end === null ? "" : end - 1}`;
    const reply = await send(wire, {
      method: "GET",
      path,
      headers: { range: header },
      accept: [416],
      signal: range.signal,
    });
    if (reply.status === 416) {
      await reply.body?.cancel();
      return;
    }
    const sent = contentRange(reply.headers.get("content-range"));
    if (sent === null || sent.first !== at) {
      await reply.body?.cancel();
      throw new Failure("corrupt", "vault.reply", "the vault answered with another range than asked for");
    }
    end = Math.min(end ?? sent.total, sent.total);
    try {
      for await (const piece of reply.body ?? []) {
        // More than was asked for would overrun the reader's buffer.
        const wanted = piece.length > end - at ? piece.subarray(0, end - at) : piece;
        if (wanted.length === 0) break;
        at += wanted.length;
        attempt = 1;
        yield wanted;
      }
      if (at >= end) return;
      throw new Error("the body ended early");
    } catch (error) {
      range.signal?.throwIfAborted();
      if (attempt >= triesMax)
        throw new Failure("unavailable", "vault.unreachable", "the vault's answer broke off", { cause: error });
      const pauseMs = backOffMs(attempt++, wire.random);
      wire.onPause?.({ reason: "network", pauseMs, path });
      await wire.clock.sleep(pauseMs, range.signal);
    }
  }
}
