import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { verifyMailLogin } from "./mail-login.ts";
import { createPasswordHasher } from "./password-hasher.ts";
import { selectMailAccess } from "./store-mail-login.ts";
import type { MailProtocol, Session } from "./types.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const login = (address: string, password = goodPassword, protocol: MailProtocol = "imap", ip = "192.0.2.1") =>
  bench.identity.verifyMailLogin({ address, password, protocol, ip });
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "in",
    (error: { code: string }) => error.code,
  );

async function newAccount(address: string): Promise<PrincipalId> {
  return bench.newPerson(tenantId, address, { realm: "mail" });
}

async function session(address: string): Promise<Session> {
  const result = await bench.identity.signIn({ realm: "mail", login: address, password: goodPassword, ...caller });
  if (result.step !== "signed_in") throw new Error("expected a session");
  return result.session;
}

/** Stands in for the enrolment, which second-factor.test.ts proves. */
const turnOnTotp = (id: PrincipalId) =>
  bench.database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`insert into identity_totp (tenant_id, principal_id, sealed_seed, confirmed_at) values (${tenantId}, ${id}, '\\x00', now())`,
  );

test("R53: without a second factor the main password lets a mail client in", async () => {
  const id = await newAccount("plain@posta.test");
  expect(await login("Plain@Posta.test")).toMatchObject({
    tenantId,
    mailAccountId: id,
    principalId: id,
    address: "plain@posta.test",
    via: "password",
  });
});

test("R53: with a second factor the right main password is refused with a reason, a wrong one without", async () => {
  const id = await newAccount("twofactor@posta.test");
  const app = await bench.identity.createAppPassword(await session("twofactor@posta.test"), {
    name: "Telefono",
    protocols: ["imap"],
    expiresAtMs: null,
  });
  await turnOnTotp(id);
  for (let n = 0; n < 15; n++)
    expect(await codeOf(login("twofactor@posta.test", goodPassword, "imap", `198.51.100.${n}`))).toBe(
      "identity.app_password_required",
    );
  expect(await codeOf(login("twofactor@posta.test", "a wrong one"))).toBe("identity.bad_credentials");
  expect(await login("twofactor@posta.test", app.secret)).toMatchObject({ via: "app_password" });
  expect(await login("twofactor@posta.test", app.secret.toUpperCase().replaceAll("-", " "))).toMatchObject({
    principalId: id,
  });
});

test("C13: a mailbox says when somebody got in last, with which second factor, and how many app passwords it has", async () => {
  const id = await newAccount("seen@posta.test");
  const access = () => bench.database.db.tenant(tenantId, (tx) => selectMailAccess(tx, [id]));
  expect(await access()).toEqual([
    { principalId: id, lastAt: null, hasPassword: true, hasSecondFactor: false, appPasswords: 0, connectedPrograms: 0 },
  ]);
  expect(await codeOf(login("seen@posta.test", "a wrong one"))).toBe("identity.bad_credentials");
  expect(await access()).toMatchObject([{ lastAt: null }]);
  expect(await codeOf(login("seen@posta.test", goodPassword))).toBe("in");
  const first = new Date(bench.clock.nowMs());
  expect(await access()).toMatchObject([{ lastAt: first }]);
  await bench.identity.createAppPassword(await session("seen@posta.test"), {
    name: "Telefono",
    protocols: ["imap"],
    expiresAtMs: null,
  });
  await turnOnTotp(id);
  expect(await access()).toMatchObject([{ hasSecondFactor: true, appPasswords: 1 }]);
});

