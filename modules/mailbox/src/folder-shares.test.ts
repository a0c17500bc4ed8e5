import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MailAccount } from "./mail-account.ts";
import type { MailboxTestbed } from "./mailbox-testbed.ts";
import { endFolderShares, listFolderShares } from "./share-folder.ts";
import { type Client, SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  sharing = await SharingOffice.open(31);
  ({ bed, tenantId } = sharing);
});
afterAll(() => sharing?.close());

interface Office {
  readonly office: MailAccount;
  readonly ada: MailAccount;
  readonly owner: Client;
  readonly guest: Client;
  /** Of the office, as its guest names it. */
  readonly path: string;
}

/** An office with mail in INBOX, Plans, Plans/May and Secret, each message with its place as subject. */
async function openOffice(): Promise<Office> {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  const owner = await sharing.signIn(office);
  for (const name of ["Plans", "Plans/May", "Secret"]) expect(await owner.say(`CREATE ${name}`)).toMatch(/^OK/);
  for (const name of ["INBOX", "Plans", "Plans/May", "Secret"]) {
    await sharing.deliver(office, 0, `Subject: in ${name}\r\nFrom: a@x.it\r\n\r\nbody of ${name}\r\n`);
    if (name === "INBOX") continue;
    await owner.say("SELECT INBOX");
    expect(await owner.say(`UID MOVE * ${name}`)).toMatch(/^OK/);
  }
  return { office, ada, owner, guest: await sharing.signIn(ada), path: `Other Users/${office.address}` };
}

const give = async ({ owner, ada }: Office, name: string, rights: string) =>
  expect(await owner.say(`SETACL ${name} ${ada.address} ${rights}`)).toBe("OK SETACL completed");

test("R12: one folder is shared: it alone is listed, opened, searched and told of, and the levels above it hold nothing", async () => {
  const all = await openOffice();
  const { guest, path } = all;
  expect((await guest.ask('LIST "" *')).join("\n")).not.toContain("Other Users");
  await give(all, "Plans/May", "lr");
  expect(await guest.ask('LIST "" "Other Users*"')).toEqual([
    '* LIST (\\Noselect \\HasChildren) "/" "Other Users"',
    `* LIST (\\Noselect \\HasChildren) "/" "${path}"`,
    `* LIST (\\Noselect \\HasChildren) "/" "${path}/Plans"`,
    `* LIST (\\HasNoChildren) "/" "${path}/Plans/May"`,
    "OK LIST completed",
  ]);
  expect(await guest.ask(`MYRIGHTS "${path}/Plans/May"`)).toContain(`* MYRIGHTS "${path}/Plans/May" lr`);
  expect(await guest.say(`SELECT "${path}/Plans/May"`)).toContain("READ-ONLY");
  expect((await guest.ask("FETCH 1 BODY.PEEK[TEXT]")).join("\n")).toContain("body of Plans/May");
  expect(await guest.ask("SEARCH TEXT body")).toContain("* SEARCH 1");
  expect((await guest.ask(`STATUS "${path}/Plans/May" (MESSAGES)`))[0]).toContain("MESSAGES 1");
  for (const hidden of ["INBOX", "Plans", "Secret", "Archive"]) {
    const name = `"${path}/${hidden}"`;
    await guest.say(`SELECT "${path}/Plans/May"`);
    for (const command of [`COPY 1 ${name}`, `STATUS ${name} (MESSAGES)`, `SELECT ${name}`, `EXAMINE ${name}`])
      expect(await guest.say(command), command).toMatch(/^NO /);
    if (hidden === "Plans") continue;
    for (const command of [`MYRIGHTS ${name}`, `GETMETADATA ${name} /shared/comment`, `SUBSCRIBE ${name}`])
      expect(await guest.say(command), command).toMatch(/^NO /);
  }
  const found = await guest.ask(`ESEARCH IN (subtree "Other Users") TEXT body`);
  expect(found.filter((line) => line.startsWith("* ESEARCH"))).toEqual([
    expect.stringContaining(`"${path}/Plans/May"`),
  ]);
});

