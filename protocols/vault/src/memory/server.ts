import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Clock, Failure } from "@casaforte/kernel";
import type { VaultBackend } from "../backend.ts";
import type { VaultHttpReply, VaultHttpRequest } from "../edge.ts";
import { vaultStatus } from "../problem.ts";
import { type VaultRoute, vaultRoutes } from "../routes.ts";

/** What happens to a request: it passes, is answered with a status, or its connection breaks before or after the work. */
export type Fate = "pass" | "drop" | "drop_reply" | { readonly status: number; readonly retryAfter?: number };

export interface VaultListenerOptions {
  readonly backend: VaultBackend;
  readonly clock: Clock;
  readonly fate?: (request: { readonly method: string; readonly path: string }) => Fate;
}

interface Listener {
  readonly baseUrl: string;
  close(): Promise<void>;
}

const compiled = vaultRoutes.map((route) => ({ route, segments: route.path.split("/") }));

function match(method: string, path: string): { route: VaultRoute; params: Record<string, string> } | null {
  const given = path.split("/");
  for (const { route, segments } of compiled) {
    if (route.method !== method || segments.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = segments.every((segment, index) => {
      const value = given[index] ?? "";
      if (!segment.startsWith(":")) return segment === value;
      params[segment.slice(1)] = decodeURIComponent(value);
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}

function problem(error: unknown, clock: Clock): VaultHttpReply {
  const known = error instanceof Failure ? error : null;
  const status = known ? vaultStatus[known.kind] : 500;
  const retryAtMs = known?.details["retryAtMs"];
  const wait = typeof retryAtMs === "number" ? Math.max(1, Math.ceil((retryAtMs - clock.nowMs()) / 1000)) : null;
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      ...(wait === null ? {} : { "retry-after": String(wait) }),
    },
    body: JSON.stringify({
      type: "about:blank",
      title: known?.message ?? "internal error",
      status,
      code: known?.code ?? "internal",
      requestId: "memory",
      ...(known && Object.keys(known.details).length > 0 ? { details: known.details } : {}),
    }),
  };
}

async function write(reply: VaultHttpReply, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers });
  if (reply.body === null || typeof reply.body === "string" || reply.body instanceof Uint8Array) {
    response.end(reply.body ?? undefined);
    return;
  }
  await pipeline(Readable.from(reply.body), response);
}

async function answer(options: VaultListenerOptions, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://vault");
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Failure("cancelled", "vault.cancelled", "the client is gone")));
  const found = match(request.method ?? "", url.pathname);
  if (!found) throw new Failure("not_found", "http.route", "there is nothing here");
  const asked: VaultHttpRequest = {
    query: Object.fromEntries(url.searchParams),
    header: (name) => request.headers[name]?.toString(),
    body: request,
    ip: request.socket.remoteAddress ?? "",
    signal: gone.signal,
  };
  return found.route.handle(options.backend, { params: found.params, request: asked });
}

async function serveOne(options: VaultListenerOptions, request: IncomingMessage, response: ServerResponse) {
  const path = new URL(request.url ?? "/", "http://vault").pathname;
  const fate = options.fate?.({ method: request.method ?? "", path }) ?? "pass";
  if (fate === "drop") {
    request.socket.destroy();
    return;
  }
  if (typeof fate === "object") {
    const headers = fate.retryAfter === undefined ? {} : { "retry-after": String(fate.retryAfter) };
    request.resume();
    await write({ status: fate.status, headers, body: null }, response);
    return;
  }
  const reply = await answer(options, request, response).catch((error: unknown) => problem(error, options.clock));
  if (fate === "drop_reply") {
    request.socket.destroy();
    return;
  }
  // An unread body would keep the connection from its next request.
  if (!request.complete) request.resume();
  await write(reply, response);
}

/** Listens on a free loopback port. */
export async function listenVault(options: VaultListenerOptions): Promise<Listener> {
  const server = createServer((request, response) => {
    serveOne(options, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
