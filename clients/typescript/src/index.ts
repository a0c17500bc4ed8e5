import type { Api, CallOptions } from "./api.ts";

export type { Api, CallOptions } from "./api.ts";

/** What the server said of a call that did not go well (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Dotted and stable: switch on it. `network` when no answer came. */
  readonly code: string;
  /** To quote to support. */
  readonly requestId: string | null;

  constructor(status: number, code: string, message: string, requestId: string | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

export interface ClientOptions {
  /** The console's address, such as `https://console.provider.example`. */
  readonly baseUrl: string;
  /** `cft_…` */
  readonly token: string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

export interface Client {
  /** One call. @throws ApiProblem; whatever `signal` was aborted with. */
  call<Route extends keyof Api>(route: Route, ...args: Api[Route]["args"]): Promise<Api[Route]["reply"]>;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const waitMsMax = 60_000;

/** @see Client */
export function createClient(options: ClientOptions): Client {
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

  /** Sends, and sends once more what got no answer or was told to wait. */
  async function answer(url: string, request: RequestInit): Promise<Response> {
    try {
      const response = await send(url, request);
      const waitMs = Number(response.headers.get("retry-after") ?? Number.NaN) * 1000;
      const isBusy = response.status === 429 || response.status === 503;
      if (!isBusy || !(waitMs >= 0 && waitMs <= waitMsMax)) return response;
      await response.body?.cancel();
      await pause(waitMs, request.signal ?? null);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof TypeError)) throw error;
    }
    try {
      return await send(url, request);
    } catch (cause) {
      request.signal?.throwIfAborted();
      throw new ApiProblem(0, "network", "the server was not reached", null, { cause });
    }
  }

  return {
    async call(route, ...args) {
      const [input = {}, given = {}] = args as unknown as readonly [AnyInput?, CallOptions?];
      const response = await answer(...requestOf(route, input, given));
      if (!response.ok) throw await problemOf(response);
      if (response.status === 204) return undefined as never;
      const isJson = (response.headers.get("content-type") ?? "").startsWith("application/json");
      return (isJson ? await response.json() : response) as never;
    },
  };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = (typeof body === "object" && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === "string" ? (fields[name] as string) : null);
  const requestId = text("requestId") ?? response.headers.get("x-request-id");
  return new ApiProblem(response.status, text("code") ?? "http", text("title") ?? "the call failed", requestId);
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
