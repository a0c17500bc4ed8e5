import { handleApi } from "@casaforte/jmap";
import { Failure, type MailAccountId } from "@casaforte/kernel";
import { type Db, openPool } from "@casaforte/platform/db";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { jmapBackend } from "./jmap.ts";
import {
  bed,
  closeJmapBed,
  findings,
  jobs,
  message,
  newAccount,
  openJmapBed,
  sent,
  services,
  tenantId,
  using,
} from "./jmap-bed.test-support.ts";
import { jmapJobHandlers } from "./send-held.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);
beforeEach(() => {
  sent.length = 0;
  jobs.length = 0;
});

/** A draft, and a person whose database goes away after so many changes. */
async function openDraft() {
  const { account, store, box } = await newAccount();
  const bytes = message("held", "h");
  const { id: emailId } = await store.createEmail({ bytes, mailboxIds: [box("drafts")], keywords: ["$draft"] });
  const line = { changesLeft: Number.POSITIVE_INFINITY, isReadable: false };
  const db: Db = Object.create(services.db, {
    tenant: {
      value: async (...args: Parameters<Db["tenant"]>) => {
        const isRead = args[2]?.readOnly === true;
        if (line.changesLeft <= 0 && !(isRead && line.isReadable))
          throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
        if (!isRead) line.changesLeft--;
        return services.db.tenant(...args);
      },
    },
  });
  const actor = { kind: "mail_account", tenantId, mailAccountId: account.id, ip: "192.0.2.1" } as const;
  const backend = await jmapBackend(
    { ...services, db },
    { ...actor, principalId: account.id as unknown as Parameters<typeof jmapBackend>[1]["principalId"] },
  );
  const [identity] = await store.identities();
  const ask = async (args: object) => {
    const request = { using, methodCalls: [["EmailSubmission/set", { accountId: account.id, ...args }, "c"]] };
    const reply = await handleApi(request, backend, { nowMs: bed.clock.nowMs(), logger: bed.logger });
    if (!reply.ok) throw new Error(reply.problem.detail);
    return reply.response["methodResponses"] as [string, Record<string, unknown>, string][];
  };
  const toSent = {
    [`mailboxIds/${box("drafts")}`]: null,
    [`mailboxIds/${box("sent")}`]: true,
    "keywords/$draft": null,
  };
  const send = (patch: object = toSent, holdFor = "10") => {
    const mailFrom = { email: account.address, parameters: { HOLDFOR: holdFor } };
    const envelope = { mailFrom, rcptTo: [{ email: "anna@x.it" }] };
    const create = { s: { identityId: identity?.id, emailId, envelope } };
    return ask({ create, onSuccessUpdateEmail: { "#s": patch } });
  };
  const sendNow = () => send(toSent, "0");
  const callBack = (id: string) =>
    ask({
      update: { [id]: { undoStatus: "canceled" } },
      onSuccessUpdateEmail: { [id]: { mailboxIds: { [box("drafts")]: true }, "keywords/$draft": true } },
    });
  const place = async () => {
    const [email] = await store.emails([emailId]);
    return { mailboxIds: email?.mailboxIds, keywords: email?.keywords };
  };
  const asDraft = { mailboxIds: [box("drafts")], keywords: ["$draft"] };
  const asSent = { mailboxIds: [box("sent")], keywords: [] };
  return { account, store, emailId, line, send, sendNow, callBack, place, asDraft, asSent };
}

const madeId = (answers: readonly [string, Record<string, unknown>, string][]): string =>
  (answers[0]?.[1]["created"] as { s: { id: string } } | undefined)?.s.id ?? "";

test("R12: a message that is held back is filed as sent with its submission, though the database goes away right behind it", async () => {
  const { emailId, line, send, place, asSent, store } = await openDraft();
  const oldState = await store.state();
  line.changesLeft = 1;
  const answers = await send();
  expect(answers).toMatchObject([
    ["EmailSubmission/set", { created: { s: { undoStatus: "pending" } }, oldState }, "c"],
    ["Email/set", { updated: { [emailId]: null }, notUpdated: null, oldState, newState: await store.state() }, "c"],
  ]);
  expect(await place()).toEqual(asSent);
  await jmapJobHandlers(services)[0]?.run(
    { submissionId: madeId(answers) },
    { tenantId, attempt: 1, signal: new AbortController().signal, logger: bed.logger },
  );
  expect(sent).toHaveLength(1);
  expect(await findings()).toEqual([]);
});

test("R12: where the database is away before, nothing is sent and the draft stays one", async () => {
  const { line, send, place, asDraft, store } = await openDraft();
  Object.assign(line, { changesLeft: 0, isReadable: true });
  expect(await send()).toMatchObject([
    ["EmailSubmission/set", { created: null, notCreated: { s: { type: "serverUnavailable" } } }, "c"],
  ]);
  expect(await place()).toEqual(asDraft);
  expect(jobs).toEqual([]);
  expect(await store.submissions(null)).toEqual([]);
});

