import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { jobHandlers } from "./jobs.ts";
import { identityLimits } from "./limits.ts";
import {
  challenge,
  clientOf,
  codeFor,
  codeOf,
  connect,
  exchange,
  ip,
  mailSession,
  redirect,
  requestOf,
  verifier,
} from "./programs.test-support.ts";
import type { MailProtocol } from "./types.ts";
import { identityTopic } from "./verified-logins.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const newAccount = (address: string) => bench.newPerson(tenantId, address, { realm: "mail" });
const login = (token: string, protocol: MailProtocol = "imap", address: string | null = null, from = ip) =>
  bench.identity.verifyMailToken({ token, address, protocol, ip: from });
const renew = (refreshToken: string, clientId: string, from = ip) =>
  bench.identity.renewProgramTokens({ refreshToken, clientId, ip: from });
const rows = () =>
  bench.database.db.tenant(
    tenantId,
    (tx) => tx.sql<{ row: string }[]>`select p::text as row from identity_programs p where tenant_id = ${tenantId}`,
  );
/** What the log says about the mailbox's programs, the oldest first. */
const auditOf = async (id: PrincipalId) => {
  const filter = { tenantId, count: 50, objectKind: "principal", objectId: id };
  const { entries } = await bench.database.db.tenant(tenantId, (tx) => listAudit(tx, filter));
  return entries
    .filter(({ action }) => action.startsWith("identity.program_"))
    .map(({ action, actorKind }) => ({ action, kind: actorKind }))
    .toReversed();
};

test("R53: with two-step sign-in on, a program that its person let in reads mail without any password", async () => {
  const id = await newAccount("ada@posta.test");
  const session = await mailSession(bench, "ada@posta.test");
  await bench.database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`insert into identity_totp (tenant_id, principal_id, sealed_seed, confirmed_at) values (${tenantId}, ${id}, '\\x00', now())`,
  );
  const clientId = clientOf(bench);
  const tokens = await exchange(bench, await codeFor(bench, session, clientId, "imap smtp"), clientId);
  expect(tokens).toMatchObject({ protocols: ["imap", "smtp"], expiresInMs: 3_600_000 });
  const open = await login(tokens.accessToken, "imap", "Ada@Posta.test");
  expect(open).toMatchObject({ tenantId, principalId: id, address: "ada@posta.test", via: "program" });
  expect(open.protocols).toEqual(["imap", "smtp"]);
  expect(await codeOf(login(tokens.accessToken, "smtp"))).toBe("in");
  expect(await codeOf(login(tokens.accessToken, "pop3"))).toBe("identity.protocol_disabled");
  expect(await codeOf(login(tokens.accessToken, "jmap"))).toBe("identity.protocol_disabled");
  expect(await bench.identity.listPrograms(session)).toMatchObject([
    {
      name: "Posta di Prova",
      place: "127.0.0.1",
      protocols: ["imap", "smtp"],
      lastUsedIp: ip,
      lastUsedProtocol: "smtp",
    },
  ]);
});

test("R53: a token opens its own mailbox alone, whatever address is named beside it", async () => {
  await newAccount("one@posta.test");
  const other = await bench.newTenant("Verdi Srl");
  await bench.newPerson(other, "two@altra.test", { realm: "mail" });
  const { accessToken, session } = await connect(bench, "one@posta.test", "imap");
  expect(await codeOf(login(accessToken, "imap", "two@altra.test"))).toBe("identity.bad_mail_token");
  expect(await login(accessToken, "imap", null)).toMatchObject({ address: "one@posta.test", tenantId });
  const stranger = await mailSession(bench, "two@altra.test");
  const [mine] = await bench.identity.listPrograms(session);
  expect(await bench.identity.listPrograms(stranger)).toEqual([]);
  expect(await codeOf(bench.identity.removeProgram(stranger, mine?.id ?? ""))).toBe("identity.no_program");
  expect(await codeOf(login(accessToken))).toBe("in");
});

