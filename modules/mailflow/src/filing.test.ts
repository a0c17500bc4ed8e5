import { addAddress } from "@casaforte/modules/domains";
import { activateScript, listScripts, putScript, readRules, saveRules, setVacation } from "@casaforte/modules/sieve";
import type { Rule } from "@casaforte/sieve/rules";
import nodemailer from "nodemailer";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import { resumeSender, stopSender } from "./stop-sender.ts";

let bed: MailflowTestbed;
let number = 0;
beforeAll(async () => {
  bed = await openMailflowTestbed();
  await bed.newTenant("casa.test");
  await bed.newTenant("other.test");
});
afterAll(() => bed?.close());
afterEach(async () => expect(await bed.findings()).toEqual([]));

async function accountWith(script: string | null): Promise<TestAccount> {
  const account = await bed.newAccount(`user${++number}@casa.test`);
  if (script !== null) await useScript(account, script);
  return account;
}

const useScript = (account: TestAccount, content: string) =>
  bed.services.db.tenant(account.tenantId, async (tx) => {
    await putScript(tx, system, { accountId: account.id, name: "s", content }, bed.services);
    await activateScript(tx, system, { accountId: account.id, name: "s" });
  });

interface Mail {
  readonly from?: string;
  readonly header?: Record<string, string>;
  readonly subject?: string;
  readonly toHeader?: string;
  readonly dsn?: { readonly notify: ("never" | "success" | "failure")[] };
}

async function send(to: TestAccount | readonly TestAccount[], mail: Mail = {}): Promise<void> {
  const recipients = "address" in to ? [to.address] : to.map(({ address }) => address);
  const from = mail.from ?? "friend@other.test";
  await nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true }).sendMail({
    envelope: { from, to: recipients },
    from: from === "" ? "daemon@other.test" : from,
    to: mail.toHeader ?? recipients,
    subject: mail.subject ?? "Hello",
    text: "some words",
    headers: mail.header ?? {},
    ...(mail.dsn && { dsn: mail.dsn }),
  });
  await bed.drain();
}

/** Paths and flags of what the account holds. */
const held = (account: TestAccount) =>
  bed.services.db.tenant(account.tenantId, async (tx) =>
    (
      await tx.sql<{ path: string; flags: number; keywords: string[] }[]>`
        select b.path, s.flags, s.keywords from mailbox_memberships s
        join mailbox_mailboxes b on b.tenant_id = s.tenant_id and b.id = s.mailbox_id
        where s.tenant_id = ${tx.tenantId} and b.account_id = ${account.id} order by b.path, s.uid`
    ).map(({ path, flags, keywords }) => [path, flags, ...keywords].join(" ")),
  );
const subjects = async (account: TestAccount) =>
  (await bed.messages(account)).map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim());

test("rules file a message at delivery, make the mailbox, set flags, and leave other accounts alone", async () => {
  const ada = await accountWith(
    'require ["fileinto","mailbox","imap4flags","copy"]; if header :contains "subject" "list" { addflag ["\\\\Seen","$work"]; fileinto :create "Lists/Work"; } elsif header :contains "subject" "both" { fileinto :copy "Archive"; } elsif header :contains "subject" "none" { fileinto "Nowhere"; }',
  );
  const bob = await accountWith(null);
  await send([ada, bob], { subject: "a list" });
  await send(ada, { subject: "both" });
  await send(ada, { subject: "none" });
  expect(await held(ada)).toEqual(["Archive 0", "INBOX 0", "INBOX 0", "Lists/Work 1 $work"]);
  expect(await held(bob)).toEqual(["INBOX 0"]);
});

test("rules hold for the very next mail after they were made, and no longer once they are gone", async () => {
  const ada = await accountWith(null);
  const bob = await accountWith(null);
  // The inboxes are known from here on, so that mail goes in one trip.
  await send([ada, bob]);
  await useScript(ada, 'require ["fileinto","mailbox"]; fileinto :create "Rules";');
  await send([ada, bob]);
  await send(ada);
  await bed.services.db.tenant(ada.tenantId, (tx) => activateScript(tx, system, { accountId: ada.id, name: null }));
  await send([ada, bob]);
  await send(ada);
  expect(await held(ada)).toEqual(["INBOX 0", "INBOX 0", "INBOX 0", "Rules 0", "Rules 0"]);
  expect(await held(bob)).toEqual(["INBOX 0", "INBOX 0", "INBOX 0"]);
});

