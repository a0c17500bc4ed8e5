import { type Backend, handleApi, sessionObject } from "@casaforte/jmap";
import type { Failure, PrincipalId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { updateMailAccount } from "./change-mail-account.ts";
import { jmapBackend } from "./jmap.ts";
import type { JmapServices } from "./jmap-submission.ts";
import type { MailAccount } from "./mail-account.ts";
import { MailboxListings } from "./mailbox-listings.ts";
import { type MailboxTestbed, system } from "./mailbox-testbed.ts";
import type { ShareAccess } from "./share-access.ts";
import { SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  sharing = await SharingOffice.open(23);
  ({ bed, tenantId } = sharing);
});
afterAll(() => sharing?.close());

test("R12: two people work in one mailbox: named, selected, told of each other's changes, with the owner's UIDs", async () => {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  await sharing.deliver(office, 1);
  await sharing.deliver(office, 2);
  await sharing.share(office, ada.id, "write");
  const owner = await sharing.signIn(office);
  const guest = await sharing.signIn(ada);
  const path = `Other Users/${office.address}`;
  expect(await guest.ask("NAMESPACE")).toContain('* NAMESPACE (("" "/")) (("Other Users/" "/")) NIL');
  expect(await guest.ask('LIST "" "Other Users/%"')).toEqual([
    `* LIST (\\Noselect \\HasChildren) "/" "${path}"`,
    "OK LIST completed",
  ]);
  expect(await guest.ask(`LIST "" "${path}/%"`)).toContain(`* LIST (\\HasNoChildren) "/" "${path}/INBOX"`);
  const both = ["UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ"];
  const figures = (lines: string[]) => lines.filter((line) => both.some((word) => line.includes(word)));
  const seen = await guest.ask(`SELECT "${path}/INBOX"`);
  expect(seen.at(-1)).toContain("[READ-WRITE]");
  expect(figures(seen)).toEqual(figures(await owner.ask("SELECT INBOX")));
  expect(await guest.ask(`MYRIGHTS "${path}/INBOX"`)).toContain(`* MYRIGHTS "${path}/INBOX" lrswited`);
  expect(await owner.ask("GETACL INBOX")).toContain(
    `* ACL INBOX "${office.address}" lrswitekxacd "${ada.address}" lrswited`,
  );
  for (const verb of ["GETACL", "LISTRIGHTS", "SETACL", "DELETEACL"]) {
    const more = { LISTRIGHTS: ` ${ada.address}`, SETACL: ` ${ada.address} lrswitekx`, DELETEACL: ` ${ada.address}` };
    expect(await guest.say(`${verb} "${path}/INBOX"${more[verb as keyof typeof more] ?? ""}`)).toMatch(
      /^NO \[NOPERM\]/,
    );
  }
  expect(await guest.ask(`GETQUOTAROOT "${path}/INBOX"`)).toEqual([
    `* QUOTAROOT "${path}/INBOX"`,
    "OK GETQUOTAROOT completed",
  ]);

  await guest.say("UID STORE 1 +FLAGS (\\Answered)");
  expect((await owner.ask("NOOP"))[0]).toMatch(/^\* 1 FETCH \(UID 1 FLAGS \(\\Answered/);
  guest.send("i IDLE");
  while ((await guest.line()) !== "+ idling");
  await sharing.deliver(office, 3);
  let line = "";
  while (!line.includes("EXISTS")) line = await guest.line();
  expect(line).toBe("* 3 EXISTS");
  guest.send("DONE");
  while (!(await guest.line()).startsWith("i OK"));
  expect(await sharing.findings()).toEqual([]);
});

test("messages go both ways between accounts, by COPY and by MOVE, with flags, keywords and conversations", async () => {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  const text = (id: string, more = "") =>
    `Message-ID: <${id}@x.it>\r\nFrom: p@x.it\r\nTo: q@x.it\r\nSubject: Offer\r\n${more}\r\nbody ${id}\r\n`;
  await sharing.deliver(office, 0, text("a"));
  await sharing.deliver(office, 0, text("b", "In-Reply-To: <a@x.it>\r\n"));
  await sharing.deliver(ada, 0, text("a"));
  await sharing.share(office, ada.id, "write");
  const guest = await sharing.signIn(ada);
  const path = `Other Users/${office.address}`;
  await guest.say(`SELECT "${path}/INBOX"`);
  await guest.say("STORE 1:2 +FLAGS (\\Flagged Urgent)");
  expect(await guest.say("COPY 2 INBOX")).toMatch(/^OK \[COPYUID \d+ 2 2\]/);
  expect(await guest.ask("MOVE 1 INBOX")).toEqual([
    expect.stringMatching(/^\* OK \[COPYUID \d+ 1 3\]/),
    "* 1 EXPUNGE",
    "OK MOVE completed",
  ]);
  await guest.say("SELECT INBOX");
  const rows = (await guest.ask("FETCH 1:* (FLAGS THREADID EMAILID)")).slice(0, 3);
  expect(rows[1]).toContain("FLAGS (\\Flagged Urgent");
  expect(new Set(rows.map((row) => /THREADID \(([^)]+)\)/.exec(row)?.[1])).size).toBe(1);
  expect(new Set(rows.map((row) => /EMAILID \(([^)]+)\)/.exec(row)?.[1])).size).toBe(3);
  expect(await guest.say(`UID MOVE 1 "${path}/Archive"`)).toMatch(/^OK/);
  expect((await guest.ask(`STATUS "${path}/Archive" (MESSAGES)`))[0]).toContain("MESSAGES 1");
  const size = (one: MailAccount) =>
    bed.db.tenant(tenantId, (tx) => tx.sql`select used_bytes from mailbox_accounts where id = ${one.id}`);
  const [full] = await size(ada);
  await bed.db.tenant(tenantId, (tx) =>
    updateMailAccount(tx, system, { accountId: ada.id, quotaBytes: full?.["used_bytes"] }, bed.services),
  );
  await guest.say(`SELECT "${path}/INBOX"`);
  expect(await guest.say("MOVE 1 INBOX")).toMatch(/^NO \[OVERQUOTA\]/);
  expect((await guest.ask("STATUS INBOX (MESSAGES)"))[0]).toContain("MESSAGES 2");
  expect(await sharing.findings()).toEqual([]);
});

