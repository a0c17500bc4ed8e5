import { type Backend, eventStream, handleApi } from "@casaforte/jmap";
import type { PrincipalId, TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jmapBackend } from "./jmap.ts";
import type { JmapServices } from "./jmap-submission.ts";
import type { MailAccount } from "./mail-account.ts";
import { MailboxListings } from "./mailbox-listings.ts";
import type { MailboxTestbed } from "./mailbox-testbed.ts";
import { SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
let bed: MailboxTestbed;
let tenantId: TenantId;
beforeAll(async () => {
  sharing = await SharingOffice.open(37);
  ({ bed, tenantId } = sharing);
});
afterAll(() => sharing?.close());

const using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:quota"];
type Reply = Record<string, unknown>;

async function call(backend: Backend, name: string, args: object): Promise<readonly [string, Reply]> {
  const context = { nowMs: bed.clock.nowMs(), logger: bed.logger };
  const reply = await handleApi({ using, methodCalls: [[name, args, "c"]] }, backend, context);
  if (!reply.ok) throw new Error(reply.problem.detail);
  const [method, answer] = (reply.response["methodResponses"] as [string, Reply, string][])[0] ?? ["none", {}];
  return [method, answer];
}

const unused = async (): Promise<never> => {
  throw new Error("not asked here");
};

/** All in one process, so that guests ask after what the owner looked at. */
const listings = new MailboxListings();

const backendOf = (account: MailAccount): Promise<Backend> => {
  const services: JmapServices = {
    ...bed.services,
    listings,
    jobs: { enqueue: unused },
    vacations: { read: unused, set: unused },
    submit: unused,
  };
  const principalId = account.id as unknown as PrincipalId;
  const actor = { kind: "mail_account", tenantId, mailAccountId: account.id, principalId, ip: "192.0.2.1" } as const;
  return jmapBackend(services, actor);
};

/**
 * An office whose conversation lies half in Plans (unread) and half in Secret (flagged), with one message in Plans and Secret at
 * once; its owner over IMAP and JMAP, and a colleague.
 */
async function openOffice() {
  const office = await bed.newAccount(tenantId);
  const ada = await bed.newAccount(tenantId);
  const owner = await sharing.signIn(office);
  for (const name of ["Plans", "Secret"]) await owner.say(`CREATE ${name}`);
  const text = (id: string, more: string, body: string) =>
    `Message-ID: <${id}@x.it>\r\nFrom: p@x.it\r\nSubject: Offer\r\n${more}\r\n${body}\r\n`;
  const messages = [
    ["Plans", text("a", "", "seen words")],
    ["Secret", text("b", "In-Reply-To: <a@x.it>\r\n", "hidden words")],
    ["Plans", text("c", "", "in both words")],
  ] as const;
  for (const [name, message] of messages) {
    await sharing.deliver(office, 0, message);
    await owner.say("SELECT INBOX");
    if (name === "Secret") await owner.say("STORE 1 +FLAGS (\\Flagged)");
    expect(await owner.say(`MOVE 1 ${name}`)).toMatch(/^OK/);
  }
  const own = await backendOf(office);
  const accountId = office.id;
  const of = async (name: string) => (await bed.mailbox(tenantId, office, name)).id;
  const [plans, secret] = [await of("Plans"), await of("Secret")];
  const idsIn = async (inMailbox: string) => {
    const sort = [{ property: "receivedAt", isAscending: true }];
    return (await call(own, "Email/query", { accountId, filter: { inMailbox }, sort }))[1]["ids"] as string[];
  };
  const bodies = async (ids: readonly string[]) => {
    const properties = ["id", "messageId"];
    const { list } = (await call(own, "Email/get", { accountId, ids, properties }))[1];
    return new Map((list as { id: string; messageId: string[] }[]).map(({ id, messageId }) => [messageId[0], id]));
  };
  const known = await bodies([...(await idsIn(plans)), ...(await idsIn(secret))]);
  const idOf = (name: string): string => known.get(`${name}@x.it`) ?? expect.fail(`message ${name}`);
  const [seen, hidden, both] = [idOf("a"), idOf("b"), idOf("c")];
  await call(own, "Email/set", { accountId, update: { [both]: { [`mailboxIds/${secret}`]: true } } });
  const give = async (name: string, rights: string) =>
    expect(await owner.say(`SETACL ${name} ${ada.address} ${rights}`)).toBe("OK SETACL completed");
  return { office, ada, owner, accountId, own, plans, secret, seen, hidden, both, give };
}

/** What happens where a guest of Plans does not look. */
async function workElsewhere({ office, owner, own, accountId, hidden }: Awaited<ReturnType<typeof openOffice>>) {
  await sharing.deliver(office, 2);
  expect(await owner.say("CREATE Secret/More")).toMatch(/^OK/);
  const update = { [hidden]: { "keywords/$seen": true } };
  expect((await call(own, "Email/set", { accountId, update }))[1]["updated"]).toHaveProperty(hidden);
}

const types = ["Email", "Thread", "Mailbox"] as const;

test("R12: a guest's state in JMAP moves with what he sees and what is shared with him, and with nothing else", async () => {
  const all = await openOffice();
  const { ada, owner, own, accountId, plans, seen, give } = all;
  await give("Plans", "lrswite");
  const guest = await backendOf(ada);
  const ask = async (name: string, args: object) => (await call(guest, name, { accountId, ...args }))[1];
  const store = (await guest.account(accountId)) ?? expect.fail("shared");
  const theirs = (await own.account(accountId)) ?? expect.fail("his own");
  const changes = async (since: string) =>
    Promise.all(types.map(async (type) => ask(`${type}/changes`, { sinceState: since })));
  const cannot = types.map(() => expect.objectContaining({ type: "cannotCalculateChanges" }));
  const nothing = (state: string) =>
    types.map(() =>
      expect.objectContaining({ oldState: state, newState: state, created: [], updated: [], destroyed: [] }),
    );

  const first = await store.state();
  const before = await theirs.state();
  await workElsewhere(all);
  expect(await theirs.state()).not.toBe(before);
  expect(await store.state()).toBe(first);
  expect(await changes(first)).toEqual(nothing(first));
  expect((await ask("Email/queryChanges", { sinceQueryState: first, filter: { inMailbox: plans } }))["added"]).toEqual(
    [],
  );
  // What the owner is told, and what guests were told before: neither counts places in sight.
  for (const state of [before, await theirs.state()]) expect(await changes(state)).toEqual(cannot);

  const set = await ask("Email/set", { ifInState: first, update: { [seen]: { "keywords/$seen": true } } });
  const second = set["newState"] as string;
  expect(second).not.toBe(first);
  expect(await store.state()).toBe(second);
  expect(await changes(second)).toEqual(nothing(second));
  expect(await changes(first)).toEqual(cannot);

  const states = [first, second];
  for (const change of [
    () => owner.say("RENAME Plans Drawings"),
    () => owner.say("SELECT Drawings"),
    () => owner.say("UID MOVE 1 Secret"),
    () => owner.say(`SETACL Secret ${ada.address} lr`),
    () => owner.say(`SETACL Secret ${ada.address} lrswite`),
  ]) {
    expect(await change()).toMatch(/^OK/);
    states.push(await store.state());
  }
  // Opening a mailbox changes nothing.
  expect(states[3]).toBe(states[2]);
  expect(new Set(states).size).toBe(states.length - 1);
  const last = states.at(-2) ?? "";
  await give("Secret", '""');
  expect(await store.state()).not.toBe(last);
  expect(await changes(last)).toEqual(cannot);
});

test("R12: a guest who listens in JMAP hears of a change in the folder that is shared, and of none elsewhere", async () => {
  const all = await openOffice();
  const { ada, owner, accountId, give } = all;
  await give("Plans", "lr");
  const guest = await backendOf(ada);
  const store = (await guest.account(accountId)) ?? expect.fail("shared");
  const over = new AbortController();
  const options = { types: null, closeAfterState: false, pingSeconds: 60, lastEventId: null };
  const stream = eventStream(guest, options, bed.clock, over.signal);
  const next = async (): Promise<string> => (await stream.next()).value ?? "";
  /** What is told first, a ping at the latest. */
  const told = async (work: () => Promise<void>): Promise<string> => {
    const heard: string[] = [];
    const hearing = next().then((text) => heard.push(text));
    await work();
    while (heard.length === 0) {
      await store.state();
      await bed.clock.advance(60_000);
    }
    await hearing;
    return heard.join();
  };
  expect(await next()).toContain("retry:");
  expect(await told(() => workElsewhere(all))).toContain("event: ping");
  await owner.say("SELECT Plans");
  const event = await told(async () => {
    expect(await owner.say("STORE 1 +FLAGS (\\Flagged)")).toMatch(/^OK/);
  });
  const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "{}") as { changed: Record<string, object> };
  expect(Object.keys(data.changed)).toEqual([accountId]);
  expect(data.changed[accountId]).toMatchObject({ Email: await store.state() });
  over.abort();
  expect((await stream.next()).done).toBe(true);
});

