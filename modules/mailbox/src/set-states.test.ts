import type { Db } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jmapBackend } from "./jmap.ts";
import {
  call,
  closeJmapBed,
  findings,
  flow,
  jobs,
  message,
  newAccount,
  openJmapBed,
  type Reply,
  sent,
  services,
  tenantId,
} from "./jmap-bed.test-support.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

/** A client whose mailbox gets a message before and after each transaction in which it changes something. */
async function busyAccount() {
  const { account, backend: quiet, store, box } = await newAccount();
  const accountId = account.id;
  const arrivals: string[] = [];
  const arrive = async () => {
    const bytes = message("came", `c${arrivals.length}`);
    arrivals.push((await store.createEmail({ bytes, mailboxIds: [box("inbox")], keywords: [] })).id);
  };
  const db: Db = Object.create(services.db, {
    tenant: {
      value: async (...args: Parameters<Db["tenant"]>) => {
        if (args[2]?.readOnly) return services.db.tenant(...args);
        await arrive();
        const result = await services.db.tenant(...args);
        await arrive();
        return result;
      },
    },
  });
  const actor = { kind: "mail_account", tenantId, mailAccountId: accountId, ip: "192.0.2.1" } as const;
  const principalId = accountId as unknown as Parameters<typeof jmapBackend>[1]["principalId"];
  const busy = await jmapBackend({ ...services, db }, { ...actor, principalId });
  const createdSince = async (state: unknown) =>
    (await call(quiet, "Email/changes", { accountId, sinceState: state }))["created"] as string[];
  /** Arrivals of which a client that held `oldState` does not hear any more once it goes on from `newState`. */
  const passedOver = async ({ oldState, newState }: Reply) => {
    const told = new Set(await createdSince(newState));
    return (await createdSince(oldState)).filter((id) => arrivals.includes(id) && !told.has(id));
  };
  const ask = (name: string, args: object) => call(busy, name, { accountId, ...args });
  return { accountId, arrivals, arrive, createdSince, store, box, quiet, ask, passedOver };
}

test("the states that a change is answered with have nothing of others between them, whatever arrives meanwhile", async () => {
  const { accountId, arrivals, store, box, quiet, ask, passedOver } = await busyAccount();
  const put = (id: string) =>
    store.createEmail({ bytes: message("own", id), mailboxIds: [box("inbox")], keywords: [] }).then(({ id }) => id);
  const [marked, gone] = [await put("1"), await put("2")];
  const blobId = await store.uploadBlob(message("import", "3"), "message/rfc822");
  const [identity] = (await call(quiet, "Identity/get", { accountId, ids: null }))["list"] as { id: string }[];
  const identityId = identity?.id ?? "";
  const draft = { mailboxIds: { [box("drafts")]: true }, from: [{ email: "a@example.test" }], subject: "new" };
  const changes: readonly (readonly [string, object])[] = [
    ["Email/set", { update: { [marked]: { "keywords/$seen": true } } }],
    ["Email/set", { create: { m: draft } }],
    ["Email/set", { destroy: [gone] }],
    ["Email/import", { emails: { m: { blobId, mailboxIds: { [box("inbox")]: true } } } }],
    ["Mailbox/set", { create: { b: { name: "Work" } } }],
    ["Identity/set", { update: { [identityId]: { name: "Ada" } } }],
    ["EmailSubmission/set", { create: { s: { identityId, emailId: marked } } }],
  ];
  for (const [name, args] of changes) {
    const held = await store.state();
    const before = arrivals.length;
    const answer = await ask(name, args);
    expect(answer["oldState"], name).not.toBe(held);
    expect(answer["newState"], name).not.toBe(answer["oldState"]);
    expect(arrivals.length, name).toBeGreaterThan(before + 1);
    expect(await passedOver(answer), name).toEqual([]);
  }
  expect(await findings()).toEqual([]);
});

test("a change of several transactions among which mail arrived names no old state, and one that changes nothing the present one", async () => {
  const { arrivals, store, box, quiet, accountId, ask } = await busyAccount();
  const put = (id: string) =>
    store.createEmail({ bytes: message("own", id), mailboxIds: [box("inbox")], keywords: [] }).then(({ id }) => id);
  const [marked, gone] = [await put("1"), await put("2")];
  const both = { update: { [marked]: { "keywords/$seen": true } }, destroy: [gone] };
  expect(await ask("Email/set", both)).toMatchObject({
    oldState: null,
    updated: { [marked]: null },
    destroyed: [gone],
  });
  const [other, more] = [await put("3"), await put("4")];
  const held = await store.state();
  const alone = { update: { [other]: { "keywords/$seen": true } }, destroy: [more] };
  const undisturbed = await call(quiet, "Email/set", { accountId, ...alone });
  expect(undisturbed).toMatchObject({ oldState: held, newState: await store.state() });
  const nothing = await ask("Email/set", { destroy: ["none"] });
  expect(nothing["oldState"]).toBe(nothing["newState"]);
  expect(arrivals.length).toBeGreaterThan(0);
});

