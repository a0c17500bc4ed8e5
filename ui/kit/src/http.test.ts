import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ApiProblem, callApi } from "./http.ts";

/** What the server got of each request, and how it answers the next. */
const got: (string | undefined)[] = [];
type Answer = { readonly status: number; readonly body?: object } | "cut before" | "cut within";
let answers: Answer[] = [];

const server = createServer((request: IncomingMessage, reply) => {
  got.push(request.headers["idempotency-key"] as string | undefined);
  const answer = answers.shift() ?? { status: 201, body: {} };
  request.resume();
  if (answer === "cut before") return void request.socket.destroy();
  if (answer === "cut within") {
    reply.writeHead(201, { "content-type": "application/json", "content-length": 100 });
    return void reply.write('{"id":', () => request.socket.destroy());
  }
  reply.writeHead(answer.status, { "content-type": "application/json" });
  reply.end(JSON.stringify(answer.body ?? {}));
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { fetch } = globalThis;
  // A browser knows the page's own origin.
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => fetch(new URL(path, base), init));
});
afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

/** Sends, and says under which keys the server heard of it. */
async function keysOf(path: string, body: unknown, ...next: Answer[]): Promise<(string | undefined)[]> {
  const before = got.length;
  answers = next;
  await callApi(path, { body }).catch((error: unknown) => expect(error).toBeInstanceOf(ApiProblem));
  return got.slice(before);
}

test.each([
  "/api/orders",
  "/api/desk/tickets",
  "/api/desk/tickets/t/1/answers",
  "/api/billing/invoices/t/1/credit",
  "/api/legal-requests",
])(
  "a POST to %s goes under one key until its answer has come whole, and what comes after it under another",
  async (path) => {
    const body = { of: path };
    const [first] = await keysOf(path, body, "cut before");
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(await keysOf(path, body, "cut within")).toEqual([first]);
    expect(await keysOf(path, body, { status: 409, body: { code: "orders.other" } })).toEqual([first]);
    expect(await keysOf(path, { ...body, other: 1 }, "cut before")).not.toContain(first);
    expect(await keysOf(path, body, { status: 201 })).toEqual([first]);
    const [next] = await keysOf(path, body);
    expect([next === first, next === undefined]).toEqual([false, false]);
  },
);

test.each([
  ["/api/desk/notices", "/api/desk/notices/preview"],
  ["/api/services/1/changes", "/api/estimates"],
])("a POST to %s whose answer was lost keeps its key over a reading", async (act, reading) => {
  const body = { of: reading };
  const [first] = await keysOf(act, body, "cut before");
  expect(await keysOf(reading, body)).toEqual([undefined]);
  expect(await keysOf(act, body)).toEqual([first]);
});

test("one that still runs is asked for again under its key, and a reading or an act that needs none goes without", async () => {
  const running = { status: 409, body: { code: "idempotency.running" } };
  const keys = await keysOf("/api/tickets", { a: 1 }, running, { status: 201 });
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
  expect(await keysOf("/api/estimates", { a: 1 })).toEqual([undefined]);
  expect(await keysOf("/api/spaces", undefined)).toEqual([undefined]);
});