test("R53: a code is good once, for a minute, for who asked and who holds the verifier; brought again it ends what came of it", async () => {
  const id = await newAccount("code@posta.test");
  const session = await mailSession(bench, "code@posta.test");
  const clientId = clientOf(bench);
  const wrong = async (change: Partial<Parameters<typeof bench.identity.exchangeProgramCode>[0]>) => {
    const code = await codeFor(bench, session, clientId, "imap");
    const right = { code, clientId, redirectUri: redirect, verifier, ip };
    expect(await codeOf(bench.identity.exchangeProgramCode({ ...right, ...change }))).toBe("identity.program_grant");
    // Whoever brought it so has it from somewhere: it is good for nobody any more.
    expect(await codeOf(bench.identity.exchangeProgramCode(right))).toBe("identity.program_grant");
  };
  await wrong({ verifier: `${verifier}x` });
  await wrong({ verifier: challenge });
  await wrong({ verifier: "" });
  await wrong({ clientId: clientOf(bench) });
  await wrong({ redirectUri: "http://127.0.0.1:49153/answer" });
  const late = await codeFor(bench, session, clientId, "imap");
  await bench.clock.advance(identityLimits.programCodeMs);
  expect(await codeOf(exchange(bench, late, clientId))).toBe("identity.program_grant");
  const code = await codeFor(bench, session, clientId, "imap");
  const tokens = await exchange(bench, code, clientId);
  const open = await login(tokens.accessToken);
  expect(await open.holds()).toBe(true);
  expect(await codeOf(exchange(bench, code, clientId))).toBe("identity.program_grant");
  expect(await open.holds()).toBe(false);
  expect(await codeOf(login(tokens.accessToken))).toBe("identity.bad_mail_token");
  expect(await codeOf(renew(tokens.refreshToken, clientId))).toBe("identity.program_grant");
  expect((await auditOf(id)).at(-1)).toEqual({ action: "identity.program_reused", kind: "visitor" });
});

test("of two that bring one code at once one gets tokens, and then they have ended", async () => {
  await newAccount("race@posta.test");
  const session = await mailSession(bench, "race@posta.test");
  const clientId = clientOf(bench);
  const code = await codeFor(bench, session, clientId, "imap");
  const both = await Promise.allSettled([exchange(bench, code, clientId), exchange(bench, code, clientId)]);
  const given = both.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  expect(given).toHaveLength(1);
  expect(await codeOf(login(given[0]?.accessToken ?? ""))).toBe("identity.bad_mail_token");
});

test("R53: a refresh token is good once: the next one and a new access token; an old one, or another program's, ends the connection", async () => {
  await newAccount("rotate@posta.test");
  const first = await connect(bench, "rotate@posta.test", "imap");
  const open = await login(first.accessToken);
  const second = await renew(first.refreshToken, first.clientId);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(await codeOf(login(first.accessToken))).toBe("identity.bad_mail_token");
  expect(await codeOf(login(second.accessToken))).toBe("in");
  // A session that is open goes on, as one with an app password would.
  expect(await open.holds()).toBe(true);
  await bench.clock.advance(identityLimits.programRepeatMs);
  expect(await codeOf(renew(first.refreshToken, first.clientId))).toBe("identity.program_grant");
  expect(await open.holds()).toBe(false);
  expect(await codeOf(login(second.accessToken))).toBe("identity.bad_mail_token");
  expect(await codeOf(renew(second.refreshToken, first.clientId))).toBe("identity.program_grant");
  const stolen = await connect(bench, "rotate@posta.test", "imap");
  expect(await codeOf(renew(stolen.refreshToken, clientOf(bench)))).toBe("identity.program_grant");
  expect(await codeOf(renew(stolen.refreshToken, stolen.clientId))).toBe("identity.program_grant");
});