test("R12: in JMAP a guest of one folder finds, reads and counts what lies in it, and nothing of what lies elsewhere", async () => {
  const { office, ada, accountId, plans, secret, seen, hidden, both, give } = await openOffice();
  const guest = await backendOf(ada);
  expect(await guest.account(accountId)).toBeNull();
  await give("Plans", "lr");
  expect((await guest.accounts()).at(-1)).toEqual({
    id: accountId,
    name: office.address,
    isPersonal: false,
    isReadOnly: true,
    mayManage: false,
  });
  const ask = async (name: string, args: object) => (await call(guest, name, { accountId, ...args }))[1];
  const mailboxes = (await ask("Mailbox/get", { ids: null }))["list"] as Record<string, unknown>[];
  expect(mailboxes.map(({ id, totalEmails, totalThreads }) => [id, totalEmails, totalThreads])).toEqual([
    [plans, 2, 2],
  ]);
  expect(mailboxes[0]).not.toHaveProperty("isReadOnly");
  expect((await ask("Mailbox/get", { ids: [secret] }))["notFound"]).toEqual([secret]);

  const found = async (filter: object) => new Set((await ask("Email/query", { filter }))["ids"] as string[]);
  expect(await found({})).toEqual(new Set([seen, both]));
  expect(await found({ text: "words" })).toEqual(new Set([seen, both]));
  expect(await found({ inMailbox: secret })).toEqual(new Set());
  expect(await found({ inMailboxOtherThan: [plans] })).toEqual(new Set());
  expect(await found({ someInThreadHaveKeyword: "$flagged" })).toEqual(new Set());
  expect(await found({ operator: "NOT", conditions: [{ inMailbox: plans }] })).toEqual(new Set());
  const got = await ask("Email/get", { ids: [seen, hidden, both], properties: ["id", "mailboxIds"] });
  expect(got["notFound"]).toEqual([hidden]);
  expect(got["list"]).toContainEqual({ id: both, mailboxIds: { [plans]: true } });
  const threadIds = (await ask("Email/get", { ids: [seen], properties: ["threadId"] }))["list"] as {
    threadId: string;
  }[];
  const threads = (await ask("Thread/get", { ids: threadIds.map(({ threadId }) => threadId) }))["list"];
  expect((threads as { emailIds: string[] }[])[0]?.emailIds).toEqual([seen]);
  const store = (await guest.account(accountId)) ?? expect.fail("shared");
  await expect(store.readMessage(hidden)).rejects.toMatchObject({ kind: "not_found" });
  expect((await store.readMessage(seen)).length).toBeGreaterThan(10);
  expect((await ask("Quota/get", { ids: null }))["list"]).toEqual([]);

  await give("Plans", '""');
  await expect(store.emails([seen])).rejects.toMatchObject({ kind: "not_found" });
  expect(await guest.account(accountId)).toBeNull();
});

