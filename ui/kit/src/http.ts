import { isReading, keyOfAct, noteAnswer, noteOtherAct, sendOnce } from "./send-once.ts";

/** What went wrong with a call, as the server (RFC 9457) or the network said it. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number;
  /** The product's dotted code, or `network`. */
  readonly code: string;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(
    status: number,
    code: string,
    message: string,
    more: Partial<Pick<ApiProblem, "requestId" | "details" | "fields">> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = more.requestId ?? null;
    this.details = more.details ?? {};
    this.fields = more.fields ?? [];
  }
}

export interface ApiOptions {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const listeners = new Set<() => void>();
const restrictionListeners = new Set<() => void>();

/** Calls back when an answer says that nobody is signed in any more. Returns the way to stop. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls back when an answer says that the session must first set up a second step (R52). Returns the way to stop. */
export function onRestricted(listener: () => void): () => void {
  restrictionListeners.add(listener);
  return () => restrictionListeners.delete(listener);
}

const runningCode = "idempotency.running";

/** True when nobody knows whether the server did what was asked: no answer came, or one that says nothing of it. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.status === 0 || error.status >= 500 || error.code === runningCode);

/**
 * One call to our own origin, with the session's cookie. `Reply` is what the contract says the answer is; the server
 * strips undeclared fields, so it is not checked twice. @throws ApiProblem.
 */
export async function callApi<Reply>(path: string, options: ApiOptions = {}): Promise<Reply> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as Reply;
  return (await response.json()) as Reply;
}

async function send(path: string, options: ApiOptions): Promise<Response> {
  let response: Response;
  const method = options.method ?? (options.body === undefined ? "GET" : "POST");
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const key = method === "POST" && body !== undefined ? keyOfAct(path, body) : null;
  const request = () =>
    fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === null ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  try {
    const isRunning = async (answer: Response) => (await readProblem(answer)).code === runningCode;
    response = key === null ? await request() : await sendOnce(request, isRunning);
    if (body !== undefined && key !== null) {
      // Whole: an answer that was cut in its middle has not come.
      await response.clone().arrayBuffer();
      noteAnswer(path, body, response.status);
    } else if (method !== "GET" && response.ok && !isReading(path)) noteOtherAct();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "network", "the server was not reached");
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  if (problem.code === "identity.not_signed_in") for (const listener of listeners) listener();
  if (problem.code === "identity.two_factor_required") for (const listener of restrictionListeners) listener();
  throw problem;
}

/** The problem that an answer with a status of 400 or more tells. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null);
  return new ApiProblem(
    response.status,
    text("code") ?? `http.${response.status}`,
    text("title") ?? "the call failed",
    {
      requestId: text("requestId") ?? response.headers.get("x-request-id"),
      details: (fields["details"] ?? {}) as ApiProblem["details"],
      fields: Array.isArray(fields["fields"]) ? (fields["fields"] as ApiProblem["fields"]) : [],
    },
  );
}