test("R53: who renews twice at once, or lost the answer, has the same tokens and stays connected; older ones and other programs end it", async () => {
  const id = await newAccount("twice@posta.test");
  const first = await connect(bench, "twice@posta.test", "imap");
  const [one, other] = await Promise.all([
    renew(first.refreshToken, first.clientId),
    renew(first.refreshToken, first.clientId),
  ]);
  expect(one).toMatchObject({ accessToken: other.accessToken, refreshToken: other.refreshToken });
  await bench.clock.advance(identityLimits.programRepeatMs - 1);
  const again = await renew(first.refreshToken, first.clientId);
  expect(again).toEqual({ ...one, expiresInMs: identityLimits.programAccessMs - identityLimits.programRepeatMs + 1 });
  expect(await codeOf(login(again.accessToken))).toBe("in");
  // Also across a change of the master key.
  const [older, newer] = [new SeededRandom(5).bytes(32), new SeededRandom(8).bytes(32)];
  const rotated = bench.another({ masterKeys: [newer, older] });
  const renewAnew = { refreshToken: first.refreshToken, clientId: first.clientId, ip };
  expect(await rotated.renewProgramTokens(renewAnew)).toMatchObject({ refreshToken: one.refreshToken });
  const second = await renew(one.refreshToken, first.clientId);
  expect(new Set([first, one, second].flatMap((each) => [each.accessToken, each.refreshToken])).size).toBe(6);
  expect(await codeOf(login(second.accessToken))).toBe("in");
  // Two renewals ago is no retry, however short.
  expect(await codeOf(renew(first.refreshToken, first.clientId))).toBe("identity.program_grant");
  expect(await codeOf(login(second.accessToken))).toBe("identity.bad_mail_token");
  const stolen = await connect(bench, "twice@posta.test", "imap");
  const next = await renew(stolen.refreshToken, stolen.clientId);
  expect(await codeOf(renew(stolen.refreshToken, clientOf(bench)))).toBe("identity.program_grant");
  expect(await codeOf(login(next.accessToken))).toBe("identity.bad_mail_token");
  const endings = (await auditOf(id)).filter(({ action }) => action === "identity.program_reused");
  expect(endings).toHaveLength(2);
});

test("R53: a used refresh token that comes from elsewhere ends the connection however soon, and each repeat is in the log", async () => {
  const id = await newAccount("elsewhere@posta.test");
  const [home, neighbour, thief] = ["2001:db8:1:2::77", "2001:db8:1:2::78", "2001:db8:1:3::77"];
  const first = await connect(bench, "elsewhere@posta.test", "imap");
  const second = await renew(first.refreshToken, first.clientId, home);
  const again = await renew(first.refreshToken, first.clientId, neighbour);
  expect(again).toMatchObject({ accessToken: second.accessToken, refreshToken: second.refreshToken });
  expect((await auditOf(id)).at(-1)).toEqual({ action: "identity.program_repeated", kind: "visitor" });
  const open = await login(second.accessToken);
  expect(await codeOf(renew(first.refreshToken, first.clientId, thief))).toBe("identity.program_grant");
  expect(await open.holds()).toBe(false);
  expect(await codeOf(login(second.accessToken))).toBe("identity.bad_mail_token");
  expect(await codeOf(renew(second.refreshToken, first.clientId, home))).toBe("identity.program_grant");
  expect((await auditOf(id)).map(({ action }) => action)).toEqual([
    "identity.program_allowed",
    "identity.program_repeated",
    "identity.program_reused",
  ]);
});

