import { type PrincipalId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { chainAudit, listAudit } from "@casaforte/modules/audit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { invariants, jobHandlers, renderSystemMail } from "./index.ts";
import { identityLimits } from "./limits.ts";
import { hotp, totpStep } from "./totp.ts";
import type { Realm, Session } from "./types.ts";

const newPassword = "nebbia gialla sul canale vecchio";
let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant("Gialli Srl");
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: { code: string }) => error.code,
  );
async function open(
  login: string,
  password = goodPassword,
  realm: Realm = "user",
): Promise<{ token: string; session: Session }> {
  const result = await bench.identity.signIn({ realm, login, password, ...caller });
  if (result.step !== "signed_in") throw new Error("expected a session");
  return result;
}
const live = (token: string) => bench.identity.resolveSession("user", token, caller.ip);
/** The secret in the newest mail's link. */
function linkSecret(to: string, template: string): string {
  const mail = bench.mails.filter((sent) => sent.to === to && sent.template === template).at(-1);
  return mail?.values["link"]?.split("#")[1] ?? "";
}
const reset = (token: string, password = newPassword) =>
  bench.identity.confirmPasswordReset({ realm: "user", token, password, ...caller });
const askReset = (login: string) => bench.identity.requestPasswordReset({ realm: "user", login, ip: caller.ip });

describe("password reset", () => {
  test("R76: the mailed link works once, ends every session and tells the owner", async () => {
    await bench.newPerson(tenantId, "reset@example.test");
    const before = await open("reset@example.test");
    await askReset("reset@example.test");
    const secret = linkSecret("reset@example.test", "password_reset");
    expect(await codeOf(reset(secret, "troppocorta"))).toBe("identity.password_short");
    expect((await Promise.all([codeOf(reset(secret)), codeOf(reset(secret)), codeOf(reset(secret))])).sort()).toEqual([
      "done",
      "identity.link_expired",
      "identity.link_expired",
    ]);
    expect(await live(before.token)).toBeNull();
    expect(bench.mails.some((mail) => mail.to === "reset@example.test" && mail.template === "password_changed")).toBe(
      true,
    );
    expect(await codeOf(open("reset@example.test"))).toBe("identity.bad_credentials");
    expect(await codeOf(open("reset@example.test", newPassword))).toBe("done");
  });

  test("R76: it does not step around the second factor", async () => {
    await bench.newPerson(tenantId, "reset2fa@example.test");
    const { session } = await open("reset2fa@example.test");
    const { secret } = await bench.identity.enrolTotp(session);
    const bits = [...secret.toLowerCase()]
      .map((c) => "abcdefghijklmnopqrstuvwxyz234567".indexOf(c).toString(2).padStart(5, "0"))
      .join("");
    const seed = Uint8Array.from({ length: 20 }, (_, n) => Number.parseInt(bits.slice(n * 8, n * 8 + 8), 2));
    await bench.identity.confirmTotpEnrolment(session, hotp(seed, totpStep(bench.clock.nowMs())));
    await askReset("reset2fa@example.test");
    await reset(linkSecret("reset2fa@example.test", "password_reset"));
    expect(
      await bench.identity.signIn({ realm: "user", login: "reset2fa@example.test", password: newPassword, ...caller }),
    ).toMatchObject({ step: "second_factor" });
  });

  test("R76: it lapses after thirty minutes, a newer one ends it, and a flood of requests sends one mail", async () => {
    await bench.newPerson(tenantId, "lapse@example.test");
    for (let n = 0; n < 5; n++) await askReset("lapse@example.test");
    const sent = () => bench.mails.filter((mail) => mail.to === "lapse@example.test").length;
    expect(sent()).toBe(1);
    const first = linkSecret("lapse@example.test", "password_reset");
    await bench.clock.advance(identityLimits.resetMailEveryMs + 1);
    await askReset("lapse@example.test");
    expect(sent()).toBe(2);
    expect(await codeOf(reset(first))).toBe("identity.link_expired");
    await bench.clock.advance(identityLimits.passwordResetMs + 1);
    expect(await codeOf(reset(linkSecret("lapse@example.test", "password_reset")))).toBe("identity.link_expired");
  });

  test("R59: an owner whom strangers' guesses slow down gets in at once after a reset", async () => {
    await bench.newPerson(tenantId, "besieged@example.test");
    for (let n = 0; n < 12; n++)
      await codeOf(
        bench.identity.signIn({
          realm: "user",
          login: "besieged@example.test",
          password: `wrong ${n}`,
          ...caller,
          ip: "203.0.113.5",
        }),
      );
    expect(await codeOf(open("besieged@example.test"))).toBe("identity.too_many_attempts");
    await askReset("besieged@example.test");
    await reset(linkSecret("besieged@example.test", "password_reset"));
    expect(await codeOf(open("besieged@example.test", newPassword))).toBe("done");
  });

  test("R73: nothing is sent to a stranger, nor for a mailbox without a recovery address", async () => {
    const before = bench.mails.length;
    await bench.newPerson(tenantId, "self@posta.test", { realm: "mail" });
    await askReset("absent@example.test");
    await bench.identity.requestPasswordReset({ realm: "mail", login: "self@posta.test", ip: caller.ip });
    expect(bench.mails).toHaveLength(before);
  });
});

