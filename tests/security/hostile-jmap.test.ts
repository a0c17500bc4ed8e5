import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/until.test-support.ts";
import {
  deep,
  endpoints,
  insides,
  letters,
  mebibyte,
  memory,
  product,
  rssOf,
  sessions,
} from "./hostile.test-support.ts";

/*
 * JMAP's own listener for programs: what strangers and a person's own bad program send there.
 */

let authorization: string;
let accountId: string;
const growthBytesMax = 300 * mebibyte;

beforeAll(async () => {
  const [box] = endpoints.demo.mailAccounts;
  const wish = { name: "Hostile", protocols: ["jmap"], expiresAt: null };
  const made = await sessions.webmail?.ask<{ secret: string }>("POST", "/api/auth/app-passwords", wish);
  authorization = `Basic ${btoa(`${box?.address}:${made?.secret}`)}`;
  const session = await (await fetch(`${endpoints.jmap}/jmap/session`, { headers: { authorization } })).json();
  accountId = session.primaryAccounts["urn:ietf:params:jmap:mail"];
  expect(accountId).toMatch(/^[0-9a-f-]{36}$/);
});

interface Heard {
  readonly status: number;
  readonly text: string;
  readonly isClosed: boolean;
}

/** Bytes as they are; hears until the answer has a status and its connection ends or `quietMs` have passed. */
async function say(pieces: Iterable<string | Buffer>, quietMs = 3_000): Promise<Heard> {
  const socket = open();
  let text = "";
  let isClosed = false;
  socket.on("data", (chunk) => {
    if (text.length < mebibyte) text += chunk.toString("latin1");
  });
  const closed = new Promise<void>((resolve) =>
    socket.on("close", () => {
      isClosed = true;
      resolve();
    }),
  );
  for (const piece of pieces) {
    if (isClosed) break;
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, quietMs))]);
  socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text, isClosed };
}

function open(): Socket {
  const { hostname, port } = new URL(endpoints.jmap);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  return socket;
}

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${endpoints.jmap}${path}`, { ...init, headers: { authorization, ...init.headers } });
const call = (body: string, headers: Record<string, string> = {}) =>
  ask("/jmap/api", { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

async function assertServes(): Promise<void> {
  const startedMs = Date.now();
  expect((await ask("/jmap/session")).status).toBe(200);
  expect(Date.now() - startedMs).toBeLessThan(5_000);
}

const using = '"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"]';
const request = (calls: string) => `{${using},"methodCalls":${calls}}`;
const bodies: Record<string, () => string> = {
  "nothing at all": () => "",
  null: () => "null",
  "half a body": () => '{"using":[',
  "a body that would change every object": () => '{"__proto__":{"isAdmin":true}}',
  "100,000 levels": () => deep(100_000),
  "100,000 levels of objects": () => `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  "half a million fields": () => `{${Array.from({ length: 500_000 }, (_, n) => `"f${n}":1`)}}`,
  "11 MB": () => JSON.stringify({ using: ["a".repeat(11_000_000)] }),
  "5,000 calls": () => request(`[${Array.from({ length: 5_000 }, (_, n) => `["Core/echo",{},"${n}"]`)}]`),
  "a filter of 5,000 levels": () => {
    const filter = `${'{"operator":"NOT","conditions":['.repeat(5_000)}{"text":"x"}${"]}".repeat(5_000)}`;
    return request(`[["Email/query",{"accountId":"${accountId}","filter":${filter}},"a"]]`);
  },
  "references that end nowhere": () =>
    request(
      `[["Email/get",{"accountId":"${accountId}","#ids":{"resultOf":"a","name":"Email/get","path":"${"/*".repeat(50_000)}"}},"a"]]`,
    ),
  "names of 100 kB": () => request(`[["${letters}",{"accountId":"${letters}"},"${letters}"]]`),
};