/** What each right lets one do; what it does not is NO, and changes nothing. */
const needs: readonly (readonly [string, ShareAccess])[] = [
  ["FETCH 1 BODY.PEEK[]", "read"],
  ["SEARCH TEXT message", "read"],
  ["COPY 1 INBOX", "read"],
  ["STORE 1 +FLAGS (\\Flagged)", "write"],
  ["COPY 1 @/Archive", "write"],
  ["UID STORE 1 +FLAGS (\\Deleted)", "write"],
  ["UID EXPUNGE 1", "write"],
  ["MOVE 1 INBOX", "write"],
  ["CREATE @/Fresh", "manage"],
  ["RENAME @/Archive @/Old", "manage"],
  ["DELETE @/Archive", "manage"],
];

test("R12: each access reaches exactly as far as it says, command by command", async () => {
  for (const access of ["read", "write", "manage"] as const) {
    for (const [command, needed] of needs) {
      const office = await bed.newAccount(tenantId);
      const ada = await bed.newAccount(tenantId);
      await sharing.deliver(office, 1);
      await sharing.share(office, ada.id, access);
      const guest = await sharing.signIn(ada);
      const path = `Other Users/${office.address}`;
      expect(await guest.say(`SELECT "${path}/INBOX"`)).toContain(access === "read" ? "READ-ONLY" : "READ-WRITE");
      const order = ["read", "write", "manage"];
      const may = order.indexOf(access) >= order.indexOf(needed);
      const before = await stateOf(office);
      const reply = await guest.say(command.replace(/@\/(\w+)/g, `"${path}/$1"`));
      expect(`${access} ${command}: ${reply.slice(0, 2)}`).toBe(`${access} ${command}: ${may ? "OK" : "NO"}`);
      if (!may) expect(await stateOf(office)).toEqual(before);
    }
  }
  expect(await sharing.findings()).toEqual([]);
});

const stateOf = (account: MailAccount) =>
  bed.db.tenant(tenantId, (tx) => tx.sql`select modseq, used_bytes from mailbox_accounts where id = ${account.id}`);

test("R12: what is shared no more is gone from open sessions at the next command, whatever it is", async () => {
  for (const command of [
    "FETCH 1 BODY.PEEK[]",
    "STORE 1 +FLAGS (\\Seen)",
    "SEARCH TEXT message",
    "MOVE 1 INBOX",
    "NOOP",
    "EXPUNGE",
  ]) {
    const office = await bed.newAccount(tenantId);
    const ada = await bed.newAccount(tenantId);
    await sharing.deliver(office, 1);
    await sharing.share(office, ada.id, "manage");
    const guest = await sharing.signIn(ada);
    const path = `Other Users/${office.address}`;
    await guest.say(`SELECT "${path}/INBOX"`);
    await guest.say("FETCH 1 BODY.PEEK[]");
    bed.bus.loseHints(true);
    await sharing.share(office, ada.id, null);
    bed.bus.loseHints(false);
    const before = await stateOf(office);
    const lines = await guest.ask(command);
    expect(lines.join("\n")).not.toContain("This is message");
    expect(lines, command).toContainEqual(expect.stringMatching(/^(\* BYE|NO) /));
    expect(await stateOf(office)).toEqual(before);
    const again = await sharing.signIn(ada);
    expect(await again.say(`SELECT "${path}/INBOX"`)).toMatch(/^NO \[NONEXISTENT\]/);
    expect((await again.ask('LIST "" *')).join()).not.toContain("Other Users");
  }
});

