import type { Api, CallOptions } from "./api.ts";
import type { OperatorApi } from "./operator-api.ts";

export type { Api, CallOptions, WebhookEvent } from "./api.ts";
export type { OperatorApi } from "./operator-api.ts";
export { type VerifyOptions, verifyWebhook, WebhookRefused, type WebhookRequest } from "./verify-webhook.ts";

/** What the server said of a call that did not go well (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Dotted and stable: switch on it. `network` when no answer came. */
  readonly code: string;
  /** To quote to support. */
  readonly requestId: string | null;
  /** Of a POST: the same call under it (`{ key }`) is never done twice. */
  readonly key: string | null;

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | null,
    key: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.key = key;
  }
}

export interface ClientOptions {
  /** The console's address, such as `https://console.provider.example`. */
  readonly baseUrl: string;
  /** `cft_…` */
  readonly token: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

/** Calls by method and path, as `Api` and `OperatorApi` list them. */
type Calls<All> = { readonly [Route in keyof All]: { readonly args: readonly unknown[]; readonly reply: unknown } };

export interface ClientOf<All extends Calls<All>> {
  /** One call. @throws ApiProblem; whatever `signal` was aborted with. */
  call<Route extends keyof All & string>(route: Route, ...args: All[Route]["args"]): Promise<All[Route]["reply"]>;
}
/** Of a customer's console. */
export type Client = ClientOf<Api>;
/** Of the operators' console. */
export type OperatorClient = ClientOf<OperatorApi>;

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** Of one call, in all. */
const waitMsMax = 60_000;
/** Of one wait. */
const waitMsMin = 100;

/** @see Client */
export const createClient = (options: ClientOptions): Client => clientOf<Api>(options);

/** @see OperatorClient. `baseUrl` is the address of the operators' console. */
export const createOperatorClient = (options: ClientOptions): OperatorClient => clientOf<OperatorApi>(options);

function clientOf<All extends Calls<All>>(options: ClientOptions): ClientOf<All> {
  const send = options.fetch ?? globalThis.fetch;

  function requestOf(route: string, input: AnyInput, { key, signal }: CallOptions): readonly [string, RequestInit] {
    const [method = "GET", path = "/"] = route.split(" ");
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.params?.[name] ?? ""));
    const url = new URL(filled, options.baseUrl);
    for (const [name, value] of Object.entries(input.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { authorization: `Bearer ${options.token ?? ""}` };
    if (input.body !== undefined) headers["content-type"] = "application/json";
    if (method === "POST") headers["idempotency-key"] = key ?? crypto.randomUUID();
    return [
      url.href,
      {
        method,
        headers,
        redirect: "error",
        ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
        ...(signal === undefined ? {} : { signal }),
      },
    ];
  }

  /**
   * Sends, and sends again: once what got no answer or met a busy server, and as long as patience lasts what is still
   * being worked on since an answer was lost.
   */
  async function answer(url: string, request: RequestInit): Promise<Response> {
    const key = new Headers(request.headers).get("idempotency-key");
    let isRepeated = false;
    let patienceMs = waitMsMax;
    for (;;) {
      let waitMs = 0;
      try {
        const response = await send(url, request);
        if (response.ok) return response;
        const problem = await problemOf(response, key);
        const isRunning = problem.code === "idempotency.running";
        const isBusy = problem.status === 429 || problem.status === 503;
        waitMs = Number(response.headers.get("retry-after") ?? Number.NaN) * 1000;
        if (!(waitMs >= 0 && waitMs <= patienceMs) || !(isRunning || (isBusy && !isRepeated))) throw problem;
        waitMs = Math.max(waitMs, waitMsMin);
        isRepeated ||= isBusy;
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof ApiProblem) throw error;
        if (isRepeated) throw new ApiProblem(0, "network", "the server was not reached", null, key, { cause: error });
        if (!(error instanceof TypeError)) throw error;
        isRepeated = true;
      }
      patienceMs -= waitMs;
      await pause(waitMs, request.signal ?? null);
    }
  }

  return {
    async call(route, ...args) {
      const [input = {}, given = {}] = args as unknown as readonly [AnyInput?, CallOptions?];
      const response = await answer(...requestOf(route, input, given));
      if (response.status === 204) return undefined as never;
      const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
      return (isJson ? await response.json() : response) as never;
    },
  };
}

async function problemOf(response: Response, key: string | null): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = (typeof body === "object" && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === "string" ? (fields[name] as string) : null);
  const requestId = text("requestId") ?? response.headers.get("x-request-id");
  return new ApiProblem(response.status, text("code") ?? "http", text("title") ?? "the call failed", requestId, key);
}

function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