test("ifInState is compared where the change is made: mail that came first refuses it, and nothing is changed", async () => {
  const { store, box, ask, accountId, quiet } = await busyAccount();
  const id = (await store.createEmail({ bytes: message("own", "1"), mailboxIds: [box("inbox")], keywords: [] })).id;
  const change = async (backend: typeof ask) =>
    backend("Email/set", { ifInState: await store.state(), update: { [id]: { "keywords/$seen": true } } });
  expect(await change(ask)).toMatchObject({ type: "stateMismatch" });
  expect(await store.emails([id])).toMatchObject([{ keywords: [] }]);
  const calm = await change((name, args) => call(quiet, name, { accountId, ...args }));
  expect(calm).toMatchObject({ updated: { [id]: null } });
});

test("R13: a message is sent at once or refused by ifInState, never both, whatever arrives while it is handed over", async () => {
  const { store, box, ask, accountId, quiet, arrive, createdSince } = await busyAccount();
  const emailId = (await store.createEmail({ bytes: message("own", "1"), mailboxIds: [box("drafts")], keywords: [] }))
    .id;
  const [identity] = (await call(quiet, "Identity/get", { accountId, ids: null }))["list"] as { id: string }[];
  const sendBy = async (asking: typeof ask, more: object = {}) => {
    const create = { s: { identityId: identity?.id, emailId, ...more } };
    return asking("EmailSubmission/set", { ifInState: await store.state(), create });
  };
  const calm: typeof ask = (name, args) => call(quiet, name, { accountId, ...args });
  sent.length = 0;
  flow.meanwhile = arrive;
  const answer = await sendBy(calm);
  flow.meanwhile = null;
  expect(answer).toMatchObject({ created: { s: { undoStatus: "final" } }, oldState: null });
  expect(sent).toHaveLength(1);
  expect(await createdSince(answer["newState"])).toEqual([]);
  const undisturbed = await store.state();
  expect(await sendBy(calm)).toMatchObject({ created: { s: {} }, oldState: undisturbed });
  // What came before the hand-over refuses it.
  expect(await sendBy(ask)).toMatchObject({ type: "stateMismatch" });
  expect(sent).toHaveLength(2);
  // An address that was given meanwhile moves the state once it is met, which is before the hand-over.
  flow.granted = ["team@example.test"];
  expect(await sendBy(calm)).toMatchObject({ type: "stateMismatch" });
  flow.granted = [];
  expect(sent).toHaveLength(2);
  await store.identities();
  // What is held back is sent by a job, made where the states are compared.
  jobs.length = 0;
  const mailFrom = { email: "a@example.test", parameters: { HOLDFOR: "60" } };
  expect(await sendBy(ask, { envelope: { mailFrom, rcptTo: [] } })).toMatchObject({ type: "stateMismatch" });
  expect(jobs).toEqual([]);
  expect(await store.submissions(null)).toHaveLength(2);
  expect(await findings()).toEqual([]);
});

test("R13: of two that send of the same state one sends, though the other asks while the first message is handed over", async () => {
  const { account, backend, store, box } = await newAccount();
  const accountId = account.id;
  const emailId = (await store.createEmail({ bytes: message("own", "1"), mailboxIds: [box("drafts")], keywords: [] }))
    .id;
  const [identity] = (await call(backend, "Identity/get", { accountId, ids: null }))["list"] as { id: string }[];
  const ifInState = await store.state();
  const send = (more: object = {}) => {
    const one = { identityId: identity?.id, emailId, ...more };
    return call(backend, "EmailSubmission/set", { accountId, ifInState, create: { one, two: one } });
  };
  const mailFrom = { email: account.address, parameters: { HOLDFOR: "60" } };
  const late: Reply[] = [];
  sent.length = 0;
  flow.meanwhile = async () => {
    flow.meanwhile = null;
    late.push(await send(), await send({ envelope: { mailFrom, rcptTo: [] } }));
  };
  const first = await send();
  // Its own first message does not stand in the way of its second.
  expect(first).toMatchObject({ created: { one: {}, two: {} }, oldState: ifInState, newState: await store.state() });
  expect(late).toMatchObject([{ type: "stateMismatch" }, { type: "stateMismatch" }]);
  expect(sent).toHaveLength(2);
  expect(await store.submissions(null)).toHaveLength(2);
});
