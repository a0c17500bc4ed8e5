import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import type { Session } from "./types.ts";

const newPassword = "nebbia gialla sul canale vecchio";
let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant("Verdi Srl");
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: { code: string }) => error.code,
  );
const mailbox = (login: string) => bench.newPerson(tenantId, login, { realm: "mail" });
async function open(login: string, password = goodPassword): Promise<Session> {
  const result = await bench.identity.signIn({ realm: "mail", login, password, ...caller });
  if (result.step !== "signed_in") throw new Error("expected a session");
  return result.session;
}
const mailsTo = (to: string, template: string) =>
  bench.mails.filter((mail) => mail.to === to && mail.template === template);
const secretTo = (to: string, template: string) =>
  mailsTo(to, template).at(-1)?.values["link"]?.split("#")[1] ?? "none";
const confirm = (token: string) => bench.identity.confirmRecoveryAddress({ token, ip: caller.ip });
const ask = (login: string) => bench.identity.requestPasswordReset({ realm: "mail", login, ip: caller.ip });
const reset = (token: string) =>
  bench.identity.confirmPasswordReset({ realm: "mail", token, password: newPassword, ...caller });

/** A mailbox with a confirmed recovery address. */
async function recoverable(login: string, address: string): Promise<Session> {
  await mailbox(login);
  const session = await open(login);
  await bench.identity.requestRecoveryAddress(session, address);
  await confirm(secretTo(address, "recovery_address_confirm"));
  return session;
}

test("R76: a mailbox's forgotten password is chosen again by a link to the confirmed address elsewhere", async () => {
  await mailbox("lea@verdi.test");
  const session = await open("lea@verdi.test");
  await bench.identity.requestRecoveryAddress(session, "Lea@Elsewhere.test");
  await ask("lea@verdi.test");
  expect(mailsTo("lea@elsewhere.test", "password_reset")).toEqual([]);
  const secret = secretTo("lea@elsewhere.test", "recovery_address_confirm");
  expect((await Promise.all([codeOf(confirm(secret)), codeOf(confirm(secret))])).sort()).toEqual([
    "done",
    "identity.link_expired",
  ]);
  expect(await bench.identity.readRecoveryAddress(session)).toBe("lea@elsewhere.test");
  for (const to of ["lea@verdi.test", "lea@elsewhere.test"])
    expect(mailsTo(to, "recovery_address_set")).toHaveLength(1);

  await ask("lea@verdi.test");
  expect(mailsTo("lea@verdi.test", "password_reset")).toEqual([]);
  await reset(secretTo("lea@elsewhere.test", "password_reset"));
  for (const to of ["lea@verdi.test", "lea@elsewhere.test"]) expect(mailsTo(to, "password_changed")).toHaveLength(1);
  expect(await codeOf(open("lea@verdi.test"))).toBe("identity.bad_credentials");
  expect(await codeOf(open("lea@verdi.test", newPassword))).toBe("done");
  expect(await codeOf(reset(secretTo("lea@elsewhere.test", "password_reset")))).toBe("identity.link_expired");
});

test("R76: a password set by an administrator takes the recovery address away, and its open links", async () => {
  await recoverable("leaver@verdi.test", "leaver@elsewhere.test");
  await ask("leaver@verdi.test");
  const { principalId } = await open("leaver@verdi.test");
  const passwordHash = await bench.identity.preparePassword({ password: "cinque gatti sulla torre", words: [] });
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setPassword(tx, system, { principalId, passwordHash, nowMs: bench.clock.nowMs() }),
  );
  expect(mailsTo("leaver@elsewhere.test", "recovery_address_removed")).toHaveLength(1);
  expect(await codeOf(reset(secretTo("leaver@elsewhere.test", "password_reset")))).toBe("identity.link_expired");
  await bench.clock.advance(identityLimits.resetMailEveryMs + 1);
  await ask("leaver@verdi.test");
  expect(mailsTo("leaver@elsewhere.test", "password_reset")).toHaveLength(1);
});

test("R76: the address needs a fresh proof, lies outside the mailbox, is asked for slowly and can be taken away", async () => {
  const session = await recoverable("max@verdi.test", "max@elsewhere.test");
  for (const own of ["MAX@verdi.test", "max+way+in@verdi.test"])
    expect(await codeOf(bench.identity.requestRecoveryAddress(session, own))).toBe("identity.recovery_same_mailbox");
  await bench.identity.requestRecoveryAddress(session, "second@elsewhere.test");
  expect(await codeOf(bench.identity.requestRecoveryAddress(session, "third@elsewhere.test"))).toBe(
    "identity.too_many_attempts",
  );
  await bench.identity.removeRecoveryAddress(session);
  expect(await bench.identity.readRecoveryAddress(session)).toBeNull();
  expect(await codeOf(confirm(secretTo("second@elsewhere.test", "recovery_address_confirm")))).toBe(
    "identity.link_expired",
  );
  await bench.clock.advance(identityLimits.freshAuthenticationMs + 1);
  expect(await codeOf(bench.identity.requestRecoveryAddress(session, "fourth@elsewhere.test"))).toBe(
    "identity.reauthentication_required",
  );
  expect(await codeOf(bench.identity.removeRecoveryAddress(session))).toBe("identity.reauthentication_required");
});

test("a console user has no recovery address", async () => {
  await bench.newPerson(tenantId, "console@example.test");
  const result = await bench.identity.signIn({
    realm: "user",
    login: "console@example.test",
    password: goodPassword,
    ...caller,
  });
  if (result.step !== "signed_in") throw new Error("expected a session");
  expect(await codeOf(bench.identity.requestRecoveryAddress(result.session, "x@elsewhere.test"))).toBe(
    "identity.forbidden",
  );
});
