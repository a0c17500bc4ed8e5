import { type Clock, concatBytes, Failure, fromUtf8, type Random } from "@casaforte/kernel";
import { vaultLimits } from "./limits.ts";
import { failureOfReply } from "./problem.ts";

/** What the client asks of `fetch`. */
export interface VaultFetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly signal?: AbortSignal;
  readonly redirect: "error";
}

/** What the client uses of a reply: `fetch` gives more. */
export interface VaultReply extends Pick<Response, "ok" | "status"> {
  readonly headers: Pick<Headers, "get">;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

/** `fetch`, or what stands in for it: a program may have a leaner one, a test its own. */
export type VaultFetch = (url: string, init: VaultFetchInit) => Promise<VaultReply>;

export interface VaultFillRequest {
  readonly url: string;
  /** Without `range`. */
  readonly headers: Readonly<Record<string, string>>;
  /** First byte of the file that is wanted; `into` says how many. */
  readonly offset: number;
  readonly into: Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * A leaner way for a range that goes into the caller's memory. Gives how many of its bytes came, from the first on; the
 * rest is asked for by `fetch`, with all repeating and all errors. Throws nothing.
 */
export type VaultFill = (request: VaultFillRequest) => Promise<number>;

export interface WireOptions {
  /** Origin and, if there is one, path prefix: `https://vault.example.net`. */
  readonly baseUrl: string;
  readonly fetch: VaultFetch;
  readonly fill?: VaultFill;
  readonly clock: Clock;
  readonly random: Random;
  /** Bearer token; absent for hello and enrolment only. */
  readonly token?: string;
  /** Tries of one request in all. Waits that the vault asks for (429) do not count. */
  readonly triesMax?: number;
  /** Told before each pause, so that the agent can say why it waits. */
  readonly onPause?: (pause: VaultPause) => void;
}

export interface VaultPause {
  readonly reason: "throttled" | "unavailable" | "network";
  readonly pauseMs: number;
  readonly path: string;
}

export interface WireRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly signal?: AbortSignal | undefined;
  /** False for a request that must not be sent twice when its reply is lost. Default true. */
  readonly repeatable?: boolean;
  /** Statuses besides 2xx that the caller reads itself. */
  readonly accept?: readonly number[];
}

/** Retry-After in milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3); null when absent or not readable. */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value.trim()) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Half of the exponential step plus a random half, so that many agents do not come back in step. */
export function backOffMs(attempt: number, random: Random): number {
  const step = Math.min(vaultLimits.retryPauseMsMax, vaultLimits.retryPauseMsFirst * 2 ** (attempt - 1));
  return Math.round(step / 2 + (step / 2) * ((random.bytes(1)[0] ?? 0) / 255));
}

export function urlOf(baseUrl: string, request: Pick<WireRequest, "path" | "query">): string {
  const url = new URL(baseUrl.replace(/\/+$/, "") + request.path);
  for (const [name, value] of Object.entries(request.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url.href;
}

/**
 * A reply's body as a whole; null when it is longer than it may be, and then no more of it is read. A vault is not believed
 * about how much memory its answers take. @throws what the connection throws.
 */
export async function bodyOf(reply: VaultReply, bytesMax: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of reply.body ?? []) {
    length += piece.length;
    if (length > bytesMax) return null;
    pieces.push(piece);
  }
  return concatBytes(pieces);
}

/** Codes that travel as 500 but will not change by asking again. */
const lasting = (failure: Failure) => failure.kind === "corrupt" && failure.code !== "internal";

/**
 * Sends a request and hands back the reply once its status is good; the body is still unread. Repeats on lost
 * connections, 429 (as often as the vault asks) and 5xx (`triesMax` in all), honouring Retry-After.
 * @throws the Failure of the reply (`vault.*`), unavailable `vault.unreachable`, or the signal's reason.
 */
export async function send(options: WireOptions, request: WireRequest): Promise<VaultReply> {
  const triesMax = options.triesMax ?? vaultLimits.triesMax;
  const url = urlOf(options.baseUrl, request);
  for (let attempt = 1, throttled = 0; ; ) {
    request.signal?.throwIfAborted();
    const outcome = await attemptOnce(options, request, url);
    if (!("failure" in outcome)) return outcome;
    const { failure, waitMs, reason } = outcome;
    if (reason === "throttled" && throttled++ < vaultLimits.throttledMax) {
      await pause(options, request, { reason, pauseMs: waitMs ?? backOffMs(Math.min(throttled, 8), options.random) });
      continue;
    }
    const mayRepeat = reason !== "network" || request.repeatable !== false;
    if (lasting(failure) || !mayRepeat || attempt >= triesMax) throw failure;
    await pause(options, request, { reason, pauseMs: waitMs ?? backOffMs(attempt, options.random) });
    attempt++;
  }
}

export const authorization = ({ token }: WireOptions): Readonly<Record<string, string>> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

interface Trouble {
  readonly failure: Failure;
  readonly reason: VaultPause["reason"];
  readonly waitMs: number | null;
}

async function attemptOnce(options: WireOptions, request: WireRequest, url: string): Promise<VaultReply | Trouble> {
  let reply: VaultReply;
  let text: string;
  try {
    reply = await options.fetch(url, {
      method: request.method,
      headers: {
        ...authorization(options),
        ...(typeof request.body === "string" ? { "content-type": "application/json" } : {}),
        ...(request.body instanceof Uint8Array ? { "content-type": "application/octet-stream" } : {}),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal ? { signal: request.signal } : {}),
      redirect: "error",
    });
    if (reply.ok || request.accept?.includes(reply.status)) return reply;
    text = fromUtf8((await bodyOf(reply, vaultLimits.jsonBytesMax)) ?? new Uint8Array(0));
  } catch (error) {
    request.signal?.throwIfAborted();
    return {
      failure: new Failure("unavailable", "vault.unreachable", "the vault cannot be reached", { cause: error }),
      reason: "network",
      waitMs: null,
    };
  }
  const failure = failureOfReply(reply.status, text);
  const waitMs = retryAfterMs(reply.headers.get("retry-after"), options.clock.nowMs());
  if (reply.status === 429) return { failure, reason: "throttled", waitMs };
  const passing = (reply.status >= 500 && reply.status !== 507) || failure.code === "db.retry";
  if (passing) return { failure, reason: "unavailable", waitMs };
  throw failure;
}

async function pause(
  options: WireOptions,
  request: WireRequest,
  { reason, pauseMs }: Omit<VaultPause, "path">,
): Promise<void> {
  const bounded = Math.min(pauseMs, vaultLimits.retryPauseMsMax);
  options.onPause?.({ reason, pauseMs: bounded, path: request.path });
  await options.clock.sleep(bounded, request.signal);
}
