import { type Bytes, Failure, fromUtf8 } from "@casaforte/kernel";
import type { z } from "zod";
import type { RawBody, StoredBody } from "./backend.ts";
import { vaultHeaders } from "./contract.ts";
import { vaultLimits } from "./limits.ts";

/** A request as any HTTP server can give it. */
export interface VaultHttpRequest {
  readonly query: Readonly<Record<string, unknown>>;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** A piece need only be there until the next one is asked for. */
  readonly body: AsyncIterable<Bytes>;
  readonly ip: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** A reply as any HTTP server can send it. */
export interface VaultHttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: null | string | Bytes | AsyncIterable<Bytes>;
}

/** Checks a value against its schema. @throws invalid `vault.invalid` that names the first field at fault. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure("invalid", "vault.invalid", "the request does not fit the protocol", {
    details: { field: issue?.path.join(".") ?? "", problem: issue?.message ?? "not valid" },
  });
}

/** Reads a JSON body of at most `jsonBytesMax`. @throws too_large, invalid `vault.invalid`. */
export async function readJson<S extends z.ZodType>(schema: S, request: VaultHttpRequest): Promise<z.infer<S>> {
  let text = "";
  const pieces: Bytes[] = [];
  let length = 0;
  for await (const piece of arriving(request.body)) {
    length += piece.length;
    if (length > vaultLimits.jsonBytesMax) throw tooLarge(vaultLimits.jsonBytesMax);
    pieces.push(new Uint8Array(piece));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  text = fromUtf8(whole);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure("invalid", "vault.invalid", "the body is not JSON");
  }
  return parse(schema, value);
}

export const tooLarge = (max: number) =>
  new Failure("too_large", "vault.too_large", "the body is above its limit", { details: { max } });

/** A header or path number: plain decimal digits only. @throws invalid `vault.invalid`. */
export function decimal(text: string | undefined, field: string, max: number): number {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value <= max) return value;
  throw new Failure("invalid", "vault.invalid", "not a number in its range", { details: { field, max } });
}

/** The raw body of a request with its announced length and digest. @throws invalid `vault.invalid`, too_large. */
export function rawBody(request: VaultHttpRequest, max: number): RawBody {
  const length = decimal(request.header("content-length"), "content-length", Number.MAX_SAFE_INTEGER);
  if (length > max) throw tooLarge(max);
  const sha256 = request.header(vaultHeaders.sha256) ?? "";
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new Failure("invalid", "vault.invalid", "not a digest", { details: { field: vaultHeaders.sha256 } });
  return { length, sha256, bytes: exactly(length, request.body), signal: request.signal };
}

/** A body whose connection breaks is the client's going, not a fault of ours. */
async function* arriving(source: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const item = await iterator.next().catch((cause: unknown) => {
        throw cause instanceof Failure
          ? cause
          : new Failure("cancelled", "vault.cancelled", "the client is gone", { cause });
      });
      if (item.done) return;
      yield item.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* exactly(length: number, source: AsyncIterable<Bytes>): AsyncGenerator<Bytes> {
  let received = 0;
  for await (const piece of arriving(source)) {
    received += piece.length;
    if (received > length) throw new Failure("invalid", "vault.length_mismatch", "the body is longer than announced");
    yield piece;
  }
  if (received < length) throw new Failure("invalid", "vault.length_mismatch", "the body is shorter than announced");
}

interface Span {
  readonly first: number;
  readonly length: number;
}

/** One byte range (RFC 9110 §14.1.2); null when it lies outside. @throws invalid `vault.range_invalid`. */
export function parseRange(header: string, size: number): Span | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!found || (found[1] === "" && found[2] === ""))
    throw new Failure("invalid", "vault.range_invalid", "ask for one range of bytes");
  if (found[1] === "") {
    const length = Math.min(Number(found[2]), size);
    return length === 0 ? null : { first: size - length, length };
  }
  const first = Number(found[1]);
  const last = found[2] === "" ? size - 1 : Math.min(Number(found[2]), size - 1);
  if (found[2] !== "" && Number(found[2]) < first)
    throw new Failure("invalid", "vault.range_invalid", "the range ends before it begins");
  return first >= size ? null : { first, length: last - first + 1 };
}

/** Serves a stored body, whole or by range, and learns of trouble with the first bytes while a status can still be sent. */
export async function serve(stored: StoredBody, request: VaultHttpRequest): Promise<VaultHttpReply> {
  const asked = request.header("range");
  const span = asked === undefined ? { first: 0, length: stored.size } : parseRange(asked, stored.size);
  const base = { "accept-ranges": "bytes", "content-type": "application/octet-stream", "cache-control": "no-store" };
  if (span === null)
    return {
      status: 416,
      headers: { ...base, "content-range": `bytes */${stored.size}`, "content-length": "0" },
      body: null,
    };
  const range = `bytes ${span.first}-${span.first + span.length - 1}/${stored.size}`;
  const headers = {
    ...base,
    "content-length": String(span.length),
    ...(asked === undefined ? {} : { "content-range": range }),
  };
  const bytes = span.length === 0 ? null : await primed(await stored.open(span.first, span.length, request.signal));
  return { status: asked === undefined ? 200 : 206, headers, body: bytes };
}

/** Its first piece is there, so that a failure of it still is an answer; left before it was begun, the source is left too. */
async function primed(source: AsyncIterable<Bytes>): Promise<AsyncIterable<Bytes>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<Bytes> | null = await iterator.next();
  const next = async (): Promise<IteratorResult<Bytes>> => {
    const item = first ?? (await iterator.next());
    first = null;
    return item;
  };
  const leave = async (): Promise<IteratorResult<Bytes>> => {
    await iterator.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
}