test("R12: a guest of one folder is told of the keywords that stand in it, and of none that stand elsewhere", async () => {
  const all = await openOffice();
  const { office, ada, owner, guest, path } = all;
  const mark = async (name: string, keyword: string) => {
    await owner.say(`SELECT ${name}`);
    expect(await owner.say(`STORE 1 +FLAGS (${keyword})`)).toMatch(/^OK/);
  };
  const flagsIn = (lines: readonly string[]) => lines.filter((line) => line.includes("FLAGS (\\Answered")).join("\n");
  await mark("Secret", "Dismissal");
  await mark("Plans", "Agreed");
  await give(all, "Plans", "lrswite");
  for (const command of ["SELECT", "EXAMINE", "SELECT"]) {
    const told = flagsIn(await guest.ask(`${command} "${path}/Plans"`));
    expect(told, command).toContain("agreed");
    expect(told, command).not.toMatch(/dismissal/i);
    expect(told.includes("PERMANENTFLAGS (\\Answered"), command).toBe(command === "SELECT");
  }
  await mark("Plans", "Later");
  for (const [command, keyword] of [
    ["NOOP", "later"],
    ["STORE 1 +FLAGS (Mine)", "mine"],
    [`SELECT "${path}/Plans"`, "mine"],
  ] as const) {
    const told = flagsIn(await guest.ask(command));
    expect(told, command).toContain(keyword);
    expect(told, command).not.toMatch(/dismissal/i);
  }
  expect(flagsIn(await owner.ask("SELECT Plans"))).toContain("Dismissal");
  await sharing.share(office, ada.id, "read");
  expect(flagsIn(await guest.ask(`SELECT "${path}/Plans"`))).toContain("Dismissal");
});

test("R12: a guest of one folder who writes a keyword does not learn by its spelling whether it stands elsewhere", async () => {
  const all = await openOffice();
  const { owner, guest, path } = all;
  await owner.say("SELECT Secret");
  expect(await owner.say("STORE 1 +FLAGS (DisMissal alert)")).toMatch(/^OK/);
  await give(all, "Plans", "lrswite");
  const told: string[] = [];
  await guest.say(`SELECT "${path}/Plans"`);
  for (const command of ["STORE 1 +FLAGS (DISMISSAL)", "STORE 1 +FLAGS (UNHEARD)", "FETCH 1 FLAGS"])
    told.push(...(await guest.ask(command)));
  expect(told.filter((line) => !line.startsWith("* "))).toEqual([
    "OK STORE completed",
    "OK STORE completed",
    "OK FETCH completed",
  ]);
  told.push(...(await guest.ask(`SELECT "${path}/Plans"`)));
  const spelled = new Set(told.join(" ").match(/dismissal|unheard/gi));
  expect(spelled).toEqual(new Set(["dismissal", "unheard"]));
  expect((await guest.ask("SEARCH KEYWORD DisMissal KEYWORD UNHEARD"))[0]).toBe("* SEARCH 1");
  // Nor by their order, nor by what he copies and moves to his own mail.
  expect(await guest.say("STORE 1 +FLAGS.SILENT (ALERT)")).toMatch(/^OK/);
  const shown = "FLAGS (alert dismissal unheard";
  expect((await guest.ask("FETCH 1 FLAGS"))[0]).toContain(shown);
  expect((await owner.ask("SELECT Plans")).join()).toContain("DisMissal");
  for (const command of ["COPY 1 INBOX", "MOVE 1 INBOX"]) expect(await guest.say(command)).toMatch(/^OK/);
  const own = await guest.ask("SELECT INBOX");
  own.push(...(await guest.ask("FETCH 1:* FLAGS")));
  expect(own.filter((line) => line.includes(shown))).toHaveLength(2);
  expect(new Set(own.join(" ").match(/alert|dismissal|unheard/gi))).toEqual(new Set(["alert", "dismissal", "unheard"]));
});

