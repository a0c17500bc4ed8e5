import { once } from "node:events";
import { jmapLimits } from "@casaforte/jmap";
import { MemoryAccount, MemoryBackend, MemoryPush } from "@casaforte/jmap/memory";
import { createFace, type Face } from "@casaforte/platform/http";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import type { FastifyRequest } from "fastify";
import { afterEach, expect, test } from "vitest";
import { type JmapHttpOptions, registerJmapRoutes } from "./jmap-http.ts";

const clock = new FakeClock();
let face: Face | undefined;
afterEach(() => face?.close());

/** A face with one account, whose uploads wait at `gate`; `admit` is gone through by each request. */
function openFace(
  gate: Promise<void> = Promise.resolve(),
  more: Partial<JmapHttpOptions> & { readonly admit?: (request: FastifyRequest) => Promise<unknown> } = {},
): Face {
  const info = { id: "a", name: "m@x.it", isPersonal: true, isReadOnly: false, mayManage: true };
  const account = new MemoryAccount({ info, clock, compose: async () => new Uint8Array(), identities: [] });
  const upload = account.uploadBlob.bind(account);
  account.uploadBlob = async (bytes, type) => {
    await gate;
    return upload(bytes, type);
  };
  const backend = new MemoryBackend("m@x.it", [account], new MemoryPush(clock));
  const [logger, random] = [new MemoryLogger(), new SeededRandom(1)];
  face = createFace({ name: "webmail", clock, logger, random, contentSecurityPolicy: "api" });
  const backendFor = async (request: FastifyRequest) => {
    await more.admit?.(request);
    return backend;
  };
  registerJmapRoutes(face, { clock, logger, backendFor, ...more });
  return face;
}
const using = ["core", "blob"].map((name) => `urn:ietf:params:jmap:${name}`);
const headers = { "content-type": "application/json" };
const post = async (app: Face, url: string, payload: string | object, type = "application/json") => {
  const reply = await app.inject({ method: "POST", url, payload, headers: { ...headers, "content-type": type } });
  return { status: reply.statusCode, ...reply.json() };
};
test("more bytes than a request or an upload may have is a limit by its name", async () => {
  const app = openFace();
  const large = JSON.stringify({ using, methodCalls: [], x: "x".repeat(jmapLimits.maxSizeRequest) });
  const reply = await app.inject({ method: "POST", url: "/jmap/api", payload: large, headers });
  expect(reply.json()).toMatchObject({
    type: "urn:ietf:params:jmap:error:limit",
    limit: "maxSizeRequest",
    status: 413,
  });
  expect(reply.headers["content-type"]).toMatch(/^application\/problem\+json/);
  const file = "x".repeat(jmapLimits.maxSizeUpload + 1);
  expect(await post(app, "/jmap/upload/a", file, "text/plain")).toMatchObject({ limit: "maxSizeUpload", status: 413 });
});

const upload = ["Blob/upload", { accountId: "a", create: { b: { data: [{ "data:asText": "x" }] } } }, "c"];
test.each([
  ["maxConcurrentRequests", "/jmap/api", { using, methodCalls: [upload] }, "application/json"],
  ["maxConcurrentUpload", "/jmap/upload/a", "x", "text/plain"],
] as const)(
  "more at once than %s is that limit by its name, and the others are answered",
  async (limit, url, payload, type) => {
    const gate = Promise.withResolvers<void>();
    const app = openFace(gate.promise);
    const waiting = Array.from({ length: jmapLimits[limit] }, () => post(app, url, payload, type));
    // The one beyond is answered though those before it wait.
    const beyond = await Promise.race([...waiting, post(app, url, payload, type)]);
    expect(beyond).toMatchObject({ type: "urn:ietf:params:jmap:error:limit", limit, status: 429 });
    gate.resolve();
    for (const reply of await Promise.all(waiting)) expect([200, 201]).toContain(reply.status);
  },
);

test("other trouble is told as everywhere", async () => {
  expect(await post(openFace(), "/jmap/upload/nobody", "x", "text/plain")).toMatchObject({
    status: 404,
    code: "mailbox.account_not_found",
  });
});

test("who may listen no longer when his stream begins hears nothing, and it is over at once", async () => {
  const app = openFace(undefined, { endOf: () => AbortSignal.abort() });
  expect(await app.inject({ url: "/jmap/events" })).toMatchObject({ statusCode: 200, body: "" });
});

test("no stream is kept for a client that hung up while it was asked who he is", async () => {
  const isOver = Promise.withResolvers<boolean | undefined>();
  const app = openFace(undefined, {
    clock: { nowMs: () => 0, sleep: async (_ms, signal) => isOver.resolve(signal?.aborted) },
    admit: async ({ raw: { socket } }) => {
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    },
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  await expect(fetch(`${url}/jmap/events`)).rejects.toThrow();
  expect(await isOver.promise).toBe(true);
});
