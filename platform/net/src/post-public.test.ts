import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isPublicHttps, type PublicPostDoor, postPublic } from "./post-public.ts";

const got: { body: string; type: string | undefined }[] = [];
let door: PublicPostDoor;
let close: () => void;

beforeAll(async () => {
  const pem = await generate([{ name: "commonName", value: "push.example.test" }]);
  const server = createServer({ key: pem.private, cert: pem.cert }, async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    got.push({ body, type: request.headers["content-type"] });
    response.writeHead(request.url === "/moved" ? 307 : 201, { location: "https://push.example.test/elsewhere" });
    response.end("x".repeat(100_000));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  door = {
    ca: pem.cert,
    port: (server.address() as AddressInfo).port,
    lookup: (_host, { all }, done) =>
      all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4),
  };
});
afterAll(() => close());

const post = (signal = new AbortController().signal) => ({
  headers: { "content-type": "text/plain" },
  body: Buffer.from("ciao"),
  signal,
});

test("a post reaches its server by the name in its certificate, and a redirect is told, not followed", async () => {
  expect(await postPublic("https://push.example.test/a", post(), door)).toBe(201);
  expect(await postPublic("https://push.example.test/moved", post(), door)).toBe(307);
  expect(got).toEqual(Array(2).fill({ body: "ciao", type: "text/plain" }));
  await expect(postPublic("https://other.example.test/", post(), door)).rejects.toMatchObject({
    code: "net.no_answer",
  });
  const aborted = postPublic("https://push.example.test/a", post(AbortSignal.abort()), door);
  await expect(aborted).rejects.toMatchObject({ code: "net.no_answer" });
});

test("only https to the open web is posted to: nothing inside, no other port, no password", async () => {
  for (const url of [
    "http://push.example.test/",
    "https://push.example.test:8443/",
    "https://user:word@push.example.test/",
    "https://10.0.0.1/",
    "https://[::1]/",
    "https://2130706433/",
    "https://localhost/",
    "ftp://push.example.test/",
    "no address",
  ]) {
    expect(isPublicHttps(url), url).toBe(false);
    expect(() => postPublic(url, post()), url).toThrow("public internet");
  }
  expect(isPublicHttps("https://push.example.test/send?x=1")).toBe(true);
});