test("R53: an access token ends after an hour and costs nobody a try; a program that stays away for half a year is out", async () => {
  await newAccount("hours@posta.test");
  const tokens = await connect(bench, "hours@posta.test", "imap", "jmap");
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setMailAccess(tx, system, {
      ...{ principalId: tokens.session.principalId, protocols: ["imap", "jmap"], appPasswordsOnly: false },
    }),
  );
  const [mail, web] = [await login(tokens.accessToken), await login(tokens.accessToken, "jmap")];
  await bench.clock.advance(identityLimits.programAccessMs);
  expect([await mail.holds(), await web.holds()]).toEqual([true, false]);
  await bench.clock.advance(identityLimits.programSessionMs - 1);
  expect(await mail.holds()).toBe(true);
  await bench.clock.advance(1);
  expect(await mail.holds()).toBe(false);
  for (let n = 0; n < identityLimits.brakePrefixFreeTries + 5; n++)
    expect(await codeOf(login(tokens.accessToken))).toBe("identity.bad_mail_token");
  const next = await renew(tokens.refreshToken, tokens.clientId);
  expect(await codeOf(login(next.accessToken))).toBe("in");
  await bench.clock.advance(identityLimits.programRefreshMs);
  expect(await codeOf(renew(next.refreshToken, tokens.clientId))).toBe("identity.program_grant");
  expect(await rows()).not.toEqual([]);
  const [sweep] = jobHandlers({ identity: bench.identity });
  await sweep?.run({}, { signal: new AbortController().signal, logger: bench.logger } as never);
  expect(await rows()).toEqual([]);
});

test("R53: a token that a renewal ended is no longer good for requests of JMAP, also where it was let in before", async () => {
  const id = await newAccount("former@posta.test");
  const { accessToken, refreshToken, clientId } = await connect(bench, "former@posta.test", "imap", "jmap");
  await bench.database.db.tenant(tenantId, (tx) =>
    bench.identity.setMailAccess(tx, system, { principalId: id, protocols: ["imap", "jmap"], appPasswordsOnly: false }),
  );
  const [mail, web] = [await login(accessToken), await login(accessToken, "jmap")];
  expect([await mail.holds(), await web.holds()]).toEqual([true, true]);
  const next = await renew(refreshToken, clientId);
  expect([await mail.holds(), await web.holds()]).toEqual([true, false]);
  expect(await (await login(next.accessToken, "jmap")).holds()).toBe(true);
});

test("R13: what its administrator or its person ends is ended at once, also for sessions that are open", async () => {
  const id = await newAccount("ended@posta.test");
  const inTx = <T>(work: (tx: Parameters<typeof bench.identity.setPassword>[0]) => Promise<T>) =>
    bench.database.db.tenant(tenantId, work);
  const { accessToken, refreshToken, clientId, session } = await connect(bench, "ended@posta.test", "imap", "smtp");
  const open = await login(accessToken);
  const access = { principalId: id, appPasswordsOnly: true };
  await inTx((tx) => bench.identity.setMailAccess(tx, system, { ...access, protocols: ["smtp"] }));
  expect([await open.holds(), await codeOf(login(accessToken))]).toEqual([false, "identity.protocol_disabled"]);
  await inTx((tx) => bench.identity.setMailAccess(tx, system, { ...access, protocols: ["imap", "smtp"] }));
  expect([await open.holds(), await codeOf(login(accessToken))]).toEqual([true, "in"]);
  await inTx((tx) => bench.identity.setPrincipalStatus(tx, system, { principalId: id, status: "disabled" }));
  expect([await open.holds(), await codeOf(login(accessToken))]).toEqual([false, "identity.bad_mail_token"]);
  expect(await codeOf(renew(refreshToken, clientId))).toBe("identity.program_grant");
  await inTx((tx) => bench.identity.setPrincipalStatus(tx, system, { principalId: id, status: "active" }));
  expect(await open.holds()).toBe(true);
  let told = 0;
  const stop = bench.identity.context.bus.subscribe(identityTopic(id), () => told++);
  const [listed] = await bench.identity.listPrograms(session);
  await bench.identity.removeProgram(session, listed?.id ?? "");
  stop();
  expect(told).toBe(1);
  expect([await open.holds(), await codeOf(login(accessToken))]).toEqual([false, "identity.bad_mail_token"]);
  expect((await auditOf(id)).map(({ action }) => action)).toEqual([
    "identity.program_allowed",
    "identity.program_removed",
  ]);
});

