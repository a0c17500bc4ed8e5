import { afterAll, beforeAll, expect, test } from "vitest";
import { SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
beforeAll(async () => {
  sharing = await SharingOffice.open(41);
});
afterAll(() => sharing?.close());

const everything =
  "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange";

test("R12: NOTIFY tells a guest at once of the folder that is shared with him, of nothing elsewhere, and of its end", async () => {
  const { bed, tenantId } = sharing;
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  const owner = await sharing.signIn(office);
  const guest = await sharing.signIn(ada);
  const path = `Other Users/${office.address}`;
  const moved = async (target: string) => {
    await sharing.deliver(office, 0);
    await owner.say("SELECT INBOX");
    expect(await owner.say(`MOVE 1 ${target}`)).toMatch(/^OK/);
    await owner.say("UNSELECT");
  };
  for (const name of ["Plans", "Secret"]) await owner.say(`CREATE ${name}`);
  const filter = `(subtree "Other Users" (${everything}))`;
  expect(await guest.ask(`NOTIFY SET STATUS ${filter}`)).toEqual(["OK NOTIFY completed"]);
  expect(await owner.say(`SETACL Plans ${ada.address} lr`)).toMatch(/^OK/);
  for (const name of ["Other Users", path])
    expect(await guest.line()).toBe(`* LIST (\\Noselect \\HasChildren) "/" "${name}"`);
  expect(await guest.line()).toBe(`* LIST (\\HasNoChildren \\Subscribed) "/" "${path}/Plans"`);

  let notes = 0;
  // Elsewhere: a message comes, is flagged, noted about and taken; folders are made, renamed and deleted.
  const elsewhere = async (shared = "Plans") => {
    await moved("Secret");
    expect(await owner.say("SELECT Secret")).toMatch(/^OK/);
    expect(await owner.say("STORE 1 +FLAGS (\\Flagged \\Deleted)")).toMatch(/^OK/);
    expect(await owner.say("EXPUNGE")).toMatch(/^OK/);
    await owner.say("UNSELECT");
    for (const act of ["CREATE Secret/More", "RENAME Secret/More Less", "UNSUBSCRIBE Less", "DELETE Less"])
      expect(await owner.say(act)).toMatch(/^OK/);
    expect(await owner.say('SETMETADATA Secret (/shared/comment "s")')).toMatch(/^OK/);
    expect(await owner.say(`SETMETADATA ${shared} (/private/comment "${++notes}")`)).toMatch(/^OK/);
  };
  await elsewhere();
  await moved("Plans");
  expect(await guest.line()).toBe(`* STATUS "${path}/Plans" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)`);
  await elsewhere();
  expect(await owner.say('SETMETADATA Plans (/shared/comment "x")')).toMatch(/^OK/);
  expect(await guest.line()).toBe(`* METADATA "${path}/Plans" /shared/comment`);
  expect(await owner.say("RENAME Plans Drawings")).toMatch(/^OK/);
  expect(await guest.line()).toContain(`"${path}/Drawings" ("OLDNAME" ("${path}/Plans"))`);
  expect(await owner.say(`DELETEACL Drawings ${ada.address}`)).toMatch(/^OK/);
  const ends = [await guest.line(), await guest.line(), await guest.line()];
  expect(ends.sort()).toEqual(
    ["Other Users", path, `${path}/Drawings`].map((name) => `* LIST (\\NonExistent) "/" "${name}"`),
  );
  await moved("Drawings");
  await elsewhere("Drawings");
  expect(await guest.ask("NOOP")).toEqual(["OK NOOP completed"]);
  expect(bed.logger.events.filter(({ event }) => event === "imap.notification_overflow")).toEqual([]);
});
