import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { setTenantPolicy } from "@casaforte/modules/tenancy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromBase32 } from "./base32.test-support.ts";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { TestPasskey } from "./passkey.test-support.ts";
import { hotp, matchTotp, totpStep } from "./totp.ts";
import type { Realm, Session } from "./types.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const signIn = (login: string, realm: Realm = "user") =>
  bench.identity.signIn({ realm, login, password: goodPassword, ...caller });

async function opened(login: string, realm: Realm = "user"): Promise<{ token: string; session: Session }> {
  const result = await signIn(login, realm);
  if (result.step !== "signed_in") throw new Error("expected a session");
  return result;
}

async function pending(login: string, realm: Realm = "user"): Promise<string> {
  const result = await signIn(login, realm);
  if (result.step !== "second_factor") throw new Error("expected a second step");
  return result.pendingToken;
}

const code = (secret: string, stepsAhead = 0): string =>
  hotp(fromBase32(secret), totpStep(bench.clock.nowMs()) + BigInt(stepsAhead));

async function withTotp(login: string): Promise<{ secret: string; recoveryCodes: readonly string[]; token: string }> {
  await bench.newPerson(tenantId, login);
  const { session } = await opened(login);
  const { secret } = await bench.identity.enrolTotp(session);
  const on = await bench.identity.confirmTotpEnrolment(session, code(secret));
  await bench.clock.advance(30_000);
  return { secret, recoveryCodes: on.recoveryCodes ?? [], token: on.token };
}

const finish = (pendingToken: string, method: "totp" | "recovery_code", text: string, realm: Realm = "user") =>
  bench.identity.completeSecondFactor({ realm, pendingToken, proof: { method, code: text }, ...caller });
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "in",
    (error: { code: string }) => error.code,
  );