test("a share never crosses the wall between organisations", async () => {
  const other = await bed.newTenant();
  const office = await bed.newAccount(tenantId);
  const stranger = await bed.newAccount(other);
  await expect(sharing.share(office, stranger.id, "read")).rejects.toMatchObject({ kind: "not_found" });
  await expect(sharing.share(stranger, office.id, "read")).rejects.toMatchObject({ kind: "not_found" });
  const forged = bed.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into mailbox_shares (tenant_id, account_id, member_id, access, granted_at)
      values (${tenantId}, ${office.id}, ${stranger.id}, 'read', now())`,
  );
  await expect(forged).rejects.toThrow("foreign key");
});

const using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"];
type Reply = Record<string, unknown>;

async function call(backend: Backend, name: string, args: object): Promise<readonly [string, Reply]> {
  const context = { nowMs: bed.clock.nowMs(), logger: bed.logger };
  const reply = await handleApi({ using, methodCalls: [[name, args, "c"]] }, backend, context);
  if (!reply.ok) throw new Error(reply.problem.detail);
  const [method, answer] = (reply.response["methodResponses"] as [string, Reply, string][])[0] ?? ["none", {}];
  return [method, answer];
}

test("JMAP shows shared mail as further accounts, lets each access do what it may, and sends for the owner alone", async () => {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  await sharing.deliver(office, 1);
  const unused = async (): Promise<never> => {
    throw new Error("not asked here");
  };
  const services: JmapServices = {
    ...bed.services,
    listings: new MailboxListings(),
    jobs: { enqueue: unused },
    vacations: { read: unused, set: unused },
    submit: unused,
  };
  const backendOf = (account: MailAccount) =>
    jmapBackend(services, {
      kind: "mail_account",
      tenantId,
      mailAccountId: account.id,
      principalId: account.id as unknown as PrincipalId,
      ip: "192.0.2.1",
    });
  const backend = await backendOf(ada);
  expect(await backend.account(office.id)).toBeNull();
  const accountId = office.id;
  const store = (await (await backendOf(office)).account(accountId)) ?? expect.fail("the owner has his account");
  const inbox = (await store.mailboxes()).find(({ role }) => role === "inbox")?.id ?? "";
  const query = async () => call(backend, "Email/query", { accountId, filter: { inMailbox: inbox } });
  const [emailId] = ((await call(await backendOf(office), "Email/query", { accountId }))[1]["ids"] as string[]) ?? [];
  const flag = (keyword: string) =>
    call(backend, "Email/set", { accountId, update: { [emailId ?? ""]: { [`keywords/${keyword}`]: true } } });
  const folder = () => call(backend, "Mailbox/set", { accountId, create: { f: { name: "Folder", parentId: null } } });
  const rights = async () => {
    const [, got] = await call(backend, "Mailbox/get", { accountId, ids: null, properties: ["role", "myRights"] });
    const archive = (got["list"] as { role: string; myRights: object }[]).find(({ role }) => role === "archive");
    const { accounts } = await sessionObject(backend, {
      apiUrl: "",
      downloadUrl: "",
      uploadUrl: "",
      eventSourceUrl: "",
    });
    const told = (accounts as Record<string, { accountCapabilities: Record<string, object> }>)[accountId];
    return { ...archive?.myRights, ...told?.accountCapabilities["urn:ietf:params:jmap:mail"] };
  };
  const folders = (may: boolean) => ({
    ...{ mayAddItems: true, mayRemoveItems: true, maySetSeen: true, maySubmit: false },
    ...{ mayCreateChild: may, mayRename: may, mayDelete: may, mayCreateTopLevelMailbox: may },
  });

  expect((await query())[1]["type"]).toBe("accountNotFound");
  await sharing.share(office, ada.id, "read");
  expect(await backend.accounts()).toEqual([
    { id: ada.id, name: ada.address, isPersonal: true, isReadOnly: false, mayManage: true },
    { id: office.id, name: office.address, isPersonal: false, isReadOnly: true, mayManage: false },
  ]);
  expect((await query())[1]["ids"]).toHaveLength(1);
  expect((await flag("$flagged"))[1]["type"]).toBe("accountReadOnly");
  await sharing.share(office, ada.id, "write");
  expect(await rights()).toMatchObject(folders(false));
  expect((await flag("$flagged"))[1]["updated"]).toBeTruthy();
  expect((await folder())[1]["created"] ?? null).toBeNull();
  await sharing.share(office, ada.id, "manage");
  expect(await rights()).toMatchObject(folders(true));
  expect((await folder())[1]["created"]).toHaveProperty("f");
  expect((await call(backend, "Identity/get", { accountId, ids: null }))[1]["list"]).toEqual([]);
  const held = (await backend.account(accountId)) ?? expect.fail("shared");
  for (const own of [() => held.vacation(), () => held.submissions(null), () => held.cancelSubmission(office.id)])
    await expect(own()).rejects.toMatchObject({ kind: "forbidden" } satisfies Partial<Failure>);
  await sharing.share(office, ada.id, null);
  await expect(held.emails([emailId ?? ""])).rejects.toMatchObject({ kind: "not_found" });
  expect((await query())[1]["type"]).toBe("accountNotFound");
});
