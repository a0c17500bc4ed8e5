import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { fetchPublicImage } from "./fetch-public-image.ts";

test("a picture on our own machine is not fetched, however it is named", async () => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.setHeader("content-type", "image/png").end("x");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
    expect(await fetchPublicImage(`http://${host}:${port}/a.png`), host).toBeNull();
    expect(await fetchPublicImage(`http://${host}/a.png`), host).toBeNull();
  }
  expect(await fetchPublicImage("file:///etc/passwd")).toBeNull();
  expect(calls).toBe(0);
  server.close();
});
