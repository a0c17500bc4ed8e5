import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { clientNetwork } from "@casaforte/kernel/addresses";
import { listAudit } from "@casaforte/modules/audit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isTrusted } from "./address-prefix.ts";
import { caller, goodPassword, type IdentityBench, startIdentityBench } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { createPasswordHasher } from "./password-hasher.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const attempt = (login: string, password: string, ip: string, deviceCookie: string | null = null) =>
  bench.identity.signIn({ realm: "user", login, password, ...caller, ip, deviceCookie }).then(
    () => "signed in",
    (error: { code: string }) => error.code,
  );
const count = (codes: readonly string[], code: string) => codes.filter((found) => found === code).length;

describe("the brake (R59)", () => {
  test("R59: sixty parallel tries on one account let exactly ten through, from one address or from sixty", async () => {
    await bench.newPerson(tenantId, "one@example.test");
    await bench.newPerson(tenantId, "many@example.test");
    const one = await Promise.all(
      Array.from({ length: 60 }, (_, n) => attempt("one@example.test", `wrong ${n}`, "198.51.100.1")),
    );
    expect(count(one, "identity.bad_credentials")).toBe(10);
    expect(count(one, "identity.too_many_attempts")).toBe(50);
    const many = await Promise.all(
      Array.from({ length: 60 }, (_, n) => attempt("many@example.test", `wrong ${n}`, `203.0.113.${n}`)),
    );
    expect(count(many, "identity.bad_credentials")).toBe(10);
  });

  test("R59: the delay doubles up to its cap and never becomes a lockout", async () => {
    const login = "delay@example.test";
    await bench.newPerson(tenantId, login);
    for (let n = 0; n < 10; n++) await attempt(login, `wrong ${n}`, "198.51.100.2");
    const waits: number[] = [];
    for (let n = 10; n < 20; n++) {
      const error = await bench.identity
        .signIn({ realm: "user", login, password: `wrong ${n}`, ...caller, ip: "198.51.100.2" })
        .catch((caught) => caught);
      expect(error).toMatchObject({ kind: "rate_limited" });
      const waitMs = error.details.retryAtMs - bench.clock.nowMs();
      waits.push(waitMs);
      await bench.clock.advance(waitMs + 1);
      expect(await attempt(login, `wrong ${n}`, "198.51.100.2")).toBe("identity.bad_credentials");
    }
    expect(waits.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
    expect(waits.at(-1)).toBe(identityLimits.brakeCapMs);
    await bench.clock.advance(identityLimits.brakeCapMs + 1);
    expect(await attempt(login, goodPassword, "198.51.100.2")).toBe("signed in");
  });

  test("R59: an operator lets a held login try again at once, and the release stands in the log", async () => {
    const login = "held@example.test";
    const principalId = await bench.newPerson(tenantId, login);
    for (let n = 0; n < 10; n++) await attempt(login, `wrong ${n}`, `203.0.113.${n}`);
    expect(await attempt(login, goodPassword, "198.51.100.3")).toBe("identity.too_many_attempts");
    const actor = { kind: "operator", principalId, roles: ["security"], ip: "192.0.2.1" } as const;
    await bench.identity.releaseBrake(actor, { realm: "user", login: login.toUpperCase() });
    expect(await attempt(login, goodPassword, "198.51.100.3")).toBe("signed in");
    const { entries } = await bench.database.db.operator((tx) =>
      listAudit(tx, { tenantId: providerTenantId, action: "identity.brake_released", count: 5 }),
    );
    expect(entries).toMatchObject([{ actorId: principalId, details: { realm: "user", login: login.toUpperCase() } }]);
    const told = await bench.database.db.operator((tx) =>
      listAudit(tx, { tenantId, action: "identity.brake_released", count: 5 }),
    );
    expect(told.entries).toMatchObject([{ actorId: principalId }]);
    // Three a day: no series of releases takes the brake off a login.
    const release = () => bench.identity.releaseBrake(actor, { realm: "user", login });
    await release();
    await release();
    await expect(release()).rejects.toMatchObject({ code: "identity.too_many_attempts" });
  });

  test("R59: strangers cannot shut out a browser or an address that signed in before", async () => {
    const login = "owner@example.test";
    await bench.newPerson(tenantId, login);
    const first = await bench.identity.signIn({
      realm: "user",
      login,
      password: goodPassword,
      ...caller,
      ip: "192.0.2.77",
    });
    if (first.step !== "signed_in") throw new Error("expected a session");
    await Promise.all(Array.from({ length: 30 }, (_, n) => attempt(login, `wrong ${n}`, `203.0.113.${100 + n}`)));
    expect(await attempt(login, goodPassword, "203.0.113.200")).toBe("identity.too_many_attempts");
    expect(await attempt(login, goodPassword, "192.0.2.77")).toBe("signed in");
    expect(await attempt(login, goodPassword, "203.0.113.201", first.deviceCookie)).toBe("signed in");
    expect(await attempt(login, goodPassword, "203.0.113.202", `${first.deviceCookie.slice(0, -3)}AAA`)).toBe(
      "identity.too_many_attempts",
    );
    const other = await bench.newPerson(tenantId, "other@example.test").then(() => first.deviceCookie);
    for (let n = 0; n < 10; n++) await attempt("other@example.test", `wrong ${n}`, "203.0.113.203");
    expect(await attempt("other@example.test", goodPassword, "203.0.113.203", other)).toBe(
      "identity.too_many_attempts",
    );
  });

  test("R59: a known device has an allowance of its own, and it is an allowance", async () => {
    const login = "known@example.test";
    await bench.newPerson(tenantId, login);
    await attempt(login, goodPassword, "192.0.2.78");
    const codes = await Promise.all(Array.from({ length: 30 }, (_, n) => attempt(login, `wrong ${n}`, "192.0.2.78")));
    expect(count(codes, "identity.bad_credentials")).toBe(10);
  });

  test("R59: the same wrong password over and over counts once", async () => {
    const login = "phone@example.test";
    await bench.newPerson(tenantId, login);
    for (let n = 0; n < 40; n++)
      expect(await attempt(login, "last year's password", "192.0.2.79")).toBe("identity.bad_credentials");
    expect(await attempt(login, goodPassword, "192.0.2.79")).toBe("signed in");
  });

  test("R59: one address that tries many accounts is slowed, a trusted proxy never", async () => {
    const trusting = bench.another({ brake: { trustedAddresses: ["192.0.2.128/25", "::1"] } });
    const codes: string[] = [];
    for (let n = 0; n < 70; n++) codes.push(await attempt(`victim${n}@example.test`, "spring 2026", "198.51.100.9"));
    expect(count(codes, "identity.bad_credentials")).toBe(identityLimits.brakePrefixFreeTries);
    for (let n = 0; n < 70; n++)
      await expect(
        trusting.signIn({
          realm: "user",
          login: `proxied${n}@example.test`,
          password: "spring 2026",
          ...caller,
          ip: "192.0.2.200",
        }),
      ).rejects.toMatchObject({ code: "identity.bad_credentials" });
  });

  test("R59: IPv4 clients behind a balancer of both families are counted each alone", async () => {
    const codes: string[] = [];
    for (let n = 1; n <= 70; n++)
      codes.push(await attempt(`mapped${n}@example.test`, "spring 2026", `0:0:0:0:0:ffff:c612:${n.toString(16)}`));
    expect(count(codes, "identity.bad_credentials")).toBe(70);
  });

  test("R59: right passwords cost nothing: an office behind one address signs in all day", async () => {
    await bench.newPerson(tenantId, "office@example.test");
    for (let n = 0; n < 80; n++)
      expect(await attempt("office@example.test", goodPassword, "198.51.100.30")).toBe("signed in");
  });

  test("R59: a login that does not exist is braked like one that does", async () => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => attempt("ghost@example.test", `wrong ${n}`, "198.51.100.31")),
    );
    expect(count(codes, "identity.bad_credentials")).toBe(10);
  });
});