test("RFC 7009: a program signs itself out with either token, another program's is refused, an unknown one is no trouble", async () => {
  const id = await newAccount("leaves@posta.test");
  for (const which of ["accessToken", "refreshToken"] as const) {
    const tokens = await connect(bench, "leaves@posta.test", "imap");
    const leave = (clientId: string, token: string = tokens[which]) =>
      codeOf(bench.identity.leaveProgram({ token, clientId, ip }));
    expect(await leave(clientOf(bench))).toBe("identity.program_grant");
    expect(await codeOf(login(tokens.accessToken))).toBe("in");
    expect(await leave(tokens.clientId)).toBe("in");
    expect(await codeOf(login(tokens.accessToken))).toBe("identity.bad_mail_token");
    expect(await leave(tokens.clientId)).toBe("in");
    expect(await leave(tokens.clientId, "nonsense")).toBe("in");
  }
  expect((await auditOf(id)).at(-1)).toEqual({ action: "identity.program_left", kind: "mail_account" });
});

test("R53: only a session that may do everything, and that was proven just now, says yes; at most fifty times", async () => {
  await newAccount("asked@posta.test");
  const session = await mailSession(bench, "asked@posta.test");
  const request = requestOf(clientOf(bench), "imap");
  const allow = (who = session, asked = request) => codeOf(bench.identity.allowProgram(who, asked));
  expect(await allow({ ...session, mustEnrol: true })).toBe("identity.two_factor_required");
  expect(await allow({ ...session, realm: "user" })).toBe("identity.forbidden");
  await bench.clock.advance(identityLimits.freshAuthenticationMs + 1);
  expect(await allow()).toBe("identity.reauthentication_required");
  const fresh = await mailSession(bench, "asked@posta.test");
  for (let n = 0; n < identityLimits.programsMax; n++) expect(await allow(fresh)).toBe("in");
  expect(await allow(fresh)).toBe("identity.programs_full");
  await bench.clock.advance(identityLimits.programCodeMs);
  expect(await allow(fresh)).toBe("in");
});

test("R59: tokens that nobody gave out are slowed by address, together with guesses of passwords; what has no shape is not", async () => {
  const from = "203.0.113.9";
  const strange = (n: number) => `cfa_${"a".repeat(49)}${"abcdefghijklmnopqrstuvwxyz"[n % 26]}${"234567abc"[n % 9]}z`;
  const codes: string[] = [];
  for (let n = 0; n < identityLimits.brakePrefixFreeTries + 10; n++)
    codes.push(await codeOf(login(strange(n), "imap", null, from)));
  expect(codes.filter((code) => code === "identity.bad_mail_token")).toHaveLength(identityLimits.brakePrefixFreeTries);
  expect(codes.at(-1)).toBe("identity.too_many_attempts");
  const guess = { address: "nobody@posta.test", password: "a guess", protocol: "imap", ip: from } as const;
  expect(await codeOf(bench.identity.verifyMailLogin(guess))).toBe("identity.too_many_attempts");
  expect(await codeOf(login("nonsense", "imap", null, from))).toBe("identity.bad_mail_token");
});

test("no secret of a program is in the database or in a log", async () => {
  await newAccount("quiet@posta.test");
  const { accessToken, refreshToken, code, clientId } = await connect(bench, "quiet@posta.test", "imap");
  const next = await renew(refreshToken, clientId);
  await login(next.accessToken);
  await codeOf(login(accessToken));
  const kept = `${JSON.stringify(await rows())}${JSON.stringify(bench.logger.events)}`;
  expect(kept).toMatch(/Posta di Prova.*identity\.mail_login/);
  for (const secret of [accessToken, refreshToken, code, next.accessToken, next.refreshToken])
    for (const part of [secret, secret.slice(4, 30), Buffer.from(secret).toString("hex")])
      expect(kept).not.toContain(part);
});
