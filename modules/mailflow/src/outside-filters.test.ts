import { createServer as createHttp, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { systemClock } from "@casaforte/platform/telemetry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clamavScanner, rspamdFilter } from "./outside-filters.ts";

/** rspamd as its protocol describes it: scores by a word in the message. */
let rspamd: HttpServer;
let heard: { headers: Record<string, unknown>; body: string };
/** clamd's INSTREAM: finds a word in what came in chunks. */
let clamd: Server;
const portOf = (server: Server | HttpServer) => (server.address() as { port: number }).port;
beforeAll(async () => {
  rspamd = createHttp((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      heard = { headers: request.headers, body };
      if (request.url !== "/checkv2" || body.includes("BROKEN")) return response.writeHead(500).end();
      const isSpam = body.includes("GTUBE");
      response.end(
        JSON.stringify({ score: isSpam ? 16 : 1, required_score: 15, action: isSpam ? "reject" : "no action" }),
      );
    });
  });
  clamd = createServer((socket) => {
    let seen = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      seen = Buffer.concat([seen, chunk]);
      if (!seen.subarray(0, 10).equals(Buffer.from("zINSTREAM\0"))) return socket.destroy();
      const parts: Buffer[] = [];
      for (let at = 10; at + 4 <= seen.length; ) {
        const length = seen.readUInt32BE(at);
        if (length === 0) {
          const isFound = Buffer.concat(parts).includes("EICAR");
          socket.end(isFound ? "stream: Eicar-Signature FOUND\0" : "stream: OK\0");
          return;
        }
        if (at + 4 + length > seen.length) return;
        parts.push(seen.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
    });
  });
  await Promise.all([rspamd, clamd].map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))));
});
afterAll(() => {
  rspamd?.close();
  clamd?.close();
});

async function* message(text: string) {
  for (const part of [text.slice(0, 5), text.slice(5), ""]) yield Buffer.from(part);
}
const input = (text: string) => ({
  message: message(text),
  remoteAddress: "192.0.2.1",
  helo: "x\r\nEvil: 1",
  sender: "a@b.test",
  recipients: ["c@d.test", "e@f.test"],
  traceId: "t",
});

test("rspamd hears envelope and message, and its action and score come back", async () => {
  const ask = rspamdFilter({ url: `http://127.0.0.1:${portOf(rspamd)}`, password: "q", clock: systemClock });
  expect(await ask(input("Subject: x\r\n\r\nGTUBE"))).toMatchObject({ action: "reject" });
  expect(heard.headers).toMatchObject({ ip: "192.0.2.1", from: "a@b.test", rcpt: "c@d.test, e@f.test", password: "q" });
  expect(heard.headers).not.toHaveProperty("evil");
  expect(heard.body).toBe("Subject: x\r\n\r\nGTUBE");
  const quiet = await ask(input("hello there"));
  expect(quiet.action).toBe("accept");
  expect(quiet.part).toBeLessThan(0.2);
  await expect(ask(input("BROKEN one"))).rejects.toThrow("500");
});

test("clamd gets the message in chunks and names what it finds", async () => {
  const scan = clamavScanner({ host: "127.0.0.1", port: portOf(clamd), clock: systemClock });
  expect(await scan(message("hello there"))).toBeNull();
  expect(await scan(message("xxxEICAR split over chunks"))).toBe("Eicar-Signature");
});

test("a scanner that is away is an error, not a clean message", async () => {
  const closed = createServer();
  await new Promise<void>((done) => closed.listen(0, "127.0.0.1", done));
  const port = portOf(closed);
  await new Promise((done) => closed.close(done));
  await expect(clamavScanner({ host: "127.0.0.1", port, clock: systemClock })(message("x"))).rejects.toThrow();
  await expect(rspamdFilter({ url: `http://127.0.0.1:${port}`, clock: systemClock })(input("x"))).rejects.toThrow();
});
