import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { Failure } from "@casaforte/kernel";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { generate } from "selfsigned";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createFace, type Face, serveWebApp } from "./index.ts";

let app: Face | undefined;
const logger = new MemoryLogger();
const clock = new FakeClock();
function face(): Face {
  app = createFace({ name: "console", logger, clock, random: new SeededRandom(1), contentSecurityPolicy: "console" });
  app.post(
    "/api/echo",
    {
      schema: { body: z.strictObject({ text: z.string().max(5) }), response: { 200: z.object({ text: z.string() }) } },
    },
    async (request) => ({ ...request.body, secret: "x" }),
  );
  app.post("/api/late", async () => {
    throw new Failure("rate_limited", "identity.too_many_attempts", "too many attempts", {
      details: { retryAtMs: clock.nowMs() + 30_000 },
    });
  });
  app.post("/api/bare", async () => ({}));
  app.get("/api/bug", async () => {
    throw new TypeError("secret internals");
  });
  return app;
}
afterEach(async () => {
  await app?.close();
  app = undefined;
});

test("an unknown field is refused with its path and an undeclared answer field is stripped", async () => {
  const refused = await face().inject({ method: "POST", url: "/api/echo", payload: { text: "a", extra: 1 } });
  expect(refused.statusCode).toBe(422);
  expect(refused.json()).toMatchObject({ code: "http.validation" });
  const answered = await app?.inject({ method: "POST", url: "/api/echo", payload: { text: "a" } });
  expect(answered?.json()).toEqual({ text: "a" });
});

test("a body of more fields than any request has is refused before it is parsed", async () => {
  const fields = (count: number) => `{"text":"a","more":{${Array.from({ length: count }, (_, n) => `"f${n}" :1`)}`;
  for (const [payload, named] of [
    [`${fields(10)}}}`, true],
    [`${fields(10_001)} not even JSON`, false],
  ] as const) {
    const headers = { "content-type": "application/json" };
    const refused = await (app ?? face()).inject({ method: "POST", url: "/api/echo", payload, headers });
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({ code: "http.validation" });
    expect(Object.hasOwn(refused.json(), "fields")).toBe(named);
  }
});

test("R101: a web app serves on with its own files while an upgrade replaces them", async () => {
  const dist = await mkdtemp(join(tmpdir(), "cf-web-"));
  await mkdir(join(dist, "assets"));
  await writeFile(join(dist, "index.html"), '<script src="/assets/app-1.js" nonce="__CSP_NONCE__">');
  await writeFile(join(dist, "assets", "app-1.js"), "run()");
  await writeFile(join(dist, ".sources"), "of the build");
  await serveWebApp(face(), dist);
  await rm(dist, { recursive: true });
  const get = (url: string, headers: Record<string, string> = {}) => app?.inject({ url, headers });
  const page = await get("/devices", { accept: "text/html" });
  expect(page?.body).toMatch(/^<script src="\/assets\/app-1\.js" nonce="(?!__)/);
  expect(page?.headers["cache-control"]).toBe("no-store");
  const script = await get("/assets/app-1.js");
  expect(script?.body).toBe("run()");
  expect(script?.headers).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
  });
  const etag = String(script?.headers["etag"]);
  expect((await get("/assets/app-1.js", { "if-none-match": etag }))?.statusCode).toBe(304);
  for (const absent of ["/assets/app-2.js", "/.sources", "/index.html", "/assets/..%2f.sources"])
    expect((await get(absent))?.statusCode, absent).toBe(404);
});

test("a state change from another site's page is refused", async () => {
  const attempt = (headers: Record<string, string>) =>
    (app ?? face()).inject({ method: "POST", url: "/api/echo", payload: { text: "a" }, headers });
  expect((await attempt({ origin: "https://evil.example" })).statusCode).toBe(403);
  expect((await attempt({ "sec-fetch-site": "same-site" })).statusCode).toBe(403);
  expect((await attempt({ cookie: "a=b" })).statusCode).toBe(403);
  expect((await attempt({ cookie: "a=b", origin: "http://localhost:80", host: "localhost:80" })).statusCode).toBe(200);
});