test("R12: a message that is called back is a draft again with that, though the database goes away right behind it", async () => {
  const { emailId, line, send, callBack, place, asSent, asDraft, store } = await openDraft();
  const id = madeId(await send());
  expect(await place()).toEqual(asSent);
  Object.assign(line, { changesLeft: 0, isReadable: true });
  expect(await callBack(id)).toMatchObject([
    ["EmailSubmission/set", { updated: null, notUpdated: { [id]: { type: "serverUnavailable" } } }, "c"],
  ]);
  expect(await place()).toEqual(asSent);
  Object.assign(line, { changesLeft: 1, isReadable: false });
  expect(await callBack(id)).toMatchObject([
    ["EmailSubmission/set", { updated: { [id]: null } }, "c"],
    ["Email/set", { updated: { [emailId]: null } }, "c"],
  ]);
  expect(await place()).toEqual(asDraft);
  expect(await store.submissions([id])).toMatchObject([{ undoStatus: "canceled" }]);
  expect(await findings()).toEqual([]);
});

const fillKeywords = (id: MailAccountId) =>
  bed.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`update mailbox_accounts set keywords = array(select 'k' || n from generate_series(1, 500) n) where id = ${id}`,
  );

test.each([
  [
    "a mailbox that is not there",
    { mailboxIds: { "00000000-0000-0000-0000-000000000000": true } },
    "invalidProperties",
  ],
  ["no mailbox", { mailboxIds: {} }, "invalidProperties"],
  ["one keyword more than the account may have", { "keywords/one-more": true }, "tooManyKeywords"],
  ["what cannot be read", { "mailboxIds/x": 7 }, "invalidPatch"],
])("a wish for %s is refused, and the message is sent all the same", async (_, patch, type) => {
  const { account, emailId, send, place, asDraft, store } = await openDraft();
  await fillKeywords(account.id);
  expect(await send(patch)).toMatchObject([
    ["EmailSubmission/set", { created: { s: { undoStatus: "pending" } } }, "c"],
    ["Email/set", { updated: null, notUpdated: { [emailId]: { type } } }, "c"],
  ]);
  expect(await place()).toEqual(asDraft);
  expect(await store.submissions(null)).toMatchObject([{ emailId, undoStatus: "pending" }]);
});

/** What files a message fails so often, by this code of PostgreSQL's; a sequence counts what was undone too. */
async function breakFiling(code: string, times: number): Promise<void> {
  const owner = openPool(bed.database.cluster.ownerUrl, 1);
  await owner.unsafe(`
    drop sequence if exists broken;
    create sequence broken;
    grant usage on sequence broken to public;
    create or replace function break_filing() returns trigger language plpgsql as $$
    begin
      if nextval('broken') <= ${times} then raise exception using errcode = '${code}', message = 'the filing is broken'; end if;
      return null;
    end $$;
    create or replace trigger break_filing after update of flags on mailbox_memberships execute function break_filing()`);
  await owner.end();
}

/** Every time: as often as anybody may try. */
const always = 1_000;

test("R12: a message that is sent at once is filed as sent in the transaction that notes it", async () => {
  const { emailId, line, sendNow, place, asSent, store } = await openDraft();
  // The state is claimed ahead of the hand-over.
  line.changesLeft = 1;
  expect(await sendNow()).toMatchObject([
    ["EmailSubmission/set", { created: { s: { undoStatus: "final" } } }, "c"],
    ["Email/set", { updated: { [emailId]: null }, notUpdated: null }, "c"],
  ]);
  expect(sent).toHaveLength(1);
  expect(await place()).toEqual(asSent);
  expect(await store.submissions(null)).toMatchObject([{ emailId, undoStatus: "final" }]);
});

test.each([
  ["meets a conflict", "40001"],
  ["is cancelled", "57014"],
  ["breaks a check", "23514"],
])(
  "a message that was sent at once is known by its submission though its filing %s, and is filed by itself",
  async (_, code) => {
    const { emailId, sendNow, place, asSent, store } = await openDraft();
    await breakFiling(code, 1);
    const answers = await sendNow();
    expect(answers).toMatchObject([
      ["EmailSubmission/set", { created: { s: { undoStatus: "final" } } }, "c"],
      ["Email/set", { updated: { [emailId]: null } }, "c"],
    ]);
    expect(sent).toHaveLength(1);
    expect(await store.submissions([madeId(answers)])).toMatchObject([{ emailId, undoStatus: "final" }]);
    expect(await place()).toEqual(asSent);
    expect(await findings()).toEqual([]);
  },
);

test("a message is sent, at once or later, though nothing can file it, and the client is told that it is not filed", async () => {
  for (const way of ["sendNow", "send"] as const) {
    const draft = await openDraft();
    await breakFiling("23514", always);
    const answers = await draft[way]();
    expect(answers).toMatchObject([
      ["EmailSubmission/set", { created: { s: {} } }, "c"],
      [expect.anything(), {}, "c"],
    ]);
    expect(JSON.stringify(answers[1])).toContain("serverFail");
    expect(await draft.store.submissions([madeId(answers)])).toMatchObject([{ emailId: draft.emailId }]);
    expect(await draft.place()).toEqual(draft.asDraft);
  }
  await breakFiling("23514", 0);
});

test("a message that is held back is not sent where its filing may be done at another try", async () => {
  const { send, place, asDraft, store } = await openDraft();
  await breakFiling("57014", always);
  expect(await send()).toMatchObject([
    ["EmailSubmission/set", { created: null, notCreated: { s: { type: "serverUnavailable" } } }, "c"],
  ]);
  await breakFiling("57014", 0);
  expect(await place()).toEqual(asDraft);
  expect(await store.submissions(null)).toEqual([]);
});
