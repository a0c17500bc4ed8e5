import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { caller, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { clientOf, codeFor, codeOf, connect, exchange, ip, mailSession } from "./programs.test-support.ts";
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

async function resetByLink(session: Session): Promise<void> {
  const address = `recovery-of-${session.login}`;
  const secret = (template: string) =>
    bench.mails
      .filter((mail) => mail.to === address && mail.template === template)
      .at(-1)
      ?.values["link"]?.split("#")[1] ?? "none";
  await bench.identity.requestRecoveryAddress(session, address);
  await bench.identity.confirmRecoveryAddress({ token: secret("recovery_address_confirm"), ip });
  await bench.identity.requestPasswordReset({ realm: "mail", login: session.login, ip });
  const token = secret("password_reset");
  await bench.identity.confirmPasswordReset({ realm: "mail", token, password: newPassword, ...caller });
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
  expect(await toldBy(mailbox.principalId, () => resetByLink(mailbox.session))).toBeGreaterThan(0);
  expect(await mailbox.holds()).toEqual([false, false]);
  expect(await mailbox.tries()).toEqual(allEnded);
});

test("R53: the person's own change, made with the present password, leaves programs and app passwords as they are", async () => {
  const mailbox = await stolen("own@posta.test");
  await bench.identity.changePassword(await mailSession(bench, "own@posta.test"), newPassword);
  expect(await mailbox.holds()).toEqual([true, true]);
  expect(await mailbox.tries()).toEqual(["in", "in", "in", "in"]);
});
