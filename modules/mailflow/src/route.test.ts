import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isInsideAddress } from "./inside-address.ts";
import { mailflowLimits } from "./limits.ts";
import { retryWaitMs } from "./retry-schedule.ts";
import { routeOf } from "./route.ts";
import { resultOfReply } from "./send-result.ts";
import type { LocalAddresses } from "./services.ts";
import { restoreSender, rewriteSender } from "./srs.ts";

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "169.254.169.254",
  "192.168.1.1",
  "::1",
  "::ffff:127.0.0.1",
  "fe80::1",
  "fd00::1",
  "not an address",
])("%s is inside: no stranger's MX leads there", (address) => expect(isInsideAddress(address)).toBe(true));
test.each(["192.0.2.1", "8.8.8.8", "2001:db8::1"])("%s is outside", (address) => {
  expect(isInsideAddress(address)).toBe(false);
});

test("an MX that names an inside address fails for good, and is never dialled", async () => {
  const route = await routeOf("evil.test", {
    kind: "mx",
    resolver: {
      resolveMx: async () => [{ exchange: "mx.evil.test", priority: 1 }],
      resolveAddresses: async () => ["169.254.169.254", "127.0.0.1"],
    },
  });
  expect(route).toMatchObject({ kind: "nowhere", result: { kind: "failed", status: "5.4.4" } });
});

test("mail goes only where an address of the kind that it leaves from can reach, and waits where none can", async () => {
  const addresses: Record<string, string[]> = {
    "both.test": ["2001:db8::1", "2001:db8::2", "192.0.2.1"],
    "six.test": ["2001:db8::3"],
  };
  const to = (from: LocalAddresses | undefined, ...hosts: string[]) =>
    routeOf("far.test", {
      kind: "mx",
      ...(from && { from }),
      resolver: {
        resolveMx: async () => hosts.map((exchange, priority) => ({ exchange, priority })),
        resolveAddresses: async (host) => addresses[host] ?? [],
      },
    });
  const pairs = async (...input: Parameters<typeof to>) => {
    const route = await to(...input);
    return route.kind === "to"
      ? route.destinations.map(({ host, localAddress }) => [host, localAddress])
      : route.result;
  };
  const ipv4 = "192.0.2.25";
  const ipv6 = "2001:db8::25";
  expect(await pairs({ ipv4 }, "both.test", "six.test")).toEqual([["192.0.2.1", ipv4]]);
  expect(await pairs({ ipv4, ipv6 }, "six.test", "both.test")).toEqual([
    ["2001:db8::3", ipv6],
    ["2001:db8::1", ipv6],
    ["2001:db8::2", ipv6],
  ]);
  expect(await pairs(undefined, "six.test")).toEqual([["2001:db8::3", undefined]]);
  expect(await pairs({ ipv4 }, "six.test")).toMatchObject({ kind: "deferred" });
  const relay = (host: string, from: LocalAddresses) =>
    routeOf("far.test", { kind: "smarthost", host, port: 25, from });
  expect(await relay("relay.test", { ipv6 })).toMatchObject({ destinations: [{ localAddress: ipv6 }] });
  expect(await relay("2001:db8::4", { ipv4, ipv6 })).toMatchObject({ destinations: [{ localAddress: ipv6 }] });
  expect(await relay("2001:db8::4", { ipv4 })).toMatchObject({ kind: "nowhere", result: { kind: "deferred" } });
});

test("waits double from five minutes to four hours, with at most a quarter of jitter", () => {
  const random = new SeededRandom(1);
  for (let attempts = 1; attempts < 60; attempts++) {
    const base = Math.min(mailflowLimits.retryMaxMs, mailflowLimits.retryFirstMs * 2 ** (attempts - 1));
    const wait = retryWaitMs(attempts, random);
    expect(wait).toBeGreaterThanOrEqual(base);
    expect(wait).toBeLessThanOrEqual(base * 1.25);
  }
});

test("only a 5xx reply is for good", () => {
  expect(resultOfReply(550, "550 5.7.1 no").kind).toBe("failed");
  expect(resultOfReply(450, "450 later").kind).toBe("deferred");
  expect(resultOfReply(undefined, "reset").kind).toBe("deferred");
});

const key = new Uint8Array(32).fill(1);
const now = Date.UTC(2026, 5, 1);
const local = fc.stringMatching(/^[A-Za-z0-9.+=_-]{1,20}$/);
test("a rewritten sender leads back, for three weeks, under the same key and unchanged", () => {
  fc.assert(
    fc.property(local, (name) => {
      const rewritten = rewriteSender(`${name}@far.test`, "casa.test", key, now);
      expect(rewritten.endsWith("@casa.test")).toBe(true);
      expect(restoreSender(rewritten, key, now)).toBe(`${name}@far.test`);
      expect(restoreSender(rewritten.toLowerCase(), key, now)).toBe(`${name.toLowerCase()}@far.test`);
      expect(restoreSender(rewritten, key, now + 22 * 24 * 3_600_000)).toBeNull();
      expect(restoreSender(rewritten, new Uint8Array(32), now)).toBeNull();
      expect(restoreSender(rewritten.replace("=far.test=", "=fat.test="), key, now)).toBeNull();
    }),
  );
  // Of two forwards one after the other the second leads straight back, and fits.
  const twice = rewriteSender(rewriteSender("writer@elsewhere.test", "casa.test", key, now), "other.test", key, now);
  expect(twice).toMatch(/@other\.test$/);
  expect(restoreSender(twice, key, now)).toBe("writer@elsewhere.test");
  expect(rewriteSender("", "casa.test", key, now)).toBe("");
  expect(rewriteSender(`${"x".repeat(60)}@far.test`, "casa.test", key, now)).toBe("");
});