describe("own changes", () => {
  test("R77: a password change ends the other sessions, renews this one and needs a fresh proof", async () => {
    await bench.newPerson(tenantId, "change@example.test");
    const mine = await open("change@example.test");
    const other = await open("change@example.test");
    expect(await codeOf(bench.identity.changePassword(mine.session, "gialli srl 2026!"))).toBe(
      "identity.password_common",
    );
    const token = await bench.identity.changePassword(mine.session, newPassword);
    expect([await live(mine.token), await live(other.token)]).toEqual([null, null]);
    expect(await live(token)).not.toBeNull();
    await bench.clock.advance(identityLimits.freshAuthenticationMs + 1);
    const stale = await live(token);
    expect(stale && (await codeOf(bench.identity.changePassword(stale, goodPassword)))).toBe(
      "identity.reauthentication_required",
    );
  });

  test("another sign-in address counts once its mail was opened, and the old address is told", async () => {
    await bench.newPerson(tenantId, "old@example.test");
    await bench.newPerson(tenantId, "taken@example.test");
    const { session } = await open("old@example.test");
    await bench.identity.requestLoginChange(session, "New@example.test");
    expect(await codeOf(open("new@example.test"))).toBe("identity.bad_credentials");
    await bench.identity.confirmLoginChange({
      token: linkSecret("new@example.test", "login_change_confirm"),
      ip: caller.ip,
    });
    expect(await codeOf(open("new@example.test"))).toBe("done");
    expect(bench.mails.some((mail) => mail.to === "old@example.test" && mail.template === "login_changed")).toBe(true);
    await bench.identity.requestLoginChange(session, "taken@example.test");
    expect(
      await codeOf(
        bench.identity.confirmLoginChange({
          token: linkSecret("taken@example.test", "login_change_confirm"),
          ip: caller.ip,
        }),
      ),
    ).toBe("identity.login_taken");
  });

  test("R67: an auditor stays at the address that the notice names, even with a link asked for before", async () => {
    const id = await bench.newPerson(tenantId, "rita@revisori.test", { role: "admin" });
    const { session } = await open("rita@revisori.test");
    await bench.identity.requestLoginChange(session, "someone@else.test");
    await bench.database.db.tenant(
      tenantId,
      (tx) =>
        tx.sql`update identity_principals set role = 'auditor', ends_at = now() + interval '9 days' where id = ${id}`,
    );
    const token = linkSecret("someone@else.test", "login_change_confirm");
    expect(await codeOf(bench.identity.confirmLoginChange({ token, ip: caller.ip }))).toBe("identity.forbidden");
    const auditor: Session = { ...session, role: "auditor" };
    expect(await codeOf(bench.identity.requestLoginChange(auditor, "new@else.test"))).toBe("identity.forbidden");
  });
});

