import type { MailAccountId, PrincipalId, TenantId } from "@casaforte/kernel";
import { servePop3 } from "@casaforte/pop3";
import { MemoryConnection } from "@casaforte/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { updateMailAccount } from "./change-mail-account.ts";
import { mailboxLimits } from "./limits.ts";
import { system } from "./mailbox-testbed.ts";
import { OpenDoors } from "./open-doors.ts";
import { pop3Backend } from "./pop3.ts";
import { type Client, SharingOffice } from "./sharing-office.test-support.ts";

let office: SharingOffice;
beforeAll(async () => {
  office = await SharingOffice.open(31);
});
afterEach(() => office.bed.bus.loseHints(false));
afterAll(() => office?.close());

const bye = "* BYE You have been signed out: this account or its sign-in was changed";

async function idle(client: Client): Promise<Client> {
  expect(await client.say("SELECT INBOX")).toMatch(/^OK /);
  client.send("i IDLE");
  expect(await client.line()).toBe("+ idling");
  return client;
}

const setImap = (accountId: MailAccountId, imap: boolean) =>
  office.bed.db.tenant(office.tenantId, (tx) =>
    updateMailAccount(tx, system, { accountId, protocols: { imap } }, office.bed.services),
  );

const switchOff = (tenantId: TenantId) =>
  office.bed.db.operator(
    (tx) => tx.sql`insert into measures_switches (tenant_id, capability, since)
      values (${tenantId}, 'mail.programs', now())`,
  );

test("R13: a session in IDLE ends with BYE when its protocol is switched off, and no other account's does", async () => {
  const [ada, bob] = [await office.bed.newAccount(office.tenantId), await office.bed.newAccount(office.tenantId)];
  const [first, second, other] = [
    await idle(await office.signIn(ada)),
    await office.signIn(ada),
    await idle(await office.signIn(bob)),
  ];
  await setImap(ada.id, false);
  expect([await first.line(), await first.line()]).toEqual([bye, "closed"]);
  expect([await second.line(), await second.line()]).toEqual([bye, "closed"]);
  other.send("DONE");
  expect(await other.line()).toBe("i OK IDLE completed");
  expect(await other.say("NOOP")).toMatch(/^OK /);
});

test("R64: a lost hint keeps a session in IDLE only until the next round; what is sent after it is not done", async () => {
  const tenantId = await office.bed.newTenant();
  const account = await office.bed.newAccount(tenantId);
  const [waiting, talking] = [
    await idle(await office.signIn(account, tenantId)),
    await office.signIn(account, tenantId),
  ];
  office.bed.bus.loseHints(true);
  await switchOff(tenantId);
  expect(await talking.say("NOOP")).toMatch(/^OK /);
  await office.bed.clock.advance(mailboxLimits.doorTrustMs);
  let said = await waiting.line();
  while (said === "* OK Still here") said = await waiting.line();
  expect([said, await waiting.line()]).toEqual([bye, "closed"]);
  expect([await talking.line(), await talking.line()]).toEqual([bye, "closed"]);
});

test("R64: an open POP3 session ends at the hint that the switches changed", async () => {
  const { bed } = office;
  const tenantId = await bed.newTenant();
  const account = await bed.newAccount(tenantId);
  const verify = async () => ({
    tenantId,
    mailAccountId: account.id,
    principalId: account.id as string as PrincipalId,
    holds: async () => true,
  });
  const connection = new MemoryConnection();
  const { clock, logger } = bed;
  const signal = new AbortController().signal;
  const served = servePop3(connection.server, { backend: pop3Backend(bed.services, verify), clock, logger, signal });
  const line = async () => Buffer.from((await connection.receive()) ?? []).toString();
  await line();
  connection.send("USER x\r\n");
  await line();
  connection.send("PASS y\r\n");
  expect(await line()).toBe("+OK 0 messages\r\n");
  await switchOff(tenantId);
  bed.bus.publish(`measures:${tenantId}`);
  expect(await connection.receiveAll()).toBe("-ERR [SYS/PERM] You have been signed out\r\n");
  await served;
});

test("a session of which nothing can be told stays, and is asked for again", async () => {
  const { bed } = office;
  const doors = new OpenDoors(bed.services);
  const answers = [new Error("the database is away"), true, false];
  const asked: (Error | boolean)[] = [];
  const mayStay = async () => {
    const answer = answers[asked.length] ?? false;
    asked.push(answer);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const id = "0190a000-0000-7000-8000-000000000001";
  using door = doors.open({
    tenantId: id as TenantId,
    mailAccountId: id as MailAccountId,
    principalId: id as PrincipalId,
    mayStay,
  });
  for (const ended of [false, false, true]) {
    await bed.clock.advance(mailboxLimits.doorTrustMs);
    expect(door.ended.aborted).toBe(ended);
  }
  expect(asked).toEqual(answers);
});