test("R53: an app password works for its protocols only, shows its last use, expires, and ends when removed", async () => {
  await newAccount("apps@posta.test");
  const signedIn = await session("apps@posta.test");
  const expiring = await bench.identity.createAppPassword(signedIn, {
    name: "Scanner",
    protocols: ["smtp"],
    expiresAtMs: bench.clock.nowMs() + 3_600_000,
  });
  expect(expiring.secret).toMatch(/^([a-z2-7]{4}-){6}[a-z2-7]{2}$/);
  expect(await codeOf(login("apps@posta.test", expiring.secret, "imap"))).toBe("identity.protocol_disabled");
  expect(await codeOf(login("apps@posta.test", expiring.secret, "smtp", "192.0.2.55"))).toBe("in");
  expect(await bench.identity.listAppPasswords(signedIn)).toMatchObject([
    { name: "Scanner", lastUsedIp: "192.0.2.55", lastUsedProtocol: "smtp", lastUsedAt: new Date(bench.clock.nowMs()) },
  ]);
  await newAccount("neighbour@posta.test");
  expect(await codeOf(login("neighbour@posta.test", expiring.secret, "smtp"))).toBe("identity.bad_credentials");
  const doomed = await bench.identity.createAppPassword(signedIn, {
    name: "Vecchio",
    protocols: ["imap"],
    expiresAtMs: null,
  });
  expect(await codeOf(login("apps@posta.test", doomed.secret))).toBe("in");
  await bench.identity.removeAppPassword(signedIn, doomed.id);
  expect(await codeOf(login("apps@posta.test", doomed.secret))).toBe("identity.bad_credentials");
  await bench.clock.advance(3_600_001);
  expect(await codeOf(login("apps@posta.test", expiring.secret, "smtp"))).toBe("identity.bad_credentials");
});

test("R13: a protocol switched off refuses at once, also a client whose login is remembered", async () => {
  const id = await newAccount("switched@posta.test");
  expect(await codeOf(login("switched@posta.test", goodPassword, "pop3"))).toBe("in");
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setMailAccess(tx, system, { principalId: id, protocols: ["imap", "smtp"], appPasswordsOnly: false }),
  );
  expect(await codeOf(login("switched@posta.test", goodPassword, "pop3"))).toBe("identity.protocol_disabled");
  expect(await codeOf(login("switched@posta.test", "not it", "pop3"))).toBe("identity.bad_credentials");
  expect(await codeOf(login("switched@posta.test", goodPassword, "imap"))).toBe("in");
});

test("R53: JMAP takes app passwords alone, each made for it; a login tells what the same password opens", async () => {
  const id = await newAccount("jmap@posta.test");
  const access = { principalId: id, appPasswordsOnly: false };
  const allow = (...protocols: MailProtocol[]) =>
    bench.database.db.tenant(tenantId, (tx) => bench.identity.setMailAccess(tx, system, { ...access, protocols }));
  await allow("imap", "jmap");
  const make = async (...protocols: MailProtocol[]) =>
    (
      await bench.identity.createAppPassword(await session("jmap@posta.test"), {
        name: "x",
        protocols,
        expiresAtMs: null,
      })
    ).secret;
  const [both, imapOnly] = [await make("imap", "smtp", "jmap"), await make("imap")];
  expect(await codeOf(login("jmap@posta.test", goodPassword, "jmap"))).toBe("identity.app_password_required");
  expect(await login("jmap@posta.test", goodPassword, "imap")).toMatchObject({ protocols: ["imap"] });
  expect(await codeOf(login("jmap@posta.test", imapOnly, "jmap"))).toBe("identity.protocol_disabled");
  const open = await login("jmap@posta.test", both, "jmap");
  expect(open).toMatchObject({ via: "app_password", protocols: ["imap", "jmap"] });
  await allow("imap");
  expect(await open.holds()).toBe(false);
  expect(await codeOf(login("jmap@posta.test", both, "jmap"))).toBe("identity.protocol_disabled");
});

test("an app password is made for what is offered here alone", async () => {
  await newAccount("offered@posta.test");
  const without = bench.another({ offered: ["imap", "pop3", "smtp"] });
  const input = { name: "x", protocols: ["imap", "jmap"] as const, expiresAtMs: null };
  expect(await codeOf(without.createAppPassword(await session("offered@posta.test"), input))).toBe(
    "identity.protocol_not_offered",
  );
});