test("a discarded message is accepted and nowhere, and costs no room", async () => {
  const ada = await accountWith('if header :is "subject" "away" { discard; }');
  await send(ada, { subject: "away" });
  expect(await held(ada)).toEqual([]);
  const [used] = await bed.services.db.tenant(
    ada.tenantId,
    (tx) =>
      tx.sql<{ used_bytes: bigint; messages: bigint }[]>`
      select used_bytes, messages from mailbox_accounts where tenant_id = ${tx.tenantId} and id = ${ada.id}`,
  );
  expect([Number(used?.used_bytes), Number(used?.messages)]).toEqual([0, 0]);
  await send(ada, { subject: "stay" });
  expect(await held(ada)).toEqual(["INBOX 0"]);
});

test("redirect passes the message on under our sender; two accounts that redirect to each other end at once", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const ada = await accountWith(`redirect "${eve.address}";`);
  await send(ada, { subject: "onward" });
  expect(await held(ada)).toEqual([]);
  const [arrived] = await bed.messages(eve);
  expect(arrived?.raw).toContain(`Delivered-To: ${ada.address}`);
  expect(arrived?.raw).toMatch(/^Return-Path: <srs0=.*@casa\.test>\r\n/i);
  expect(arrived?.raw.match(/^Return-Path:/gm)).toHaveLength(1);
  const zoe = await accountWith(null);
  const yan = await accountWith(`redirect "${zoe.address}";`);
  await useScript(zoe, `redirect "${yan.address}";`);
  await send(yan, { subject: "circle" });
  expect([...(await subjects(yan)), ...(await subjects(zoe))]).toEqual(["circle"]);
});

/** Copies that rules sent on to addresses like that one. */
const queued = async (pattern: string) => {
  const [row] = await bed.database.db.operator(
    (tx) =>
      tx.sql<{ count: number }[]>`select count(*)::int as count from mailflow_queue where recipient like ${pattern}`,
  );
  return row?.count;
};
const drainAll = async () => {
  for (let round = 0; round < 12; round++) await bed.drain();
};

test("a script that makes a new address of its account at each step passes a message on once, and keeps it then", async () => {
  const bomb = (name: string) =>
    `require ["variables","envelope"]; if envelope :matches "to" "${name}*@casa.test" { redirect "${name}\${1}a@casa.test"; redirect "${name}\${1}b@casa.test"; }`;
  const plus = await bed.newAccount("plus@casa.test");
  await useScript(
    plus,
    bomb("plus+").replace(
      "if envelope",
      `if envelope :is "to" "plus@casa.test" { redirect "plus+a@casa.test"; } elsif envelope`,
    ),
  );
  await send(plus, { subject: "plus" });
  await drainAll();
  expect(await queued("plus+%")).toBe(1);
  expect(await subjects(plus)).toEqual(["plus"]);
  const all = await bed.newAccount("all@casa.test");
  await bed.services.db.tenant(all.tenantId, (tx) =>
    addAddress(tx, system, { kind: "catch_all", address: "@casa.test", mailAccountId: all.id }, bed.services),
  );
  await useScript(all, bomb("many"));
  await send({ ...all, address: "many@casa.test" }, { subject: "many" });
  await drainAll();
  expect(await queued("many%")).toBe(2);
  expect(await subjects(all)).toEqual(["many", "many"]);
});

test("what rules of many accounts pass on one after the other is kept by the one behind the fifth", async () => {
  const chain: TestAccount[] = [];
  for (let step = 0; step < 8; step++) chain.push(await accountWith(null));
  for (const [step, account] of chain.entries()) {
    const next = chain[step + 1];
    if (next) await useScript(account, `redirect "${next.address}";`);
  }
  const [first] = chain;
  if (!first) throw new Error("no chain");
  await send(first, { subject: "far" });
  await drainAll();
  const places: string[][] = [];
  for (const account of chain) places.push(await held(account));
  expect(places).toEqual([[], [], [], [], [], [], ["INBOX 0"], []]);
});

test("rules pass on as many as their account may send in an hour, and keep the rest; what its person sends is no part of it", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const ada = await accountWith(`redirect "${eve.address}";`);
  const { db, clock } = bed.services;
  const hour = new Date(Math.floor(clock.nowMs() / 3_600_000) * 3_600_000);
  await db.tenant(
    ada.tenantId,
    (tx) => tx.sql`insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients, passed_on)
      values (${tx.tenantId}, ${ada.id}, ${hour}, ${mailflowLimits.recipientsPerHour}, ${mailflowLimits.recipientsPerHour - 1})`,
  );
  await send(ada, { subject: "last" });
  await send(ada, { subject: "kept" });
  expect([await subjects(eve), await subjects(ada)]).toEqual([["last"], ["kept"]]);
  const [{ recipients } = { recipients: 0 }] = await db.tenant(
    ada.tenantId,
    (tx) => tx.sql<{ recipients: number }[]>`select recipients from mailflow_rates where mail_account_id = ${ada.id}`,
  );
  expect(recipients).toBe(mailflowLimits.recipientsPerHour);
  await bed.clock.advance(3_600_000);
  await send(ada, { subject: "next" });
  expect(await subjects(eve)).toEqual(["last", "next"]);
});