/** What a folder's rights let one do in it; what they do not is NO, and changes nothing. */
const needs: readonly (readonly [command: string, needed: "lr" | "lrswite" | null])[] = [
  ["FETCH 1 BODY.PEEK[]", "lr"],
  ["COPY 1 INBOX", "lr"],
  ['GETMETADATA "@/Plans" /shared/comment', "lr"],
  ["STORE 1 +FLAGS (\\Flagged)", "lrswite"],
  ['COPY 1 "@/Plans"', "lrswite"],
  ["MOVE 1 INBOX", "lrswite"],
  ["UID STORE 1 +FLAGS (\\Deleted)", "lrswite"],
  ["UID EXPUNGE 1", "lrswite"],
  ['SETMETADATA "@/Plans" (/shared/comment "x")', "lrswite"],
  ['COPY 1 "@/Secret"', null],
  ['MOVE 1 "@/Secret"', null],
  ['CREATE "@/Plans/More"', null],
  ['CREATE "@/More"', null],
  ['RENAME "@/Plans" "@/Mine"', null],
  ['DELETE "@/Plans"', null],
  ['SETMETADATA "@/Secret" (/private/comment "x")', null],
  ['GETACL "@/Plans"', null],
  ['SETACL "@/Plans" anybody@example.test lr', null],
];

test("R12: rights on a folder reach exactly as far as they say, command by command, and nowhere else", async () => {
  for (const rights of ["lr", "lrswite"] as const) {
    for (const [command, needed] of needs) {
      const all = await openOffice();
      const { office, guest, path } = all;
      await give(all, "Plans", rights);
      const opened = await guest.say(`SELECT "${path}/Plans"`);
      expect(opened).toContain(rights === "lr" ? "READ-ONLY" : "READ-WRITE");
      const before = await stateOf(office);
      const reply = await guest.say(command.replaceAll("@/", `${path}/`));
      const may = needed !== null && rights.includes(needed);
      expect(`${rights} ${command}: ${reply.slice(0, 2)}`).toBe(`${rights} ${command}: ${may ? "OK" : "NO"}`);
      if (!may) expect(await stateOf(office)).toEqual(before);
    }
  }
  expect(await sharing.findings()).toEqual([]);
});

const stateOf = (account: MailAccount) =>
  bed.db.tenant(tenantId, (tx) => tx.sql`select modseq, used_bytes from mailbox_accounts where id = ${account.id}`);

test("R12: what reaches further in a folder than in the account does so there alone", async () => {
  const all = await openOffice();
  const { office, ada, guest, path } = all;
  await sharing.share(office, ada.id, "read");
  await give(all, "Plans", "lrswite");
  expect(await guest.say(`SELECT "${path}/Secret"`)).toContain("READ-ONLY");
  expect(await guest.say(`SELECT "${path}/Plans"`)).toContain("READ-WRITE");
  expect(await guest.say(`MOVE 1 "${path}/Secret"`)).toMatch(/^NO \[NOPERM\]/);
  expect(await guest.say("STORE 1 +FLAGS (\\Flagged)")).toMatch(/^OK/);
  await sharing.share(office, ada.id, null);
  expect(await guest.say(`SELECT "${path}/Secret"`)).toMatch(/^NO \[NONEXISTENT\]/);
  expect(await guest.say(`SELECT "${path}/Plans"`)).toContain("READ-WRITE");
});

test("R12: a folder's share ends at the next command, whatever it is, with the folder, and when it is deleted and made anew", async () => {
  for (const command of [
    "FETCH 1 BODY.PEEK[]",
    "STORE 1 +FLAGS (\\Seen)",
    "SEARCH TEXT body",
    "MOVE 1 INBOX",
    "NOOP",
  ]) {
    const all = await openOffice();
    const { office, ada, owner, guest, path } = all;
    await give(all, "Plans", "lrswite");
    await give(all, "Secret", "lr");
    await guest.say(`SELECT "${path}/Plans"`);
    await guest.say("FETCH 1 BODY.PEEK[]");
    bed.bus.loseHints(true);
    expect(await owner.say(`DELETEACL Plans ${ada.address}`)).toBe("OK DELETEACL completed");
    bed.bus.loseHints(false);
    const before = await stateOf(office);
    const lines = await guest.ask(command);
    expect(lines.join("\n")).not.toContain("body of Plans");
    expect(lines, command).toContainEqual(expect.stringMatching(/^(\* BYE|NO) /));
    expect(await stateOf(office)).toEqual(before);
  }
  const all = await openOffice();
  const { owner, guest, path } = all;
  await give(all, "Plans", "lr");
  await owner.say("RENAME Plans Drawings");
  expect(await guest.say(`SELECT "${path}/Drawings"`)).toContain("READ-ONLY");
  // Its name stays for its child, and comes back as another mailbox.
  expect(await owner.say("DELETE Drawings")).toMatch(/^OK/);
  expect(await owner.say("CREATE Drawings")).toMatch(/^OK/);
  const again = await sharing.signIn(all.ada);
  expect(await again.say(`SELECT "${path}/Drawings"`)).toMatch(/^NO \[NONEXISTENT\]/);
  expect((await again.ask('LIST "" *')).join("\n")).not.toContain("Other Users");
});

