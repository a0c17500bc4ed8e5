import { randomInt } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createRangeReader } from "./range-reader.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Answers each request with the bytes given, cut into the pieces given; counts connections and keeps requests. */
async function serve(answer: (request: string) => readonly (string | Uint8Array)[], thenEnds = false) {
  const seen = { connections: 0, requests: [] as string[] };
  const server = createServer((socket) => {
    seen.connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", async (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        seen.requests.push(request);
        for (const piece of answer(request)) {
          await new Promise<unknown>((done) => socket.write(piece, done));
          await new Promise((done) => setImmediate(done));
        }
        if (thenEnds) socket.destroy();
      }
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/files/x?y=1` };
}

const headers = { authorization: "Bearer token" };
const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) & 0xff));
const head = (offset: number, length: number, more = "") =>
  `HTTP/1.1 206 Partial Content\r\nContent-Length: ${length}\r\nContent-Range: bytes ${offset}-${offset + length - 1}/${body.length}\r\n${more}\r\n`;

test("ranges arrive whole, however the answer is cut, over one connection kept open", async () => {
  const seed = randomInt(2 ** 31);
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const { url, seen } = await serve((request) => {
    const [, from = "", to = ""] = /range: bytes=(\d+)-(\d+)$/m.exec(request) ?? [];
    const whole = Buffer.concat([
      Buffer.from(head(Number(from), Number(to) - Number(from) + 1)),
      body.subarray(Number(from), Number(to) + 1),
    ]);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < whole.length; ) {
      const length = 1 + next(pieces.length < 4 ? 80 : 40_000);
      pieces.push(whole.subarray(at, at + length));
      at += length;
    }
    return pieces;
  });
  const fill = createRangeReader();
  const shared = new Uint8Array(new SharedArrayBuffer(70_000));
  for (let round = 0; round < 10; round++) {
    const offset = next(body.length - 1);
    const into = shared.subarray(0, 1 + next(Math.min(shared.length, body.length - offset)));
    expect(await fill({ url, headers, offset, into }), `seed ${seed}`).toBe(into.length);
    expect(body.subarray(offset, offset + into.length).equals(into), `seed ${seed}`).toBe(true);
  }
  expect(seen.connections).toBe(1);
  expect(seen.requests[0]).toMatch(
    /^GET \/v1\/files\/x\?y=1 HTTP\/1.1\r\nhost: 127.0.0.1:\d+\r\nauthorization: Bearer token\r\n/,
  );
});

test("an answer that breaks off gives what came of it, and the next request goes over another connection", async () => {
  const { url, seen } = await serve(() => [head(0, 1000), body.subarray(0, 400)], true);
  const fill = createRangeReader();
  const into = new Uint8Array(1000);
  for (const round of [1, 2]) {
    expect(await fill({ url, headers, offset: 0, into })).toBe(400);
    expect(seen.connections).toBe(round);
  }
  expect(body.subarray(0, 400).equals(into.subarray(0, 400))).toBe(true);
});

const length = 1000;
const strange: Readonly<Record<string, string>> = {
  "another status": head(0, length).replace("206", "200"),
  "another range": head(1, length),
  "another length": head(0, length).replace("Content-Length: 1000", "Content-Length: 999"),
  "no length": head(0, length).replace("Content-Length: 1000\r\n", ""),
  "two lengths": head(0, length, "content-length: 1000\r\n"),
  "a chunked body": head(0, length, "Transfer-Encoding: chunked\r\n"),
  "a coded body": head(0, length, "Content-Encoding: gzip\r\n"),
  "a folded line": head(0, length, "X-One: a\r\n b\r\n"),
  "a name with a space": head(0, length, "X One: a\r\n"),
  "another version": head(0, length).replace("HTTP/1.1", "HTTP/1.0"),
  "a head without end": `HTTP/1.1 206 OK\r\n${"x: y\r\n".repeat(20_000)}`,
};

test.each(Object.keys(strange))("%s is left to the ordinary client, with nothing taken from it", async (name) => {
  const { url, seen } = await serve(() => [strange[name] ?? "", body.subarray(0, length)]);
  const fill = createRangeReader();
  const into = new Uint8Array(length);
  expect(await fill({ url, headers, offset: 0, into })).toBe(0);
  expect(into.every((byte) => byte === 0)).toBe(true);
  for (let again = 0; again < 5; again++) await fill({ url, headers, offset: 0, into });
  expect(seen.connections).toBe(3);
});

test("more than was announced ends the connection, and an aborted read ends at once", async () => {
  const { url, seen } = await serve(() => [head(0, 10), body.subarray(0, 10), "and more"]);
  const fill = createRangeReader();
  const into = new Uint8Array(10);
  expect(await fill({ url, headers, offset: 0, into })).toBe(10);
  expect(Buffer.from(into).equals(body.subarray(0, 10))).toBe(true);
  const silent = await serve(() => []);
  const stop = new AbortController();
  const reading = createRangeReader()({ url: silent.url, headers, offset: 0, into, signal: stop.signal });
  stop.abort();
  expect(await reading).toBe(0);
  expect(await createRangeReader()({ url: silent.url, headers, offset: 0, into, signal: stop.signal })).toBe(0);
  expect(seen.requests).toHaveLength(1);
});

test("a vault that is busy, gone or refuses is asked for ranges again", async () => {
  const troubles = [
    "429 Too Many Requests",
    "503 Service Unavailable",
    "404 Not Found\r\nContent-Type: application/problem+json",
  ];
  const { url, seen } = await serve(() => {
    const trouble = troubles[seen.requests.length - 1];
    return trouble === undefined ? [head(0, 10), body.subarray(0, 10)] : [`HTTP/1.1 ${trouble}\r\n\r\n`];
  });
  const fill = createRangeReader();
  const into = new Uint8Array(10);
  for (let again = 0; again < 4; again++)
    expect(await fill({ url: "http://127.0.0.1:1/", headers, offset: 0, into })).toBe(0);
  for (const _ of troubles) expect(await fill({ url, headers, offset: 0, into })).toBe(0);
  expect(await fill({ url, headers, offset: 0, into })).toBe(10);
});

test("a header that would end its line is never sent", async () => {
  const { url, seen } = await serve(() => []);
  const into = new Uint8Array(1);
  expect(await createRangeReader()({ url, headers: { authorization: "a\r\nx: y" }, offset: 0, into })).toBe(0);
  expect(seen.requests).toEqual([]);
});
