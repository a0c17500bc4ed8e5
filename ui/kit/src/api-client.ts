import type { z } from "zod";

/** The server's refusal (RFC 9457), or the network's silence (`code` network). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    status: number,
    code: string,
    requestId: string | null,
    details: Readonly<Record<string, string | number | boolean>>,
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.details = details;
  }
}

interface ProblemBody {
  readonly code?: string;
  readonly requestId?: string;
  readonly details?: Record<string, string | number | boolean>;
}

export interface ApiRequest<Reply> {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Schema of the reply; absent when the server answers nothing. */
  readonly reply?: z.ZodType<Reply>;
  readonly signal?: AbortSignal;
}

let whenSessionEnds: () => void = () => {};

/** What to do when the server says that the session is over: the frame shows the sign-in page. */
export function onSessionEnd(act: () => void): void {
  whenSessionEnds = act;
}

function address(path: string, query: ApiRequest<unknown>["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** One JSON call to this origin. @throws ApiProblem. */
export async function api<Reply = void>(path: string, request: ApiRequest<Reply> = {}): Promise<Reply> {
  let response: Response;
  try {
    response = await fetch(address(path, request.query), {
      method: request.method ?? (request.body === undefined ? "GET" : "POST"),
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiProblem(0, "network", null, {});
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => ({}))) as ProblemBody;
    if (response.status === 401 && body.code === "identity.session_required") whenSessionEnds();
    throw new ApiProblem(
      response.status,
      body.code ?? "unknown",
      body.requestId ?? response.headers.get("x-request-id"),
      body.details ?? {},
    );
  }
  if (!request.reply) return undefined as Reply;
  return request.reply.parse(await response.json());
}