test("R103: the desks, the trace and the audit log are told once an hour that rules reached the limit, though the person did too", async () => {
  const postmaster = await bed.newAccount("postmaster@casa.test");
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const ada = await accountWith(`redirect "${eve.address}";`);
  const { db, clock } = bed.services;
  const reach = () => {
    const hour = new Date(Math.floor(clock.nowMs() / 3_600_000) * 3_600_000);
    return db.tenant(
      ada.tenantId,
      (tx) => tx.sql`insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients, passed_on, alarmed)
        values (${tx.tenantId}, ${ada.id}, ${hour}, 0, ${mailflowLimits.recipientsPerHour}, true)`,
    );
  };
  const told = () =>
    db.tenant(ada.tenantId, async (tx) => {
      const [row] = await tx.sql`select
        (select count(*)::int from mailflow_events where tenant_id = ${tx.tenantId} and kind = 'rate_limited') as events,
        (select count(*)::int from audit_entries where tenant_id = ${tx.tenantId} and action = 'mailflow.rate_limited'
          and object_id = ${ada.id}) as entries`;
      return [row?.["events"], row?.["entries"]];
    });
  const [events] = await told();
  await reach();
  for (const subject of ["one", "two", "three"]) await send(ada, { subject });
  await bed.drain();
  expect(await subjects(postmaster)).toEqual([`Molti inoltri di ${ada.address}`]);
  expect(await told()).toEqual([events + 1, 1]);
  await bed.clock.advance(3_600_000);
  await reach();
  await send(ada, { subject: "four" });
  await bed.drain();
  expect(await subjects(postmaster)).toHaveLength(2);
  expect(await subjects(ada)).toEqual(["one", "two", "three", "four"]);
});

/** Accounts whose rules send something to that one: on, back, and an answer. */
async function accountsThatSendTo(eve: TestAccount): Promise<readonly TestAccount[]> {
  const scripts = [
    `redirect "${eve.address}";`,
    'require "reject"; reject "I have moved.";',
    'require "vacation"; vacation :days 1 "Away.";',
  ];
  const accounts: TestAccount[] = [];
  for (const script of scripts) accounts.push(await accountWith(script));
  return accounts;
}

test("R103: the rules of a stopped sender send nothing, and what they would have sent on is kept; others' go on", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const accounts = await accountsThatSendTo(eve);
  const other = await accountWith(`redirect "${eve.address}";`);
  const { db } = bed.services;
  for (const { id: mailAccountId, tenantId } of accounts)
    await db.tenant(tenantId, (tx) => stopSender(tx, system, { mailAccountId, reason: "by_hand" }, bed.services));
  for (const account of accounts) await send(account, { from: eve.address });
  expect(await bed.messages(eve)).toEqual([]);
  for (const account of accounts) expect(await held(account)).toEqual(["INBOX 0"]);
  await send([...accounts, other], { from: eve.address });
  expect((await bed.messages(eve)).map(({ raw }) => /^Delivered-To: (.*)\r$/m.exec(raw)?.[1])).toEqual([other.address]);
  for (const { id: mailAccountId, tenantId } of accounts)
    await db.tenant(tenantId, (tx) => resumeSender(tx, system, { mailAccountId }, bed.services));
  for (const account of accounts) await send(account, { from: eve.address });
  expect(await bed.messages(eve)).toHaveLength(4);
});

test("R64: while sending is switched off rules send nothing, and what they would have sent on is kept", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const accounts = await accountsThatSendTo(eve);
  const tenantId = accounts[0]?.tenantId ?? "";
  const { db } = bed.services;
  await db.operator(
    (tx) =>
      tx.sql`insert into measures_switches (tenant_id, capability, since) values (${tenantId}, 'mail.send', now())`,
  );
  for (const account of accounts) await send(account, { from: eve.address });
  expect(await bed.messages(eve)).toEqual([]);
  for (const account of accounts) expect(await held(account)).toEqual(["INBOX 0"]);
  await db.operator((tx) => tx.sql`delete from measures_switches where tenant_id = ${tenantId}`);
  // From the same sender: an answer that did not go out was not given.
  for (const account of accounts) await send(account, { from: eve.address });
  expect(await bed.messages(eve)).toHaveLength(3);
});

