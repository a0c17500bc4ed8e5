import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { renderSystemMail } from "./mail-templates.ts";
import { clientOf, codeFor, codeOf, connect, exchange, heldBy, ip, mailSession } from "./programs.test-support.ts";
import { insertAppPassword, selectAppPasswords } from "./store-mail-login.ts";
import { insertProgram, selectPrograms } from "./store-programs.ts";
import type { Session } from "./types.ts";
import { identityTopic } from "./verified-logins.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const newPassword = "cinque gatti sulla torre";

/** A mailbox into which a thief who had the password let a program, made an app password, and has a code in hand. */
async function stolen(address: string) {
  const principalId = await bench.newPerson(tenantId, address, { realm: "mail" });
  const program = await connect(bench, address, "imap", "smtp");
  const { session, accessToken, refreshToken, clientId } = program;
  const app = await bench.identity.createAppPassword(session, { name: "x", protocols: ["smtp"], expiresAtMs: null });
  const waiting = clientOf(bench);
  const code = await codeFor(bench, session, waiting, "smtp");
  const byToken = () => bench.identity.verifyMailToken({ token: accessToken, address: null, protocol: "smtp", ip });
  const byApp = () => bench.identity.verifyMailLogin({ address, password: app.secret, protocol: "smtp", ip });
  const open = [await byToken(), await byApp()];
  return {
    principalId,
    session,
    app,
    holds: () => Promise.all(open.map((each) => each.holds())),
    /** How each of the ways in is answered: the tokens, the app password, the code. */
    tries: async () => [
      await codeOf(byToken()),
      await codeOf(byApp()),
      await codeOf(bench.identity.renewProgramTokens({ refreshToken, clientId, ip })),
      await codeOf(exchange(bench, code, waiting)),
    ],
  };
}

const allEnded = [
  "identity.bad_mail_token",
  "identity.bad_credentials",
  "identity.program_grant",
  "identity.program_grant",
];

/** Runs `act` and says how often open sessions of the mailbox were told to ask again. */
async function toldBy(principalId: PrincipalId, act: () => Promise<unknown>): Promise<number> {
  let told = 0;
  const stop = bench.identity.context.bus.subscribe(identityTopic(principalId), () => told++);
  await act();
  stop();
  return told;
}

const recoveryOf = ({ login }: Session) => `recovery-of-${login}`;
const mailedSecret = (to: string, template: string) =>
  bench.mails
    .filter((mail) => mail.to === to && mail.template === template)
    .at(-1)
    ?.values["link"]?.split("#")[1] ?? "none";

async function confirmRecovery(session: Session): Promise<void> {
  const address = recoveryOf(session);
  await bench.identity.requestRecoveryAddress(session, address);
  await bench.identity.confirmRecoveryAddress({ token: mailedSecret(address, "recovery_address_confirm"), ip });
}

/** Returns what opens the mailed link. */
async function askReset(session: Session): Promise<() => Promise<unknown>> {
  await confirmRecovery(session);
  await bench.identity.requestPasswordReset({ realm: "mail", login: session.login, ip });
  const token = mailedSecret(recoveryOf(session), "password_reset");
  return () => bench.identity.confirmPasswordReset({ realm: "mail", token, password: newPassword, ...caller });
}

test("R13: a password set by an administrator ends the programs and app passwords that whoever had the old one let in", async () => {
  const mailbox = await stolen("set@posta.test");
  const bystander = await stolen("bystander@posta.test");
  const passwordHash = await bench.identity.preparePassword({ password: newPassword, words: [] });
  const { principalId } = mailbox;
  const set = () =>
    bench.database.db.tenant(tenantId, (tx) =>
      bench.identity.setPassword(tx, system, { principalId, passwordHash, nowMs: bench.clock.nowMs() }),
    );
  expect(await toldBy(principalId, set)).toBe(1);
  expect(await mailbox.holds()).toEqual([false, false]);
  expect(await mailbox.tries()).toEqual(allEnded);
  expect(await bystander.holds()).toEqual([true, true]);
  expect(await bystander.tries()).toEqual(["in", "in", "in", "in"]);
});

test("R76: a password chosen by a mailed link ends them too", async () => {
  const mailbox = await stolen("link@posta.test");
  const reset = await askReset(mailbox.session);
  expect(await toldBy(mailbox.principalId, reset)).toBeGreaterThan(0);
  expect(await mailbox.holds()).toEqual([false, false]);
  expect(await mailbox.tries()).toEqual(allEnded);
});

