import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { dnsAddresses, inNetworks, inServers, isPublicAddress, resolvePublicAddress } from "./public-address.ts";

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

test("a host that a customer names leads to no address of ours, however it is written", async () => {
  for (const host of [
    "127.0.0.1",
    "localhost",
    "a.localhost.",
    "::1",
    "0x7f.1",
    "2130706433",
    "127.1",
    "169.254.169.254",
    "intranet",
  ])
    await expect(resolvePublicAddress(host), host).rejects.toMatchObject({ code: "net.not_public" });
  expect(await resolvePublicAddress("8.8.8.8")).toBe("8.8.8.8");
  const isAlsoTaken = inNetworks(["10.1.0.0/16", "192.168.7.7", "fd00::/8"]);
  for (const host of ["10.1.255.1", "192.168.7.7", "fd12::1"])
    expect(await resolvePublicAddress(host, { isAlsoTaken }), host).toBe(host);
  const isServer = inServers(["10.1.0.0/16", "192.168.7.7:1993", "[fd00::7]:1993"], [143, 993]);
  const asked = ["10.1.0.7:993", "10.1.0.7:5432", "192.168.7.7:1993", "192.168.7.7:993", "192.168.7.8:1993"];
  expect(asked.filter((each) => isServer(each.split(":")[0] ?? "", Number(each.split(":")[1])))).toEqual([
    "10.1.0.7:993",
    "192.168.7.7:1993",
  ]);
  expect([isServer("fd00::7", 1993), isServer("fd00::7", 993)]).toEqual([true, false]);
  for (const host of ["10.2.0.1", "192.168.7.8", "127.0.0.1", "::1", "localhost", "intranet"])
    await expect(resolvePublicAddress(host, { isAlsoTaken }), host).rejects.toMatchObject({ code: "net.not_public" });
});

test("a name server that says nothing is asked over a socket, and waited for no longer than the caller does", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const [asked, waiting] = [once(silent, "message"), new AbortController()];
  const found = resolvePublicAddress("silent.example.org", {
    find: dnsAddresses([`127.0.0.1:${silent.address().port}`]),
    signal: waiting.signal,
  });
  await asked;
  waiting.abort();
  await expect(found).rejects.toMatchObject({ code: "net.no_such_host", cause: { code: "ECANCELLED" } });
  silent.close();
});