describe("people", () => {
  const accept = (token: string) =>
    bench.identity.acceptInvitation({
      realm: "user",
      token,
      password: newPassword,
      displayName: "Bruno",
      language: "en",
      ...caller,
    });

  test("R75: an invitation works once, lapses, and a new one ends the old", async () => {
    await bench.newPerson(tenantId, "owner@people.test");
    const { session } = await open("owner@people.test");
    const id = await bench.identity.invitePerson(session, {
      login: "bruno@people.test",
      displayName: "",
      language: "it",
      role: "technician",
    });
    const first = linkSecret("bruno@people.test", "invitation");
    await bench.identity.inviteAgain(session, id);
    const second = linkSecret("bruno@people.test", "invitation");
    expect(await codeOf(accept(first))).toBe("identity.link_expired");
    expect(await bench.identity.readInvitation({ realm: "user", token: second })).toMatchObject({
      login: "bruno@people.test",
      tenant: "Gialli Srl",
    });
    expect(await codeOf(bench.identity.readInvitation({ realm: "operator", token: second }))).toBe(
      "identity.link_expired",
    );
    expect(await accept(second)).toMatchObject({
      session: { principalId: id, role: "technician", displayName: "Bruno" },
    });
    expect(await codeOf(accept(second))).toBe("identity.link_expired");
    expect(await codeOf(bench.identity.inviteAgain(session, id))).toBe("identity.not_invited");
    await bench.identity.invitePerson(session, {
      login: "late@people.test",
      displayName: "",
      language: "it",
      role: "billing",
    });
    await bench.clock.advance(identityLimits.invitationMs + 1);
    expect(await codeOf(accept(linkSecret("late@people.test", "invitation")))).toBe("identity.link_expired");
  });

  test("R75: removing or disabling somebody ends their sessions at once", async () => {
    const home = await bench.newTenant("Blu Srl");
    await bench.newPerson(home, "owner@blu.test");
    const leaver = await bench.newPerson(home, "leaver@blu.test", { role: "technician" });
    const { session } = await open("owner@blu.test");
    const first = await open("leaver@blu.test");
    await bench.identity.setPersonStatus(session, { principalId: leaver, status: "disabled" });
    expect(await live(first.token)).toBeNull();
    expect(await codeOf(open("leaver@blu.test"))).toBe("identity.bad_credentials");
    await bench.identity.setPersonStatus(session, { principalId: leaver, status: "active" });
    const second = await open("leaver@blu.test");
    await bench.identity.removePerson(session, leaver);
    expect(await live(second.token)).toBeNull();
    const log = await bench.database.db.tenant(home, (tx) => listAudit(tx, { tenantId: home, objectId: leaver }));
    expect(log.entries.map((entry) => entry.action)).toEqual(
      expect.arrayContaining(["identity.principal_removed", "identity.principal_disabled", "identity.signed_in"]),
    );
    expect(JSON.stringify(log.entries)).not.toContain("leaver@blu.test");
  });

  test("R74: the last owner cannot leave, be disabled or step down, also when two try at once", async () => {
    const home = await bench.newTenant("Due Srl");
    const one = await bench.newPerson(home, "one@due.test");
    const two = await bench.newPerson(home, "two@due.test");
    const [a, b] = [await open("one@due.test"), await open("two@due.test")];
    const outcomes = await Promise.all([
      codeOf(bench.identity.removePerson(a.session, one)),
      codeOf(bench.identity.removePerson(b.session, two)),
    ]);
    expect(outcomes.sort()).toEqual(["done", "identity.last_owner"]);
    const left =
      outcomes[0] === "done" && (await live(a.token)) === null
        ? { session: b.session, id: two }
        : { session: a.session, id: one };
    expect(await codeOf(bench.identity.changeRole(left.session, { principalId: left.id, role: "admin" }))).toBe(
      "identity.last_owner",
    );
    expect(
      await codeOf(bench.identity.setPersonStatus(left.session, { principalId: left.id, status: "disabled" })),
    ).toBe("identity.last_owner");
  });

  test("R74: an admin does not touch owners and a role change counts from the next request", async () => {
    const home = await bench.newTenant("Tre Srl");
    const owner = await bench.newPerson(home, "owner@tre.test");
    const admin = await bench.newPerson(home, "admin@tre.test", { role: "admin" });
    const [boss, helper] = [await open("owner@tre.test"), await open("admin@tre.test")];
    expect(await codeOf(bench.identity.removePerson(helper.session, owner))).toBe("identity.forbidden");
    expect(await codeOf(bench.identity.changeRole(helper.session, { principalId: admin, role: "owner" }))).toBe(
      "identity.forbidden",
    );
    await bench.identity.changeRole(boss.session, { principalId: admin, role: "read_only" });
    expect((await live(helper.token))?.role).toBe("read_only");
    expect(await codeOf(bench.identity.listPeople((await live(helper.token)) as Session, {}))).toBe(
      "identity.forbidden",
    );
  });

  test("people are listed by login, a page at a time, and found by part of it", async () => {
    const home = await bench.newTenant("Pagine Srl");
    await bench.newPerson(home, "a-owner@pagine.test");
    for (let n = 0; n < 5; n++) await bench.newPerson(home, `p${n}@pagine.test`, { role: "technician" });
    const { session } = await open("a-owner@pagine.test");
    const first = await bench.identity.listPeople(session, { count: 4 });
    const second = await bench.identity.listPeople(session, { count: 4, cursor: first.nextCursor ?? "" });
    expect([...first.people, ...second.people].map((person) => person.login)).toEqual([
      "a-owner@pagine.test",
      ...Array.from({ length: 5 }, (_, n) => `p${n}@pagine.test`),
    ]);
    expect((await bench.identity.listPeople(session, { search: "P3" })).people).toHaveLength(1);
    expect((await bench.identity.listPeople(session, { search: "%" })).people).toHaveLength(0);
  });
});

