import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { setTenantPolicy } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromBase32 } from "./base32.test-support.ts";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { TestPasskey } from "./passkey.test-support.ts";
import { codeOf, heldBy, ip, mailSession } from "./programs.test-support.ts";
import { selectPrincipal } from "./store-principals.ts";
import { hotp, totpStep } from "./totp.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const newPassword = "cinque gatti sulla torre";

async function setPassword(tx: TenantTx, principalId: PrincipalId, factors = false): Promise<void> {
  const passwordHash = await bench.identity.preparePassword({ password: newPassword, words: [] });
  const change = { principalId, passwordHash, nowMs: bench.clock.nowMs() };
  await bench.identity.setPassword(tx, system, factors ? { ...change, factors } : change);
}

/** A mailbox with a passkey, an authenticator and recovery codes. */
async function withFactors(login: string, owner = tenantId) {
  const principalId = await bench.newPerson(owner, login, { realm: "mail" });
  const passkey = new TestPasskey(bench.identity.context.faces.mail, bench.random);
  const before = await mailSession(bench, login);
  const register = async (session = before, key = passkey) => {
    const { challenge } = await bench.identity.beginPasskeyRegistration(session);
    return () => bench.identity.finishPasskeyRegistration(session, { name: "x", response: key.register(challenge) });
  };
  const { token, recoveryCodes } = await (await register())();
  await bench.database.db.tenant(
    owner,
    (tx) =>
      tx.sql`insert into identity_totp (tenant_id, principal_id, sealed_seed, confirmed_at)
        values (${owner}, ${principalId}, '\\x00', now())`,
  );
  const session = await bench.identity.resolveSession("mail", token, ip);
  if (session === null) throw new Error("expected a session");
  return {
    principalId,
    session,
    register,
    isOpen: async () => (await bench.identity.resolveSession("mail", token, ip)) !== null,
    byPasskey: async () => {
      const { ceremony, options } = await bench.identity.beginPasskeySignIn("mail");
      const response = passkey.assert(options.challenge);
      return bench.identity.finishPasskeySignIn({ realm: "mail", ceremony, response, ...caller });
    },
    byRecoveryCode: (pendingToken: string) => {
      const proof = { method: "recovery_code", code: recoveryCodes?.[0] ?? "" } as const;
      return bench.identity.completeSecondFactor({ realm: "mail", pendingToken, proof, ...caller });
    },
    byPassword: (password = goodPassword) => bench.identity.signIn({ realm: "mail", login, password, ...caller }),
    byProgram: () =>
      codeOf(bench.identity.verifyMailLogin({ address: login, password: goodPassword, protocol: "imap", ip })),
    disconnect: (factors: boolean) =>
      bench.database.db.tenant(owner, (tx) =>
        bench.identity.disconnectMailAccount(tx, system, { principalId, factors }),
      ),
    told: () =>
      bench.mails.filter(({ to, values }) => to === login && values["change"]?.includes("tolti da un amministratore")),
  };
}

test("R13: an administrator takes a mailbox's passkeys, authenticator and recovery codes away where that is chosen, and only then", async () => {
  const mailbox = await withFactors("lost@posta.test");
  const bystander = await withFactors("other@posta.test");
  for (const { principalId } of [mailbox, bystander])
    await bench.database.db.tenant(
      tenantId,
      (tx) =>
        tx.sql`insert into identity_recovery_addresses (tenant_id, principal_id, address, confirmed_at)
          values (${tenantId}, ${principalId}, 'stranger@elsewhere.test', now())`,
    );
  const reachable = () =>
    bench.database.db.tenant(tenantId, (tx) => tx.sql`select principal_id from identity_recovery_addresses`);
  await mailbox.disconnect(false);
  expect(await reachable()).toHaveLength(2);
  expect([await codeOf(mailbox.byPasskey()), await mailbox.isOpen(), mailbox.told().length]).toEqual(["in", true, 0]);
  expect(await mailbox.byPassword()).toMatchObject({ step: "second_factor" });
  expect(await mailbox.byProgram()).toBe("identity.app_password_required");
  await mailbox.disconnect(true);
  expect([await codeOf(mailbox.byPasskey()), await mailbox.isOpen()]).toEqual(["identity.bad_passkey", false]);
  expect(mailbox.told()).toHaveLength(1);
  expect([...(await reachable())]).toEqual([{ principal_id: bystander.principalId }]);
  expect(await mailbox.byPassword()).toMatchObject({
    step: "signed_in",
    session: { hasTotp: false, hasPasskey: false, mustEnrol: false },
  });
  expect(await mailbox.byProgram()).toBe("in");
  const filter = { tenantId, count: 50, objectKind: "principal", objectId: mailbox.principalId };
  const { entries } = await bench.database.db.tenant(tenantId, (tx) => listAudit(tx, filter));
  const ended = entries.filter(({ action }) => action === "identity.factors_ended");
  expect(ended.map(({ details }) => details)).toEqual([{ passkeys: 1, authenticators: 1, recoveryCodes: 10 }]);
  expect([await codeOf(bystander.byPasskey()), await bystander.isOpen()]).toEqual(["in", true]);
});