test("R76: what is being let in while the mailed link is opened ends with the rest", async () => {
  const principalId = await bench.newPerson(tenantId, "meanwhile@posta.test", { realm: "mail" });
  const reset = await askReset(await mailSession(bench, "meanwhile@posta.test"));
  const at = new Date(bench.clock.nowMs());
  const endsAt = new Date(bench.clock.nowMs() + 60_000);
  const row = () =>
    ({ id: newId(bench.clock, bench.random), principalId, name: "x", protocols: ["imap"], at }) as const;
  const secret = () => Buffer.from(bench.random.bytes(32));
  const [done] = await bench.database.db.tenant(tenantId, async (tx) => {
    await insertAppPassword(tx, { ...row(), hash: secret(), expiresAt: null });
    const asked = { redirectUri: "org.example:/x", codeChallenge: "c".repeat(43), endsAt };
    await insertProgram(tx, { ...row(), ...asked, clientHash: secret(), codeHash: secret() });
    return heldBy(tx, reset);
  });
  expect(await done).toBe("in");
  const left = await bench.database.db.tenant(tenantId, async (tx) => [
    ...(await selectAppPasswords(tx, principalId)),
    ...(await selectPrograms(tx, principalId, at)),
  ]);
  expect(left).toEqual([]);
});

test("R13: what a session asks for while an administrator sets the password is refused with it", async () => {
  const address = "asking@posta.test";
  const principalId = await bench.newPerson(tenantId, address, { realm: "mail" });
  const session = await mailSession(bench, address);
  const passwordHash = await bench.identity.preparePassword({ password: newPassword, words: [] });
  const mails = bench.mails.length;
  const asked = await bench.database.db.tenant(tenantId, async (tx) => {
    await bench.identity.setPassword(tx, system, { principalId, passwordHash, nowMs: bench.clock.nowMs() });
    const app = { name: "x", protocols: ["imap"], expiresAtMs: null } as const;
    return heldBy(
      tx,
      () => bench.identity.createAppPassword(session, app),
      () => codeFor(bench, session, clientOf(bench), "imap"),
      () => bench.identity.requestRecoveryAddress(session, recoveryOf(session)),
      () => bench.database.db.tenant(tenantId, (own) => bench.identity.assertSessionStands(own, session)),
    );
  });
  expect(await Promise.all(asked)).toEqual(Array(4).fill("identity.not_signed_in"));
  const anew = await bench.identity.signIn({ realm: "mail", login: address, password: newPassword, ...caller });
  if (anew.step !== "signed_in") throw new Error("expected a session");
  expect(await bench.identity.listAppPasswords(anew.session)).toEqual([]);
  expect(await bench.identity.listPrograms(anew.session)).toEqual([]);
  expect(bench.mails.slice(mails)).toEqual([]);
});

test("R13: a sign-in with the former password that is under way while an administrator sets another opens nothing", async () => {
  const address = "entering@posta.test";
  const principalId = await bench.newPerson(tenantId, address, { realm: "mail" });
  const passwordHash = await bench.identity.preparePassword({ password: newPassword, words: [] });
  const signIn = (password: string) => bench.identity.signIn({ realm: "mail", login: address, password, ...caller });
  const [entering] = await bench.database.db.tenant(tenantId, async (tx) => {
    await bench.identity.setPassword(tx, system, { principalId, passwordHash, nowMs: bench.clock.nowMs() });
    return heldBy(tx, () => signIn(goodPassword));
  });
  expect(await entering).toBe("identity.busy");
  expect(await codeOf(signIn(goodPassword))).toBe("identity.bad_credentials");
  const anew = await signIn(newPassword);
  if (anew.step !== "signed_in") throw new Error("expected a session");
  expect(await bench.identity.listSessions(anew.session)).toHaveLength(1);
});

test("R13: an administrator ends all programs and app passwords at once, and neither the password nor webmail", async () => {
  const mailbox = await stolen("disconnected@posta.test");
  const bystander = await stolen("connected@posta.test");
  const { principalId } = mailbox;
  const byPassword = { address: "disconnected@posta.test", password: goodPassword, protocol: "imap", ip } as const;
  const open = await bench.identity.verifyMailLogin(byPassword);
  const end = () =>
    bench.database.db.tenant(tenantId, (tx) =>
      bench.identity.disconnectMailAccount(tx, system, { principalId, factors: false }),
    );
  expect(await toldBy(principalId, end)).toBe(1);
  expect(await mailbox.holds()).toEqual([false, false]);
  expect(await mailbox.tries()).toEqual(allEnded);
  expect([await open.holds(), await codeOf(bench.identity.verifyMailLogin(byPassword))]).toEqual([true, "in"]);
  expect(await bench.identity.listPrograms(mailbox.session)).toEqual([]);
  expect(await bystander.tries()).toEqual(["in", "in", "in", "in"]);
  const filter = { tenantId, count: 50, objectKind: "principal", objectId: principalId };
  const { entries } = await bench.database.db.tenant(tenantId, (tx) => listAudit(tx, filter));
  expect(entries.find(({ action }) => action === "identity.mail_secrets_ended")?.details).toEqual({
    appPasswords: 1,
    programs: 2,
  });
});