test("R59: guesses over IMAP, POP3, SMTP and webmail share one counter", async () => {
  await newAccount("stuffed@posta.test");
  const protocols = ["imap", "pop3", "smtp", "web"] as const;
  const codes = await Promise.all(
    Array.from({ length: 60 }, (_, n) => {
      const protocol = protocols[n % 4] ?? "imap";
      const [password, ip] = [`wrong ${n}`, `203.0.113.${n}`];
      return codeOf(
        protocol === "web"
          ? bench.identity.signIn({ realm: "mail", login: "stuffed@posta.test", password, ...caller, ip })
          : login("stuffed@posta.test", password, protocol, ip),
      );
    }),
  );
  expect(codes.filter((code) => code === "identity.bad_credentials")).toHaveLength(identityLimits.brakeFreeTries);
  expect(codes.filter((code) => code === "identity.too_many_attempts")).toHaveLength(50);
});

test("R59: a list of leaked logins tried from one address is slowed over all protocols together", async () => {
  const codes = await Promise.all(
    Array.from({ length: 90 }, (_, n) =>
      codeOf(login(`leaked${n}@posta.test`, `leaked password ${n}`, n % 2 ? "imap" : "smtp", "203.0.113.250")),
    ),
  );
  expect(codes.filter((code) => code === "identity.bad_credentials")).toHaveLength(identityLimits.brakePrefixFreeTries);
});

test("R59: a changed password is refused at once although the old one is remembered, and the new one works", async () => {
  const id = await newAccount("changed@posta.test");
  const next = "sette corvi sopra il campanile";
  expect(await codeOf(login("changed@posta.test"))).toBe("in");
  expect(await codeOf(login("changed@posta.test", next))).toBe("identity.bad_credentials");
  const passwordHash = await bench.identity.preparePassword({ password: next, words: [] });
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setPassword(tx, system, { principalId: id, passwordHash, nowMs: bench.clock.nowMs() }),
  );
  expect(await codeOf(login("changed@posta.test"))).toBe("identity.bad_credentials");
  expect(await codeOf(login("changed@posta.test", next))).toBe("in");
});

test("R59: a password changed while the old one is being verified leaves nothing remembered", async () => {
  const id = await newAccount("race@posta.test");
  const { context } = bench.identity;
  const passwordHash = await bench.identity.preparePassword({ password: "otto gru dietro la stazione", words: [] });
  const slow = {
    ...context,
    hasher: {
      ...context.hasher,
      async verify(stored: string | null, password: string) {
        const right = await context.hasher.verify(stored, password);
        await bench.database.db.tenant(tenantId, (tx) =>
          bench.identity.setPassword(tx, system, { principalId: id, passwordHash, nowMs: bench.clock.nowMs() }),
        );
        return right;
      },
    },
  };
  const input = { address: "race@posta.test", password: goodPassword, protocol: "imap", ip: "192.0.2.1" } as const;
  expect(await verifyMailLogin(slow, input)).toMatchObject({ via: "password" });
  expect(await codeOf(bench.identity.verifyMailLogin(input))).toBe("identity.bad_credentials");
});

test("a mail client's second login within the minute asks nothing of Argon2", async () => {
  await newAccount("busy@posta.test");
  const { context } = bench.identity;
  let verified = 0;
  const counting = {
    ...context,
    hasher: {
      ...context.hasher,
      verify(stored: string | null, password: string) {
        verified++;
        return context.hasher.verify(stored, password);
      },
    },
  };
  const attempt = (password: string) =>
    codeOf(verifyMailLogin(counting, { address: "busy@posta.test", password, protocol: "imap", ip: "192.0.2.1" }));
  for (let n = 0; n < 5; n++) expect(await attempt(goodPassword)).toBe("in");
  for (let n = 0; n < 5; n++) expect(await attempt("an old one")).toBe("identity.bad_credentials");
  expect(verified).toBe(2);
  await bench.clock.advance(identityLimits.verifiedLoginMs + 1);
  expect(await attempt(goodPassword)).toBe("in");
  expect(verified).toBe(3);
});