test("R52: where a second factor is required, who lost them all signs in and may only set one up anew", async () => {
  const strict = await bench.newTenant("Severi Spa");
  const mailbox = await withFactors("strict@posta.test", strict);
  await bench.database.db.tenant(strict, (tx) =>
    setTenantPolicy(tx, system, { tenantId: strict, requireTwoFactor: true, nowMs: bench.clock.nowMs() }),
  );
  await mailbox.disconnect(true);
  expect(await mailbox.byPassword()).toMatchObject({ step: "signed_in", session: { mustEnrol: true } });
  expect(await mailbox.byProgram()).toBe("identity.app_password_required");
});

test("R13: what a session sets up while its mailbox's factors are taken away is refused with it", async () => {
  const mailbox = await withFactors("thief@posta.test");
  const { principalId, session } = mailbox;
  const another = new TestPasskey(bench.identity.context.faces.mail, bench.random);
  const addPasskey = await mailbox.register(session, another);
  const asked = await bench.database.db.tenant(tenantId, async (tx) => {
    await bench.identity.disconnectMailAccount(tx, system, { principalId, factors: true });
    return heldBy(tx, addPasskey, () => bench.identity.regenerateRecoveryCodes(session));
  });
  expect(await Promise.all(asked)).toEqual(Array(2).fill("identity.not_signed_in"));
  expect(await mailbox.byPassword()).toMatchObject({ step: "signed_in", session: { hasPasskey: false } });
});

test("R13: who proves a factor while it is taken away is refused, and hinders nobody from taking it", async () => {
  const mailbox = await withFactors("proving@posta.test");
  const { principalId } = mailbox;
  const pending = await mailbox.byPassword();
  if (pending.step !== "second_factor") throw new Error("expected a second step");
  const asked = await bench.database.db.tenant(tenantId, async (tx) => {
    await selectPrincipal(tx, principalId, true);
    const ends = await heldBy(tx, mailbox.byPasskey, () => mailbox.byRecoveryCode(pending.pendingToken));
    await bench.identity.disconnectMailAccount(tx, system, { principalId, factors: true });
    return ends;
  });
  expect(await Promise.all(asked)).toEqual(["identity.bad_passkey", "identity.bad_code"]);
  expect(await mailbox.byPassword()).toMatchObject({ step: "signed_in", session: { methods: ["password"] } });
});

test("R13: a new password that takes the factors away leaves a stranger with a passkey no moment between, and one without leaves them", async () => {
  const kept = await withFactors("kept@posta.test");
  await bench.database.db.tenant(tenantId, (tx) => setPassword(tx, kept.principalId));
  expect([await codeOf(kept.byPasskey()), kept.told().length]).toEqual(["in", 0]);
  const mailbox = await withFactors("between@posta.test");
  const another = new TestPasskey(bench.identity.context.faces.mail, bench.random);
  const addPasskey = await mailbox.register(mailbox.session, another);
  const asked = await bench.database.db.tenant(tenantId, async (tx) => {
    await selectPrincipal(tx, mailbox.principalId, true);
    const makeCodes = () => bench.identity.regenerateRecoveryCodes(mailbox.session);
    const ends = await heldBy(tx, mailbox.byPasskey, addPasskey, makeCodes);
    await setPassword(tx, mailbox.principalId, true);
    return ends;
  });
  expect(await Promise.all(asked)).toEqual([
    "identity.bad_passkey",
    "identity.not_signed_in",
    "identity.not_signed_in",
  ]);
  expect([await codeOf(mailbox.byPasskey()), await mailbox.isOpen()]).toEqual(["identity.bad_passkey", false]);
  expect(mailbox.told()).toHaveLength(1);
  expect(await codeOf(mailbox.byPassword())).toBe("identity.bad_credentials");
  expect(await mailbox.byPassword(newPassword)).toMatchObject({
    step: "signed_in",
    session: { hasPasskey: false, hasTotp: false, methods: ["password"] },
  });
});

test("R13: who turns an authenticator on while a new password takes it away is refused, and hinders nobody from taking it", async () => {
  const login = "enrolling@posta.test";
  const principalId = await bench.newPerson(tenantId, login, { realm: "mail" });
  const session = await mailSession(bench, login);
  const { secret } = await bench.identity.enrolTotp(session);
  const code = hotp(fromBase32(secret), totpStep(bench.clock.nowMs()));
  const asked = await bench.database.db.tenant(tenantId, async (tx) => {
    await selectPrincipal(tx, principalId, true);
    const ends = await heldBy(tx, () => bench.identity.confirmTotpEnrolment(session, code));
    await setPassword(tx, principalId, true);
    return ends;
  });
  expect(await Promise.all(asked)).toEqual(["identity.bad_code"]);
  const signedIn = await bench.identity.signIn({ realm: "mail", login, password: newPassword, ...caller });
  expect(signedIn).toMatchObject({ step: "signed_in", session: { hasTotp: false } });
});