test("R53: the person's own change, made with the present password, leaves programs and app passwords as they are", async () => {
  const mailbox = await stolen("own@posta.test");
  await bench.identity.changePassword(await mailSession(bench, "own@posta.test"), newPassword);
  expect(await mailbox.holds()).toEqual([true, true]);
  expect(await mailbox.tries()).toEqual(["in", "in", "in", "in"]);
});

test("R53: the mailbox and its recovery address are told by mail when a program is let in, in nothing of whose name is a link", async () => {
  await bench.newPerson(tenantId, "told@posta.test", { realm: "mail" });
  const session = await mailSession(bench, "told@posta.test");
  const told = () =>
    bench.mails.filter((mail) => mail.template === "program_allowed" && mail.values["login"] === session.login);
  await codeFor(bench, session, clientOf(bench), "imap smtp");
  expect(told().map(({ to }) => to)).toEqual(["told@posta.test"]);
  await confirmRecovery(session);
  await codeFor(bench, session, clientOf(bench, "Posta https://evil.example"), "imap smtp");
  expect(
    told()
      .map(({ to }) => to)
      .slice(1),
  ).toEqual(["told@posta.test", "recovery-of-told@posta.test"]);
  for (const language of ["it", "en"] as const)
    for (const mail of told()) {
      const { text } = renderSystemMail({ ...mail, language });
      expect(text).toMatch(/“Posta .*”|«Posta .*»/);
      expect(text).toContain("IMAP, SMTP");
      expect(text).toContain(bench.identity.context.faces.mail.origin);
      expect(text).not.toMatch(/evil|\{\w+\}/);
    }
});

test("R53: the mailbox and its recovery address are told in the person's language, once, when a used refresh token ends a program's connection", async () => {
  const address = "reused@posta.test";
  const principalId = await bench.newPerson(tenantId, address, { realm: "mail" });
  const { session, refreshToken, clientId } = await connect(bench, address, "imap");
  await confirmRecovery(session);
  await bench.database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`update identity_principals set language = 'en' where tenant_id = ${tenantId} and id = ${principalId}`,
  );
  const renew = (from = ip) => codeOf(bench.identity.renewProgramTokens({ refreshToken, clientId, ip: from }));
  const told = () =>
    bench.mails.filter(({ template, values }) => template === "program_ended" && values["login"] === address);
  expect([await renew(), told()]).toEqual(["in", []]);
  const thief = "198.51.100.9";
  const refused = "identity.program_grant";
  expect([...(await Promise.all([renew(thief), renew(thief)])), await renew()]).toEqual(Array(3).fill(refused));
  expect(told()).toMatchObject(
    [address, `recovery-of-${address}`].map((to) => ({
      to,
      language: "en",
      values: { ip: thief, name: "Posta di Prova" },
    })),
  );
  for (const language of ["it", "en"] as const)
    for (const mail of told()) {
      const { text } = renderSystemMail({ ...mail, language });
      expect(text).toMatch(/“Posta di Prova”|«Posta di Prova»/);
      expect(text).toContain(thief);
      expect(text).toContain(bench.identity.context.faces.mail.origin);
      expect(text).not.toMatch(/\{\w+\}/);
    }
});

test("R53: who brings a connected program's code again is told of, and one that never connected is nobody's news", async () => {
  const address = "code-again@posta.test";
  await bench.newPerson(tenantId, address, { realm: "mail" });
  const { code, clientId, session } = await connect(bench, address, "imap");
  const told = () => bench.mails.filter(({ template, to }) => template === "program_ended" && to === address).length;
  const wrong = await codeFor(bench, session, clientId, "imap");
  expect(await codeOf(exchange(bench, wrong, clientOf(bench)))).toBe("identity.program_grant");
  expect(told()).toBe(0);
  expect(await codeOf(exchange(bench, code, clientId))).toBe("identity.program_grant");
  expect(told()).toBe(1);
});