test("secrets made under an older master key stay good while it is live, and not after", async () => {
  await newAccount("rotate@posta.test");
  const app = await bench.identity.createAppPassword(await session("rotate@posta.test"), {
    name: "x",
    protocols: ["imap"],
    expiresAtMs: null,
  });
  const [older, newer] = [new SeededRandom(5).bytes(32), new SeededRandom(6).bytes(32)];
  const both = bench.another({ masterKeys: [newer, older] });
  const gone = bench.another({ masterKeys: [newer] });
  const input = { address: "rotate@posta.test", password: app.secret, protocol: "imap", ip: "192.0.2.1" } as const;
  expect(await codeOf(both.verifyMailLogin(input))).toBe("in");
  expect(await codeOf(gone.verifyMailLogin(input))).toBe("identity.bad_credentials");
  const sealed = bench.identity.context.keys.seal(Buffer.from("seed"), "row");
  expect(both.context.keys.unseal(sealed, "row").toString()).toBe("seed");
  expect(() => gone.context.keys.unseal(sealed, "row")).toThrow(expect.objectContaining({ code: "identity.sealed" }));
});

test("R53: what was let in holds until the same sign-in would be refused, whatever is remembered", async () => {
  const id = await newAccount("holds@posta.test");
  const inTx = <T>(work: (tx: Parameters<typeof bench.identity.setPassword>[0]) => Promise<T>) =>
    bench.database.db.tenant(tenantId, work);
  const newApp = async () =>
    bench.identity.createAppPassword(await session("holds@posta.test"), {
      name: "Telefono",
      protocols: ["imap"],
      expiresAtMs: null,
    });
  const app = await newApp();
  const byPassword = await login("holds@posta.test");
  const byApp = await login("holds@posta.test", app.secret);
  const both = async () => [await byPassword.holds(), await byApp.holds()];
  expect(await both()).toEqual([true, true]);
  const access = { principalId: id, appPasswordsOnly: false };
  await inTx((tx) => bench.identity.setMailAccess(tx, system, { ...access, protocols: ["pop3"] }));
  expect(await both()).toEqual([false, false]);
  await inTx((tx) => bench.identity.setMailAccess(tx, system, { ...access, protocols: ["imap", "pop3"] }));
  expect(await both()).toEqual([true, true]);
  const second = await newApp();
  const bySecond = await login("holds@posta.test", second.secret);
  await bench.identity.removeAppPassword(await session("holds@posta.test"), second.id);
  expect([await bySecond.holds(), await byApp.holds()]).toEqual([false, true]);
  // The same words again are another password: whoever had the old one is out.
  const passwordHash = await bench.identity.preparePassword({ password: goodPassword, words: [] });
  await inTx((tx) =>
    bench.identity.setPassword(tx, system, {
      principalId: id,
      passwordHash,
      nowMs: bench.identity.context.clock.nowMs(),
    }),
  );
  expect(await both()).toEqual([false, false]);
  const anew = await login("holds@posta.test");
  expect(await anew.holds()).toBe(true);
  await turnOnTotp(id);
  expect(await anew.holds()).toBe(false);
});

test("R53: programs that come in at once while the hash of their password is made stronger all stay in", async () => {
  await newAccount("renewed@posta.test");
  const { context } = bench.identity;
  const stronger = { ...context, hasher: createPasswordHasher({ memoryKiB: 1_024, passes: 2 }) };
  const input = { address: "renewed@posta.test", password: goodPassword, protocol: "imap", ip: "192.0.2.1" } as const;
  const programs = await Promise.all(Array.from({ length: 4 }, () => verifyMailLogin(stronger, input)));
  expect(await Promise.all(programs.map((program) => program.holds()))).toEqual([true, true, true, true]);
  expect(await codeOf(verifyMailLogin(stronger, { ...input, password: "an old one" }))).toBe(
    "identity.bad_credentials",
  );
});

test("a disabled account and an unknown one answer alike", async () => {
  const id = await newAccount("gone@posta.test");
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setPrincipalStatus(tx, system, { principalId: id, status: "disabled" }),
  );
  expect(await codeOf(login("gone@posta.test"))).toBe("identity.bad_credentials");
  expect(await codeOf(login("never@posta.test"))).toBe("identity.bad_credentials");
});