describe("the first operator", () => {
  test("comes from a single-use secret, once, and there is no default account", async () => {
    const token = await bench.identity.createBootstrapToken();
    const make = (secret: string, login: string) =>
      bench.identity.bootstrapOperator({
        token: secret,
        login,
        displayName: "Ada",
        language: "it",
        password: newPassword,
        ...caller,
      });
    expect(await codeOf(make("not the token at all, really", "ada@provider.test"))).toBe("identity.link_expired");
    const outcomes = await Promise.all([
      codeOf(make(token ?? "", "ada@provider.test")),
      codeOf(make(token ?? "", "eve@provider.test")),
    ]);
    expect(outcomes.sort()).toEqual(["done", "identity.link_expired"]);
    expect(await bench.identity.createBootstrapToken()).toBeNull();
  });
});

test("R75: the sweep takes away what has expired and the invariants hold in every tenant", async () => {
  const handler = jobHandlers({ identity: bench.identity })[0];
  await bench.clock.advance(identityLimits.sessionAbsoluteMs.mail + 1);
  await handler?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bench.logger });
  const left = await bench.database.db.tenant(
    tenantId,
    (tx) => tx.sql`select 1 from identity_sessions union all select 1 from identity_tokens`,
  );
  expect(left).toHaveLength(0);
  await chainAudit(bench.database.db);
  for (const tenant of [tenantId, providerTenantId])
    for (const invariant of invariants)
      expect(await bench.database.db.tenant(tenant, (tx) => invariant.check(tx))).toEqual([]);
});

test("a system mail cannot grow headers and both languages fill every value", () => {
  const { subject, text } = renderSystemMail({
    to: "x@example.test",
    template: "invitation",
    language: "it",
    values: {
      product: "Casaforte\r\nBcc: everybody@example.test",
      inviter: "Anna",
      tenant: "Rossi",
      link: "https://x",
      until: "oggi",
    },
  });
  expect(subject).toBe("Invito a Casaforte Bcc: everybody@example.test");
  expect(text).not.toMatch(/\{\w+\}/);
});

test("an administrator's new password for a mailbox ends its sessions", async () => {
  const id: PrincipalId = await bench.newPerson(tenantId, "box@posta.test", { realm: "mail" });
  const { token } = await open("box@posta.test", goodPassword, "mail");
  const passwordHash = await bench.identity.preparePassword({ password: newPassword, words: [] });
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setPassword(tx, system, { principalId: id, passwordHash, nowMs: bench.clock.nowMs() }),
  );
  expect(await bench.identity.resolveSession("mail", token, caller.ip)).toBeNull();
});