test("R50: a folder's share never crosses the wall between organisations, nor names a folder of another account", async () => {
  const { office, ada, owner } = await openOffice();
  const stranger = await bed.newAccount(await bed.newTenant());
  expect(await owner.say(`SETACL Plans ${stranger.address} lr`)).toMatch(/^NO \[NONEXISTENT\]/);
  const plans = await bed.mailbox(tenantId, office, "Plans");
  const forge = (account: string, member: string, tenant: string = tenantId) =>
    bed.db.tenant(
      tenantId,
      (
        tx,
      ) => tx.sql`insert into mailbox_folder_shares (tenant_id, account_id, mailbox_id, member_id, access, granted_at)
        values (${tenant}, ${account}, ${plans.id}, ${member}, 'read', now())`,
    );
  await expect(forge(office.id, stranger.id)).rejects.toThrow("foreign key");
  await expect(forge(ada.id, office.id)).rejects.toThrow("foreign key");
  await expect(forge(office.id, office.id)).rejects.toThrow("not_oneself");
  await expect(forge(office.id, ada.id, stranger.id)).rejects.toThrow("row-level security");
});

test("R12: the administrator sees which folders are shared with whom, and ends it", async () => {
  const all = await openOffice();
  const { office, ada, guest, path } = all;
  await give(all, "Plans", "lr");
  await give(all, "Secret", "lrswite");
  const principalId = ada.id as unknown as PrincipalId;
  const actor = { kind: "user", tenantId, principalId, role: "admin", ip: "192.0.2.1" } as const;
  const accountId = office.id;
  const told = () => bed.db.tenant(tenantId, (tx) => listFolderShares(tx, actor, { accountId }));
  const before = await told();
  expect(before.map((one) => [one.path, one.address, one.access])).toEqual([
    ["Plans", ada.address, "read"],
    ["Secret", ada.address, "write"],
  ]);
  const ends = before.slice(1);
  await bed.db.tenant(tenantId, (tx) => endFolderShares(tx, actor, { accountId, ends }, bed.services));
  expect((await told()).map((one) => one.path)).toEqual(["Plans"]);
  expect(await guest.say(`SELECT "${path}/Secret"`)).toMatch(/^NO \[NONEXISTENT\]/);
  const asAda = { kind: "mail_account", tenantId, mailAccountId: ada.id, ip: "192.0.2.1" } as const;
  const forbidden = bed.db.tenant(tenantId, (tx) => listFolderShares(tx, { ...asAda, principalId }, { accountId }));
  await expect(forbidden).rejects.toMatchObject({ code: "mailbox.not_yours" });
});

test("R12: each change of a folder's share is audited with what was before, and the people that no longer work here are out", async () => {
  const all = await openOffice();
  const { office, ada, owner, guest, path } = all;
  await give(all, "Plans", "lr");
  await give(all, "Plans", "+swite");
  await give(all, "Plans", "+lr");
  expect(await owner.say(`DELETEACL Plans ${ada.address}`)).toMatch(/^OK/);
  const rows = await bed.db.tenant(
    tenantId,
    (tx) => tx.sql<{ details: { before: string | null; after: string | null } }[]>`select details from audit_entries
      where tenant_id = ${tenantId} and action = 'mailbox.folder_share_set' and object_id = ${office.id} order by id`,
  );
  expect(rows.map(({ details: { before, after } }) => [before, after])).toEqual([
    [null, "read"],
    ["read", "write"],
    ["write", null],
  ]);
  await give(all, "Plans", "lr");
  await bed.db.tenant(tenantId, (tx) => tx.sql`update mailbox_accounts set state = 'suspended' where id = ${ada.id}`);
  expect(await guest.say(`SELECT "${path}/Plans"`)).toMatch(/^NO /);
});