describe("bodies", () => {
  test.each(Object.keys(bodies))("R59: %s is refused with a type, and at once", async (name) => {
    const body = bodies[name]?.() ?? "";
    const startedMs = Date.now();
    const reply = await call(body);
    const text = await reply.text();
    expect(reply.status, text.slice(0, 300)).toBeLessThan(500);
    expect(text).not.toMatch(insides);
    expect(text).toMatch(/"(type|code)":"/);
    expect(text.length).toBeLessThan(mebibyte);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
  });

  test("R59: of who is not let in no body is kept, however much comes and however often", async () => {
    const before = rssOf(product.pid);
    for (let n = 0; n < 40; n++) {
      const reply = await call(" ".repeat(9_000_000), { authorization: "Basic eDp5" });
      expect([reply.status, (await reply.json()).code]).toEqual([401, expect.stringMatching(/^identity\./)]);
    }
    // Of 343 MiB.
    expect(rssOf(product.pid) - before).toBeLessThan(200 * mebibyte);
  });

  test("R59: an upload without an end is cut at the most that one may have, and nothing of it is kept", async () => {
    const head = `POST /jmap/upload/${accountId} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;
    const piece = Buffer.alloc(mebibyte, "a");
    function* endless() {
      yield `${head}content-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n`;
      for (let n = 0; n < 200; n++) {
        yield `${mebibyte.toString(16)}\r\n`;
        yield piece;
        yield "\r\n";
      }
    }
    const { status, text } = await say(endless());
    expect([status, text.includes("maxSizeUpload")]).toEqual([413, true]);
    const told = await say([`${head}content-type: image/png\r\ncontent-length: 99999999999\r\n\r\n`], 8_000);
    expect([told.status, told.text.includes("maxSizeUpload")]).toEqual([413, true]);
  }, 60_000);
});

describe("heads", () => {
  const good = () => `GET /jmap/session HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;

  test.each([
    ["a header of 1 MiB", () => [`${good()}x: `, Buffer.alloc(mebibyte, "a"), "\r\n\r\n"]],
    ["100,000 headers", () => [good(), "a: b\r\n".repeat(100_000), "\r\n"]],
    ["an address of 1 MiB", () => ["GET /jmap/", Buffer.alloc(mebibyte, "a"), " HTTP/1.1\r\nhost: x\r\n\r\n"]],
    ["a NUL in a header", () => [`${good()}x: a\0b\r\n\r\n`]],
    ["a header in two lines", () => [`${good()}x: a\r\n b\r\nx : c\r\n\r\n`]],
    ["a length below nothing", () => [`${good()}content-length: -1\r\n\r\n`]],
    ["two lengths", () => [`${good()}content-length: 1\r\ncontent-length: 2\r\n\r\n`]],
    [
      "a length and pieces, which a proxy reads otherwise",
      () => [
        `${good().replace("GET", "POST")}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`,
      ],
    ],
    ["no HTTP", () => [Buffer.from("1603010200010001fc0303", "hex"), "\r\n\r\n"]],
    ["a made-up method", () => [good().replace("GET", "BREW"), "\r\n"]],
  ] as const)("R59: %s is refused and the connection ends", async (_what, pieces) => {
    const { status, text, isClosed } = await say(pieces());
    expect(isClosed).toBe(true);
    expect(status === 0 || (status >= 400 && status < 500), text.slice(0, 200)).toBe(true);
    expect(text).not.toMatch(insides);
    expect(text).not.toContain("primaryAccounts");
  });

  test("R59: hundreds that say their head a letter at a time keep nobody else waiting", async () => {
    const slow = Array.from({ length: 400 }, open);
    await Promise.all(slow.map((socket) => new Promise<void>((resolve) => socket.once("connect", () => resolve()))));
    for (const socket of slow) socket.write("POST /jmap/api HTTP/1.1\r\nx-");
    for (let n = 0; n < 5; n++) {
      for (const socket of slow) socket.write("a");
      await assertServes();
    }
    for (const socket of slow) socket.destroy();
  });
});

test.each(["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])("R59: %s does nothing anywhere", async (method) => {
  for (const path of ["/jmap/api", "/jmap/session", "/jmap/events", `/jmap/upload/${accountId}`]) {
    if (method === "HEAD" && path !== "/jmap/api" && !path.startsWith("/jmap/upload")) continue;
    const reply = await ask(path, { method });
    expect([method, path, reply.status]).toEqual([method, path, 404]);
    expect(await reply.text()).not.toMatch(insides);
  }
});

test("R59: one account listens so often and no more, keeps nobody from asking, and its places come back", async () => {
  const stop = new AbortController();
  const path = "/jmap/events?types=*&closeafter=no&ping=0";
  const replies = await Promise.all(Array.from({ length: 120 }, () => ask(path, { signal: stop.signal })));
  const count = (status: number) => replies.filter((reply) => reply.status === status).length;
  expect([count(200), count(429)]).toEqual([50, 70]);
  await assertServes();
  stop.abort();
  await until("a place to listen", async () => {
    const once = new AbortController();
    const { status } = await ask(path, { signal: once.signal });
    once.abort();
    return status === 200;
  });
});

test("R59: after all of this it serves on, its memory is bounded, and no bug was logged", async () => {
  await assertServes();
  await until("memory to come back", () => rssOf(product.pid) - memory.atStart < growthBytesMax);
  const log = await readFile(join(product.directory, "casaforte.log"), "utf8");
  expect(log.split("\n").filter((line) => /"http.failed"|jmap.server_fail|uncaught|unhandled/.test(line))).toEqual([]);
}, 60_000);