describe("TOTP", () => {
  test("RFC 4226 appendix D and RFC 6238 appendix B vectors", () => {
    const seed = Buffer.from("12345678901234567890");
    expect(Array.from({ length: 10 }, (_, n) => hotp(seed, BigInt(n)))).toEqual([
      "755224",
      "287082",
      "359152",
      "969429",
      "338314",
      "254676",
      "287922",
      "162583",
      "399871",
      "520489",
    ]);
    expect(
      [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000].map((s) => hotp(seed, totpStep(s * 1000), 8)),
    ).toEqual(["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]);
  });

  test("one step to either side is accepted and no more", () => {
    const seed = Buffer.from("12345678901234567890");
    const nowMs = 1_700_000_000_000;
    const accepted = [-2, -1, 0, 1, 2].map(
      (drift) => matchTotp(seed, hotp(seed, totpStep(nowMs) + BigInt(drift)), nowMs) !== null,
    );
    expect(accepted).toEqual([false, true, true, true, false]);
  });

  test("R52: once on, the password alone gives no session, and a code finishes the sign-in", async () => {
    const { secret } = await withTotp("totp@example.test");
    const result = await signIn("totp@example.test");
    expect(result).toMatchObject({ step: "second_factor", methods: ["totp", "recovery_code"] });
    if (result.step !== "second_factor") return;
    expect(await bench.identity.resolveSession("user", result.pendingToken, caller.ip)).toBeNull();
    expect(await finish(result.pendingToken, "totp", code(secret))).toMatchObject({
      session: { methods: ["password", "totp"] },
    });
    expect(await codeOf(finish(result.pendingToken, "totp", code(secret, 1)))).toBe("identity.sign_in_expired");
  });

  test("R52: a code works once, also when twenty tries come at the same moment", async () => {
    const { secret } = await withTotp("once@example.test");
    const tokens = [];
    for (let n = 0; n < 8; n++) tokens.push(await pending("once@example.test"));
    const outcomes = await Promise.all(tokens.map((token) => codeOf(finish(token, "totp", code(secret)))));
    expect(outcomes.filter((outcome) => outcome === "in")).toHaveLength(1);
    expect(await codeOf(finish(await pending("once@example.test"), "totp", code(secret)))).toBe("identity.bad_code");
    expect(await codeOf(finish(await pending("once@example.test"), "totp", code(secret, -1)))).toBe(
      "identity.bad_code",
    );
    await bench.clock.advance(30_000);
    expect(await codeOf(finish(await pending("once@example.test"), "totp", code(secret)))).toBe("in");
  });

  test("R59: guesses at the second step are few for one sign-in, and few for an account over many sign-ins", async () => {
    await withTotp("guess@example.test");
    const token = await pending("guess@example.test");
    const first = await Promise.all(
      Array.from({ length: 20 }, (_, n) => codeOf(finish(token, "totp", `0000${n + 10}`))),
    );
    expect(first.filter((outcome) => outcome === "identity.bad_code")).toHaveLength(identityLimits.pendingSignInTries);
    const later = [];
    for (let n = 0; n < 12; n++)
      later.push(await codeOf(finish(await pending("guess@example.test"), "totp", `1000${n + 10}`)));
    expect(later.filter((outcome) => outcome === "identity.bad_code")).toHaveLength(
      identityLimits.brakeFreeTries - identityLimits.pendingSignInTries,
    );
    expect(later.at(-1)).toBe("identity.too_many_attempts");
  });

  test("seeds are sealed: the database does not hold them, and another row cannot use them", async () => {
    const { secret } = await withTotp("sealed@example.test");
    const rows = await bench.database.db.tenant(
      tenantId,
      (tx) => tx.sql<{ seed: Buffer }[]>`select sealed_seed as seed from identity_totp where tenant_id = ${tenantId}`,
    );
    const plain = Buffer.from(fromBase32(secret));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some((row) => row.seed.includes(plain))).toBe(false);
    expect(() => bench.identity.context.keys.unseal(rows[0]?.seed ?? Buffer.alloc(0), "totp somebody else")).toThrow(
      expect.objectContaining({ code: "identity.sealed" }),
    );
  });

  test("R77: turning it on ends the other sessions and renews this one", async () => {
    await bench.newPerson(tenantId, "renew@example.test");
    const before = await opened("renew@example.test");
    const other = await opened("renew@example.test");
    const { secret } = await bench.identity.enrolTotp(before.session);
    const { token } = await bench.identity.confirmTotpEnrolment(before.session, code(secret));
    expect(await bench.identity.resolveSession("user", other.token, caller.ip)).toBeNull();
    expect(await bench.identity.resolveSession("user", before.token, caller.ip)).toBeNull();
    expect(await bench.identity.resolveSession("user", token, caller.ip)).toMatchObject({ hasTotp: true });
    expect(
      bench.mails.filter((mail) => mail.to === "renew@example.test" && mail.template === "second_factor_changed"),
    ).toHaveLength(1);
  });

  test("changing factors needs a proof of the last five minutes", async () => {
    await bench.newPerson(tenantId, "fresh@example.test");
    const before = await opened("fresh@example.test");
    await bench.clock.advance(identityLimits.freshAuthenticationMs + 1);
    const stale = await bench.identity.resolveSession("user", before.token, caller.ip);
    if (stale === null) throw new Error("expected a session");
    await expect(bench.identity.enrolTotp(stale)).rejects.toMatchObject({ code: "identity.reauthentication_required" });
    await expect(
      bench.identity.reauthenticate(stale, { method: "password", password: "not it" }),
    ).rejects.toMatchObject({
      code: "identity.bad_credentials",
    });
    const token = await bench.identity.reauthenticate(stale, { method: "password", password: goodPassword });
    expect(await bench.identity.resolveSession("user", before.token, caller.ip)).toBeNull();
    const renewed = await bench.identity.resolveSession("user", token, caller.ip);
    if (renewed === null) throw new Error("expected a session");
    expect(await bench.identity.enrolTotp(renewed)).toHaveProperty("uri");
  });
});

describe("recovery codes", () => {
  test("R52: each works once, also in parallel, and new ones end the old", async () => {
    const { recoveryCodes, token } = await withTotp("recover@example.test");
    expect(recoveryCodes).toHaveLength(10);
    const [first = "", second = ""] = recoveryCodes;
    const tokens = [
      await pending("recover@example.test"),
      await pending("recover@example.test"),
      await pending("recover@example.test"),
    ];
    const outcomes = await Promise.all(
      tokens.map((pendingToken) => codeOf(finish(pendingToken, "recovery_code", first.toUpperCase()))),
    );
    expect(outcomes.filter((outcome) => outcome === "in")).toHaveLength(1);
    const session = await bench.identity.resolveSession("user", token, caller.ip);
    if (session === null) throw new Error("expected a session");
    const fresh = await bench.identity.regenerateRecoveryCodes(session);
    expect(await codeOf(finish(await pending("recover@example.test"), "recovery_code", second))).toBe(
      "identity.bad_code",
    );
    expect(await codeOf(finish(await pending("recover@example.test"), "recovery_code", fresh[0] ?? ""))).toBe("in");
    expect(
      bench.mails.some((mail) => mail.to === "recover@example.test" && mail.values["change"]?.includes("recupero")),
    ).toBe(true);
  });
});

describe("tenant policy", () => {
  test("R52: where the tenant requires a second factor, a session without one may only enrol", async () => {
    const strict = await bench.newTenant("Severi Spa");
    await bench.newPerson(strict, "strict@example.test");
    const before = await opened("strict@example.test");
    expect(before.session.mustEnrol).toBe(false);
    await bench.database.db.tenant(strict, (tx) =>
      setTenantPolicy(tx, system, { tenantId: strict, requireTwoFactor: true, nowMs: bench.clock.nowMs() }),
    );
    const limited = await bench.identity.resolveSession("user", before.token, caller.ip);
    if (limited === null) throw new Error("expected a session");
    expect(limited.mustEnrol).toBe(true);
    await expect(bench.identity.listPeople(limited, {})).rejects.toMatchObject({
      code: "identity.two_factor_required",
    });
    const { secret } = await bench.identity.enrolTotp(limited);
    const { token } = await bench.identity.confirmTotpEnrolment(limited, code(secret));
    const free = await bench.identity.resolveSession("user", token, caller.ip);
    if (free === null) throw new Error("expected a session");
    expect(free.mustEnrol).toBe(false);
    await expect(bench.identity.disableTotp(free)).rejects.toMatchObject({ code: "identity.second_factor_required" });
  });
});

describe("passkeys", () => {
  const face = () => bench.identity.context.faces.user;

  async function withPasskey(login: string): Promise<{ passkey: TestPasskey; token: string }> {
    await bench.newPerson(tenantId, login);
    const { session } = await opened(login);
    const passkey = new TestPasskey(face(), bench.random);
    const options = await bench.identity.beginPasskeyRegistration(session);
    const { token } = await bench.identity.finishPasskeyRegistration(session, {
      name: "Portatile",
      response: passkey.register(options.challenge),
    });
    return { passkey, token };
  }

  test("R52: of two factors that are removed at once the last one stays where one is required", async () => {
    const strict = await bench.newTenant("Due volte Spa");
    await bench.newPerson(strict, "twice@example.test");
    const first = await opened("twice@example.test");
    const { secret } = await bench.identity.enrolTotp(first.session);
    const enrolled = await bench.identity.confirmTotpEnrolment(first.session, code(secret));
    const session = await bench.identity.resolveSession("user", enrolled.token, caller.ip);
    if (session === null) throw new Error("expected a session");
    const options = await bench.identity.beginPasskeyRegistration(session);
    const response = new TestPasskey(face(), bench.random).register(options.challenge);
    const { token } = await bench.identity.finishPasskeyRegistration(session, { name: "Portatile", response });
    await bench.database.db.tenant(strict, (tx) =>
      setTenantPolicy(tx, system, { tenantId: strict, requireTwoFactor: true, nowMs: bench.clock.nowMs() }),
    );
    // Both requests began while both factors were there.
    const both = await bench.identity.resolveSession("user", token, caller.ip);
    if (both === null) throw new Error("expected a session");
    const [passkey] = await bench.identity.listPasskeys(both);
    await bench.identity.disableTotp(both);
    await expect(bench.identity.removePasskey(both, passkey?.id ?? "")).rejects.toMatchObject({
      code: "identity.second_factor_required",
    });
  });

  test("R52: a passkey alone signs in, verified by its owner, and its challenge serves once and here only", async () => {
    const { passkey } = await withPasskey("key@example.test");
    const { ceremony, options } = await bench.identity.beginPasskeySignIn("user");
    const other = await bench.identity.beginPasskeySignIn("user");
    const response = passkey.assert(options.challenge);
    expect(
      await codeOf(
        bench.identity.finishPasskeySignIn({ realm: "user", ceremony: other.ceremony, response, ...caller }),
      ),
    ).toBe("identity.bad_passkey");
    const done = await bench.identity.finishPasskeySignIn({ realm: "user", ceremony, response, ...caller });
    expect(done.session).toMatchObject({ login: "key@example.test", methods: ["passkey"] });
    expect(await codeOf(bench.identity.finishPasskeySignIn({ realm: "user", ceremony, response, ...caller }))).toBe(
      "identity.bad_passkey",
    );
    const unverified = await bench.identity.beginPasskeySignIn("user");
    passkey.userVerified = false;
    expect(
      await codeOf(
        bench.identity.finishPasskeySignIn({
          realm: "user",
          ceremony: unverified.ceremony,
          response: passkey.assert(unverified.options.challenge),
          ...caller,
        }),
      ),
    ).toBe("identity.bad_passkey");
  });

  test("R52: an answer made for another site is refused", async () => {
    await bench.newPerson(tenantId, "phish@example.test");
    const { session } = await opened("phish@example.test");
    const passkey = new TestPasskey(
      { origin: "https://console.example.test.evil.test", rpId: face().rpId },
      bench.random,
    );
    const options = await bench.identity.beginPasskeyRegistration(session);
    expect(
      await codeOf(
        bench.identity.finishPasskeyRegistration(session, { name: "x", response: passkey.register(options.challenge) }),
      ),
    ).toBe("identity.bad_passkey");
  });

  test("R52: a passkey serves as second step after the password", async () => {
    const { passkey } = await withPasskey("second@example.test");
    const result = await signIn("second@example.test");
    if (result.step !== "second_factor") throw new Error("expected a second step");
    expect(result.methods).toEqual(["passkey", "recovery_code"]);
    const options = await bench.identity.beginSecondFactorPasskey("user", result.pendingToken);
    const proof = { method: "passkey", response: passkey.assert(options.challenge) } as const;
    expect(
      await bench.identity.completeSecondFactor({ realm: "user", pendingToken: result.pendingToken, proof, ...caller }),
    ).toMatchObject({
      session: { methods: ["password", "passkey"] },
    });
  });

  test("a counter that goes back is refused and flagged", async () => {
    const { passkey, token } = await withPasskey("clone@example.test");
    const use = async () => {
      const { ceremony, options } = await bench.identity.beginPasskeySignIn("user");
      return codeOf(
        bench.identity.finishPasskeySignIn({
          realm: "user",
          ceremony,
          response: passkey.assert(options.challenge),
          ...caller,
        }),
      );
    };
    passkey.counter = 40;
    expect(await use()).toBe("in");
    passkey.counter = 7;
    expect(await use()).toBe("identity.bad_passkey");
    const session = await bench.identity.resolveSession("user", token, caller.ip);
    if (session === null) throw new Error("expected a session");
    expect((await bench.identity.listPasskeys(session))[0]?.suspectedCloneAt).not.toBeNull();
  });

  test("operators must hold a passkey, and a code cannot step around it", async () => {
    await bench.newPerson(providerTenantId, "op@example.test", { realm: "operator", operatorRoles: ["security"] });
    const { session } = await opened("op@example.test", "operator");
    expect(session.mustEnrol).toBe(true);
    const { secret } = await bench.identity.enrolTotp(session);
    const { token } = await bench.identity.confirmTotpEnrolment(session, code(secret));
    const still = await bench.identity.resolveSession("operator", token, caller.ip);
    if (still === null) throw new Error("expected a session");
    expect(still.mustEnrol).toBe(true);
    const passkey = new TestPasskey(bench.identity.context.faces.operator, bench.random);
    const unverified = await bench.identity.beginPasskeyRegistration(still);
    passkey.userVerified = false;
    expect(
      await codeOf(
        bench.identity.finishPasskeyRegistration(still, {
          name: "x",
          response: passkey.register(unverified.challenge),
        }),
      ),
    ).toBe("identity.bad_passkey");
    passkey.userVerified = true;
    const options = await bench.identity.beginPasskeyRegistration(still);
    const on = await bench.identity.finishPasskeyRegistration(still, {
      name: "Chiave",
      response: passkey.register(options.challenge),
    });
    expect(await bench.identity.resolveSession("operator", on.token, caller.ip)).toMatchObject({ mustEnrol: false });
    await bench.clock.advance(60_000);
    const result = await signIn("op@example.test", "operator");
    expect(result).toMatchObject({ step: "second_factor", methods: ["passkey", "recovery_code"] });
    if (result.step === "second_factor")
      expect(await codeOf(finish(result.pendingToken, "totp", code(secret), "operator"))).toBe("identity.bad_code");
  });
});