test("R59: of a flood of sign-ins as many wait for their hash as may, the next are told so at once, and it passes", async () => {
  const hasher = createPasswordHasher({ memoryKiB: 1024, passes: 1, atOnce: 1, queueMax: 3 });
  const flood = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => hasher.hash(`password ${n}`)));
  const busy = { status: "rejected", reason: expect.objectContaining({ kind: "unavailable", code: "identity.busy" }) };
  const made = { status: "fulfilled", value: expect.stringMatching(/^\$argon2id\$/) };
  expect(flood).toEqual([made, made, made, made, busy, busy]);
  expect(await hasher.verify(await hasher.hash("again"), "again")).toBe(true);
});

describe("address prefixes", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:c000:201", "192.0.2.1"],
    ["2001:DB8:1:2::A", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["unix", "unix"],
  ])("of %s is %s", (ip, prefix) => expect(clientNetwork(ip)).toBe(prefix));

  test("a mapped IPv4 address is trusted as the IPv4 address", () => {
    for (const ip of ["::ffff:127.0.0.1", "::FFFF:7F00:1", "0:0:0:0:0:ffff:7f00:1"])
      expect(isTrusted(ip, ["127.0.0.0/8"]), ip).toBe(true);
    expect(isTrusted("128.0.0.1", ["127.0.0.0/8"])).toBe(false);
    expect(isTrusted("::1", ["127.0.0.0/8"])).toBe(false);
  });
});