test("R12: in JMAP a guest changes what lies in a folder that he may write in, and leaves its other places alone", async () => {
  const { office, ada, accountId, own, plans, secret, seen, hidden, both, give } = await openOffice();
  await give("Plans", "lr");
  await give("Archive", "lrswite");
  const guest = await backendOf(ada);
  const archive = (await bed.mailbox(tenantId, office, "Archive")).id;
  const rights = async () => {
    const { list } = (await call(guest, "Mailbox/get", { accountId, ids: null }))[1];
    return Object.fromEntries(
      (list as { id: string; myRights: Record<string, boolean> }[]).map(({ id, myRights }) => [
        id,
        myRights["mayAddItems"],
      ]),
    );
  };
  expect(await rights()).toEqual({ [plans]: false, [archive]: true });
  const set = async (update: object) => (await call(guest, "Email/set", { accountId, update }))[1];
  const placesOf = async (id: string) => {
    const { list } = (await call(own, "Email/get", { accountId, ids: [id], properties: ["mailboxIds"] }))[1];
    return Object.keys((list as { mailboxIds: object }[])[0]?.mailboxIds ?? {}).sort();
  };
  const refused = await set({
    [seen]: { "keywords/$flagged": true },
    [hidden]: { "keywords/$flagged": true },
    [both]: { mailboxIds: { [archive]: true } },
  });
  expect(
    Object.fromEntries(Object.entries(refused["notUpdated"] as object).map(([id, { type }]) => [id, type])),
  ).toEqual({
    [seen]: "forbidden",
    [hidden]: "notFound",
    [both]: "forbidden",
  });
  for (const [name, args] of [
    ["Email/set", { destroy: [seen] }],
    ["Mailbox/set", { create: { f: { name: "Mine", parentId: null } } }],
    ["Mailbox/set", { update: { [archive]: { name: "Mine" } } }],
    ["Mailbox/set", { destroy: [archive] }],
  ] as const) {
    const [, reply] = await call(guest, name, { accountId, ...args });
    for (const done of ["created", "updated", "destroyed"]) expect(reply[done] ?? null, name).toBeNull();
  }
  expect((await set({ [seen]: { mailboxIds: { [plans]: true, [secret]: true } } }))["notUpdated"]).toHaveProperty(seen);
  expect(await placesOf(seen)).toEqual([plans]);

  await give("Plans", "lrswite");
  expect((await set({ [seen]: { "keywords/$flagged": true } }))["updated"]).toHaveProperty(seen);
  expect((await set({ [both]: { mailboxIds: { [archive]: true } } }))["updated"]).toHaveProperty(both);
  expect(await placesOf(both)).toEqual([archive, secret].sort());
  expect((await call(guest, "Email/set", { accountId, destroy: [both] }))[1]["destroyed"]).toEqual([both]);
  expect(await placesOf(both)).toEqual([secret]);
  expect(await sharing.findings()).toEqual([]);
});
