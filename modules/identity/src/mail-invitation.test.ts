import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { caller, goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { createPrincipal } from "./principals.ts";
import { selectMailAccess } from "./store-mail-login.ts";
import { selectPrincipal } from "./store-principals.ts";

let bench: IdentityBench;
let tenantId: TenantId;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant("Posta Srl");
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>) => bench.database.db.tenant(tenantId, work);
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "in",
    (error: { code: string }) => error.code,
  );

/** A mailbox for which nobody has chosen a password. */
async function invited(login: string): Promise<PrincipalId> {
  const id = newId<PrincipalId>(bench.clock, bench.random);
  const nowMs = bench.clock.nowMs();
  const who = { id, realm: "mail", login, displayName: "Dora", language: "it", status: "invited" } as const;
  await inTenant((tx) => createPrincipal(tx, system, { ...who, passwordHash: null, nowMs }));
  await inTenant((tx) =>
    bench.identity.setMailAccess(tx, system, { principalId: id, protocols: ["imap"], appPasswordsOnly: false }),
  );
  return id;
}
const linkFor = (principalId: PrincipalId) =>
  inTenant((tx) => bench.identity.invitationLink(tx, system, { principalId }));
const tokenIn = (link: string) => link.slice(link.indexOf("#") + 1);
const accept = (token: string, over: { realm?: "mail" | "user"; password?: string } = {}) =>
  bench.identity.acceptInvitation({
    ...{ realm: "mail", token, password: goodPassword, displayName: "Dora Fabbri", language: "en" },
    ...over,
    ...caller,
  });
const logIn = (address: string, password = goodPassword) =>
  bench.identity.verifyMailLogin({ address, password, protocol: "imap", ip: "192.0.2.1" });
const statusOf = async (id: PrincipalId) => (await inTenant((tx) => selectPrincipal(tx, id)))?.status;

test("R75: a mailbox's person chooses the first password by a link that works once, in webmail alone, and is in", async () => {
  const id = await invited("dora@posta.test");
  expect(await codeOf(logIn("dora@posta.test"))).toBe("identity.bad_credentials");
  expect(await inTenant((tx) => selectMailAccess(tx, [id]))).toMatchObject([{ hasPassword: false }]);
  const sent = bench.mails.length;
  const { link, expiresAt } = await linkFor(id);
  expect(link).toMatch(/^https:\/\/webmail\.example\.test\/accept-invitation#\S{40,}$/);
  expect(expiresAt.getTime() - bench.clock.nowMs()).toBe(7 * 86_400_000);
  // The mailbox itself is the one place where it cannot be read.
  expect(bench.mails).toHaveLength(sent);
  const token = tokenIn(link);
  expect(await codeOf(accept(token, { realm: "user" }))).toBe("identity.link_expired");
  expect(await codeOf(accept(token, { password: "dora@posta.test" }))).toMatch(/^identity\.password_/);
  expect(await bench.identity.readInvitation({ realm: "mail", token })).toMatchObject({
    login: "dora@posta.test",
    tenant: "Posta Srl",
  });
  expect(await accept(token)).toMatchObject({ step: "signed_in", session: { login: "dora@posta.test" } });
  expect(await codeOf(accept(token))).toBe("identity.link_expired");
  expect(await codeOf(logIn("dora@posta.test"))).toBe("in");
  expect(await inTenant((tx) => selectMailAccess(tx, [id]))).toMatchObject([{ hasPassword: true }]);
  expect(await codeOf(linkFor(id))).toBe("identity.not_invited");
});

test("R75: a mailbox's link ends with its seven days, with the next one, and with a password that an administrator sets", async () => {
  const id = await invited("elio@posta.test");
  const tokens = [tokenIn((await linkFor(id)).link), tokenIn((await linkFor(id)).link)] as const;
  expect(await codeOf(accept(tokens[0]))).toBe("identity.link_expired");
  await bench.clock.advance(identityLimits.invitationMs);
  expect(await codeOf(accept(tokens[1]))).toBe("identity.link_expired");
  const last = tokenIn((await linkFor(id)).link);
  const password = "tre barche lungo la riva";
  const passwordHash = await bench.identity.preparePassword({ password, words: [] });
  const nowMs = bench.clock.nowMs();
  await inTenant((tx) => bench.identity.setPassword(tx, system, { principalId: id, passwordHash, nowMs }));
  expect(await codeOf(accept(last))).toBe("identity.link_expired");
  expect(await codeOf(logIn("elio@posta.test", password))).toBe("in");
});

test("R75: a mailbox that is suspended before its person came ends the link, and waits for another when it is reopened", async () => {
  const id = await invited("fosca@posta.test");
  const { link } = await linkFor(id);
  const set = (status: "active" | "disabled") =>
    inTenant((tx) => bench.identity.setPrincipalStatus(tx, system, { principalId: id, status }));
  await set("disabled");
  expect(await codeOf(linkFor(id))).toBe("identity.not_invited");
  expect(await codeOf(accept(tokenIn(link)))).toBe("identity.link_expired");
  await set("active");
  expect(await statusOf(id)).toBe("invited");
  expect(await codeOf(accept(tokenIn(link)))).toBe("identity.link_expired");
  expect(await codeOf(accept(tokenIn((await linkFor(id)).link)))).toBe("in");
  await set("disabled");
  await set("active");
  expect(await statusOf(id)).toBe("active");
});