test("reject tells the sender why and keeps nothing; the null sender is told nothing", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const ada = await accountWith('require "reject"; reject "I have moved.";');
  await send(ada, { from: eve.address });
  expect(await held(ada)).toEqual([]);
  expect((await bed.messages(eve))[0]?.raw).toMatch(/Status: 5\.7\.1[\s\S]*I have moved\./);
  await send(ada, { from: "" });
  await send(ada, { from: eve.address, dsn: { notify: ["never"] } });
  expect(await bed.messages(eve)).toHaveLength(1);
  await send(ada, { from: eve.address, dsn: { notify: ["success", "failure"] } });
  expect((await bed.messages(eve)).map(({ raw }) => /^Action: (\w+)/m.exec(raw)?.[1])).toEqual(["failed", "failed"]);
});

test("the vacation form answers a person once in seven days, in its time, and from the address written to", async () => {
  const eve = await bed.newAccount(`eve${++number}@other.test`);
  const ada = await accountWith(null);
  const now = bed.clock.nowMs();
  const vacation = {
    isEnabled: true,
    fromAt: new Date(now - 1000),
    untilAt: new Date(now + 30 * 86_400_000),
    subject: "Sono via",
    textBody: "Torno lunedì.",
    htmlBody: null,
  };
  await bed.services.db.tenant(ada.tenantId, (tx) =>
    setVacation(tx, system, { accountId: ada.id, vacation }, bed.services),
  );
  await send(ada, { from: eve.address });
  await send(ada, { from: eve.address });
  expect(await subjects(eve)).toEqual(["Sono via"]);
  const [{ raw } = { raw: "" }] = await bed.messages(eve);
  expect(raw).toMatch(/^Return-Path: <>/m);
  expect(raw).toMatch(/^Auto-Submitted: auto-replied/m);
  expect(raw).toMatch(new RegExp(`^From: ${ada.address}`, "m"));
  expect(raw).toMatch(/^DKIM-Signature: /m);
  expect(raw).toMatch(/^In-Reply-To: </m);
  await bed.clock.advance(7 * 86_400_000 + 1000);
  await send(ada, { from: eve.address });
  expect(await subjects(eve)).toHaveLength(2);
  await bed.clock.advance(30 * 86_400_000);
  await send(ada, { from: eve.address });
  expect(await subjects(eve)).toHaveLength(2);
  expect(await held(ada)).toHaveLength(4);
});

test("no answer goes to lists, automatic mail, robots, the null sender, or mail that does not name the owner", async () => {
  const ada = await accountWith('require "vacation"; vacation :days 1 "Away.";');
  let sender = 0;
  const answers = async (mail: Mail, from?: string): Promise<number> => {
    const eve = await bed.newAccount(from ?? `w${++sender}x${number}@other.test`);
    await send(ada, { ...mail, from: eve.address });
    return (await bed.messages(eve)).length;
  };
  expect(await answers({})).toBe(1);
  expect(await answers({ header: { "List-Id": "<a.example>" } })).toBe(0);
  expect(await answers({ header: { "Auto-Submitted": "auto-generated" } })).toBe(0);
  expect(await answers({ header: { "Auto-Submitted": "no" } })).toBe(1);
  expect(await answers({ header: { Precedence: "bulk" } })).toBe(0);
  expect(await answers({ header: { "X-Auto-Response-Suppress": "OOF" } })).toBe(0);
  expect(await answers({ toHeader: "undisclosed@other.test" })).toBe(0);
  expect(await answers({}, `noreply${number}@other.test`.replace(/\d+/, ""))).toBe(0);
  await send(ada, { from: "" });
});

test("the editor's rules become the active script; a script by hand stays beside them", async () => {
  const ada = await accountWith("keep;");
  const rule: Rule = {
    name: "Work",
    isEnabled: true,
    match: "all",
    conditions: [{ subject: "subject", relation: "contains", value: "work" }],
    actions: [{ kind: "move", mailbox: "Work" }],
    goesOn: false,
  };
  const db = bed.services.db;
  expect(await db.tenant(ada.tenantId, (tx) => readRules(tx, ada.id))).toEqual({
    rules: null,
    activeScript: { name: "s", content: "keep;" },
  });
  await db.tenant(ada.tenantId, (tx) =>
    putScript(tx, system, { accountId: ada.id, name: "rules", content: "stop;" }, bed.services),
  );
  await db.tenant(ada.tenantId, (tx) => saveRules(tx, system, { accountId: ada.id, rules: [rule] }, bed.services));
  expect((await db.tenant(ada.tenantId, (tx) => readRules(tx, ada.id))).rules).toEqual([rule]);
  const scripts = await db.tenant(ada.tenantId, (tx) => listScripts(tx, ada.id));
  expect(scripts.map(({ name, isActive }) => `${name} ${isActive}`)).toEqual([
    "rules false",
    "rules 2 true",
    "s false",
  ]);
  await send(ada, { subject: "more work" });
  expect(await held(ada)).toEqual(["Work 0"]);
});