describe("a face that is open to other sites", () => {
  const origin = "https://elsewhere.example";
  async function open() {
    const options = { name: "jmap", logger, clock, random: new SeededRandom(1), contentSecurityPolicy: "api" } as const;
    app = createFace({ ...options, isOpenToOtherSites: true });
    app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, _body, done) => done(null));
    app.post("/jmap/act", async () => ({ done: true }));
    return app;
  }

  test("says to a browser that asks what a page may send, and never that it may send what the browser keeps", async () => {
    const asked = await (await open()).inject({
      method: "OPTIONS",
      url: "/jmap/act",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": expect.stringContaining("authorization"),
    });
    for (const reply of [asked, await app?.inject({ method: "GET", url: "/nothing", headers: { origin } })]) {
      expect(reply?.headers["access-control-allow-origin"]).toBe("*");
      expect(reply?.headers["access-control-allow-credentials"]).toBeUndefined();
    }
  });

  test("does for another site what its page had to ask for, and nothing that a browser sends unasked", async () => {
    const face = await open();
    const act = (headers: Record<string, string>) =>
      face.inject({ method: "POST", url: "/jmap/act", headers, payload: Buffer.from("{}") });
    for (const type of ["application/json", "application/octet-stream"])
      for (const marks of [{ origin }, { origin, "sec-fetch-site": "cross-site" }])
        expect((await act({ ...marks, "content-type": type })).statusCode).toBe(200);
    const unasked = ["text/plain", " Text/Plain;charset=utf-8", "multipart/form-data; boundary=x", ""];
    for (const type of [...unasked, "application/x-www-form-urlencoded"])
      for (const marks of [{ origin }, { "sec-fetch-site": "cross-site" }, { cookie: "a=b" }]) {
        const reply = await act({ ...marks, "content-type": type });
        expect([type, reply.statusCode, reply.json().code]).toEqual([type, 403, "http.cross_site"]);
      }
  });

  test("no other face tells a page of another site anything", async () => {
    const headers = { origin, "access-control-request-method": "POST" };
    const asked = await face().inject({ method: "OPTIONS", url: "/api/echo", headers });
    expect(asked.statusCode).toBe(404);
    expect(asked.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

test("a form-encoded body is refused", async () => {
  const reply = await face().inject({
    method: "POST",
    url: "/api/echo",
    payload: "text=a",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  expect(reply.statusCode).toBe(415);
});

test("plain text, which any page may send, is refused, and so are fields that a route never asked for", async () => {
  const text = { "content-type": "text/plain" };
  const plain = await face().inject({ method: "POST", url: "/api/echo", payload: '{"text":"a"}', headers: text });
  expect(plain.statusCode).toBe(415);
  const bare = (payload?: object) => app?.inject({ method: "POST", url: "/api/bare", ...(payload ? { payload } : {}) });
  expect((await bare())?.statusCode).toBe(200);
  expect((await bare({}))?.statusCode).toBe(200);
  expect((await bare({ isAdmin: true }))?.statusCode).toBe(422);
});

test("a rate limit says when to come back", async () => {
  const reply = await face().inject({ method: "POST", url: "/api/late" });
  expect(reply.statusCode).toBe(429);
  expect(reply.headers["retry-after"]).toBe("30");
});

test("a bug is logged in full and told as a request id only", async () => {
  const reply = await face().inject({ method: "GET", url: "/api/bug" });
  expect(reply.statusCode).toBe(500);
  expect(reply.body).not.toContain("secret internals");
  expect(
    logger.events.some(
      (event) => event.event === "http.failed" && event.fields["requestId"] === reply.json().requestId,
    ),
  ).toBe(true);
});

test("every answer carries the security headers", async () => {
  const reply = await face().inject({ method: "GET", url: "/api/none" });
  expect(reply.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(reply.headers["content-security-policy"]).toMatch(/style-src 'self' 'nonce-[\w-]{22}'/);
  expect(reply.headers["x-content-type-options"]).toBe("nosniff");
  expect(reply.headers["cache-control"]).toBe("no-store");
});

test("R11: over TLS, from 1.2 on, a browser is told to stay with it; without TLS it is not", async () => {
  const plain = await face().inject({ method: "GET", url: "/healthz" });
  expect(plain.statusCode).toBe(200);
  expect(plain.headers).not.toHaveProperty("strict-transport-security");
  const pem = await generate([{ name: "commonName", value: "localhost" }]);
  const options = { name: "console", logger, clock, random: new SeededRandom(1) } as const;
  await app?.close();
  app = createFace({ ...options, contentSecurityPolicy: "console", tls: { key: pem.private, cert: pem.cert } });
  const sealed = await app.inject({ method: "GET", url: "/healthz" });
  expect(sealed.headers["strict-transport-security"]).toMatch(/^max-age=63072000\b/);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const port = app.server.address() as AddressInfo;
  const greet = (maxVersion: "TLSv1.1" | "TLSv1.2") =>
    new Promise<string | null>((resolve, reject) => {
      const versions = { minVersion: "TLSv1", maxVersion, ciphers: "DEFAULT@SECLEVEL=0" } as const;
      const socket = connect({ port: port.port, host: "127.0.0.1", rejectUnauthorized: false, ...versions }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on("error", reject);
    });
  await expect(greet("TLSv1.1")).rejects.toThrow();
  expect(await greet("TLSv1.2")).toBe("TLSv1.2");
});

test("a face for big bodies over slow lines waits longer for a request", async () => {
  const options = { name: "vault", logger, clock, random: new SeededRandom(1), contentSecurityPolicy: "api" } as const;
  app = createFace({ ...options, requestTimeoutMs: 600_000 });
  expect(app.server.requestTimeout).toBe(600_000);
  await app.close();
  expect(face().server.requestTimeout).toBe(120_000);
});
