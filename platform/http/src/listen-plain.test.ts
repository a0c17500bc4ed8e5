import { request } from "node:http";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenPlain, type PlainListener } from "./listen-plain.ts";

const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
let plain: PlainListener;
beforeAll(async () => {
  plain = await listenPlain({
    ...{ host: "127.0.0.1", port: 0, logger: new MemoryLogger() },
    async answer(name, asked) {
      if (name === "broken.test") throw new Error("the database is away");
      return name === "mail.a.test" && asked === token ? `${token}.thumb` : null;
    },
  });
});
afterAll(() => plain?.close());

function ask(path: string, host: string, method = "GET") {
  const { promise, resolve, reject } = Promise.withResolvers<readonly [number, string, string]>();
  const asking = request({ port: plain.port, host: "127.0.0.1", path, method, headers: { host } }, (response) => {
    let body = "";
    response.on("data", (part) => {
      body += part;
    });
    response.on("end", () => resolve([response.statusCode ?? 0, response.headers.location ?? "", body]));
  });
  asking.on("error", reject);
  asking.end();
  return promise;
}

test("the door without TLS answers challenges at their own host name, and sends the rest to https", async () => {
  const path = `/.well-known/acme-challenge/${token}`;
  expect(await ask(path, "Mail.A.test:80")).toEqual([200, "", `${token}.thumb`]);
  expect(await ask(path, "mail.b.test")).toEqual([404, "", ""]);
  expect(await ask(`${path}/../../x`, "mail.a.test")).toEqual([404, "", ""]);
  expect(await ask(path, "broken.test")).toEqual([503, "", ""]);
  expect(await ask("/a?b=c", "mail.a.test:8080")).toEqual([301, "https://mail.a.test/a?b=c", ""]);
  expect(await ask("//elsewhere.test/", "mail.a.test")).toEqual([301, "https://mail.a.test//elsewhere.test/", ""]);
  expect(await ask("/", "a.test@elsewhere.test")).toEqual([400, "", ""]);
  expect(await ask("http://elsewhere.test/", "mail.a.test")).toEqual([400, "", ""]);
  expect(await ask("/", "mail.a.test", "POST")).toEqual([405, "", ""]);
});
