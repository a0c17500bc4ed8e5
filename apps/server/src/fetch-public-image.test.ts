import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { fetchPublicImage, isPublicAddress } from "./fetch-public-image.ts";

test("only addresses of the public internet are public", () => {
  for (const address of ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888"]) {
    expect(isPublicAddress(address), address).toBe(true);
  }
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fe80::1",
    "fd00::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "localhost",
    "",
  ]) {
    expect(isPublicAddress(address), address).toBe(false);
  }
});

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
