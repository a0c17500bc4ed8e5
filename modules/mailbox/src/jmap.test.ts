import { MemoryAccount, MemoryBackend } from "@casaforte/jmap/memory";
import { utf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updateMailAccount } from "./change-mail-account.ts";
import {
  bed,
  call,
  closeJmapBed,
  findings,
  message,
  newAccount,
  openJmapBed,
  tenantId,
} from "./jmap-bed.test-support.ts";
import { composeDraft } from "./jmap-compose.ts";
import { mailboxLimits } from "./limits.ts";
import { system } from "./mailbox-testbed.ts";

beforeAll(openJmapBed);
afterAll(closeJmapBed);

describe("JMAP on PostgreSQL", () => {
  test("a client hears of another quota and of its end, though no message moved", async () => {
    const { account, backend, store } = await newAccount();
    const accountId = account.id;
    const set = (quotaBytes: bigint | null) =>
      bed.db.tenant(tenantId, (tx) => updateMailAccount(tx, system, { accountId, quotaBytes }, bed.services));
    const changes = (sinceState: string) => call(backend, "Quota/changes", { accountId, sinceState });
    const unlimited = await store.state();
    await set(1_000_000n);
    expect(await changes(unlimited)).toMatchObject({ updated: ["octets"], destroyed: [] });
    expect(await call(backend, "Quota/get", { accountId, ids: null })).toMatchObject({
      list: [{ id: "octets", hardLimit: 1_000_000, used: 0 }],
    });
    const limited = await store.state();
    await set(null);
    expect(await changes(limited)).toMatchObject({ updated: [], destroyed: ["octets"] });
    expect(await changes(await store.state())).toMatchObject({ updated: [], destroyed: [] });
  });

  test("a message goes in by upload and import, and comes out whole, by part and by header", async () => {
    const { account, backend, store, box } = await newAccount();
    const blobId = await store.uploadBlob(message("Ciao =?utf-8?q?citt=C3=A0?=", "1"), "message/rfc822");
    const imported = await call(backend, "Email/import", {
      accountId: account.id,
      emails: { m: { blobId, mailboxIds: { [box("inbox")]: true }, keywords: { $Flagged: true, lavoro: true } } },
    });
    const { id } = (imported["created"] as { m: { id: string } }).m;
    const got = await call(backend, "Email/get", {
      accountId: account.id,
      ids: [id],
      properties: ["subject", "from", "keywords", "mailboxIds", "preview", "textBody", "bodyValues"],
      fetchTextBodyValues: true,
    });
    expect(got["list"]).toMatchObject([
      {
        subject: "Ciao città",
        from: [{ name: "P1", email: "p1@x.it" }],
        keywords: { $flagged: true, lavoro: true },
        mailboxIds: { [box("inbox")]: true },
        preview: "corpo 1",
        bodyValues: { "1": { value: "corpo 1\n" } },
      },
    ]);
  });

  test("a filter of more operators than it may have is refused before anything is listed", async () => {
    const { account, backend, box } = await newAccount();
    const inMailbox = { inMailbox: box("inbox") };
    const query = (count: number) => {
      const none = Array.from({ length: count }, () => ({ operator: "NOT", conditions: [] }));
      const filter = { operator: "AND", conditions: [inMailbox, ...none] };
      return call(backend, "Email/query", { accountId: account.id, filter });
    };
    expect(await query(98)).toMatchObject({ ids: [] });
    for (const count of [99, 290_000]) expect(await query(count)).toMatchObject({ type: "unsupportedFilter" });
  });

  test("a keyword with a name that every object has is kept, and found in its mailbox and in all", async () => {
    const { account, backend, store, box } = await newAccount();
    const keyword = "constructor";
    const at = { mailboxIds: [box("inbox")] };
    const { id } = await store.createEmail({ bytes: message("c", "c"), ...at, keywords: [keyword] });
    await store.createEmail({ bytes: message("d", "d"), ...at, keywords: [] });
    expect(await store.emails([id])).toMatchObject([{ keywords: [keyword] }]);
    for (const inMailbox of [box("inbox"), null])
      expect(
        await call(backend, "Email/query", { accountId: account.id, filter: { inMailbox, hasKeyword: keyword } }),
      ).toMatchObject({ ids: [id] });
  });

  test("more keywords than a message may have are refused by JMAP's own word, and change nothing", async () => {
    const { account, backend, store, box } = await newAccount();
    const id = (await store.createEmail({ bytes: message("k", "k"), mailboxIds: [box("inbox")], keywords: [] })).id;
    const most = mailboxLimits.keywordsPerMessageMax;
    const set = (count: number) => {
      const keywords = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, true]));
      return call(backend, "Email/set", { accountId: account.id, update: { [id]: { keywords } } });
    };
    expect(await set(most + 1)).toMatchObject({ notUpdated: { [id]: { type: "tooManyKeywords" } } });
    expect(await store.emails([id])).toMatchObject([{ keywords: [] }]);
    expect(await set(most)).toMatchObject({ updated: { [id]: null } });
  });

  test("mailboxes are a tree: made, renamed, refused while full, destroyed with what is inside", async () => {
    const { account, backend } = await newAccount();
    const set = (args: object) => call(backend, "Mailbox/set", { accountId: account.id, ...args });
    const made = await set({ create: { p: { name: "Clienti" }, c: { name: "Rossi", parentId: null } } });
    const { p, c } = made["created"] as { p: { id: string }; c: { id: string } };
    expect(await set({ update: { [c.id]: { parentId: p.id, name: "Rossi srl" } } })).toMatchObject({
      updated: { [c.id]: null },
    });
    const list = (await call(backend, "Mailbox/get", { accountId: account.id, ids: [c.id] }))["list"];
    expect(list).toMatchObject([{ name: "Rossi srl", parentId: p.id, totalEmails: 0 }]);
    expect(await set({ destroy: [p.id] })).toMatchObject({ notDestroyed: { [p.id]: { type: "mailboxHasChild" } } });
    expect(await set({ create: { x: { name: "Clienti" } } })).toMatchObject({
      notCreated: { x: { type: "alreadyExists" } },
    });
    expect(await set({ destroy: [c.id, p.id] })).toMatchObject({ destroyed: [c.id, p.id] });
  });

  test("a bad object of a set does not undo the others, and counts stay right", async () => {
    const { account, backend, store, box } = await newAccount();
    const id = (await store.createEmail({ bytes: message("a", "a"), mailboxIds: [box("inbox")], keywords: [] })).id;
    const other = (await store.createEmail({ bytes: message("b", "b"), mailboxIds: [box("inbox")], keywords: [] })).id;
    const answer = await call(backend, "Email/set", {
      accountId: account.id,
      update: {
        [id]: { "keywords/$seen": true, [`mailboxIds/${box("archive")}`]: true },
        [other]: { "keywords/$seen": true, mailboxIds: { nowhere: true } },
        none: { "keywords/$seen": true },
      },
    });
    expect(answer).toMatchObject({
      updated: { [id]: null },
      notUpdated: { [other]: { type: "invalidProperties" }, none: { type: "notFound" } },
    });
    const mailboxes = new Map((await store.mailboxes()).map((mailbox) => [mailbox.role, mailbox]));
    expect(mailboxes.get("inbox")).toMatchObject({
      totalEmails: 2,
      unreadEmails: 1,
      totalThreads: 2,
      unreadThreads: 1,
    });
    expect(mailboxes.get("archive")).toMatchObject({ totalEmails: 1, unreadEmails: 0 });
    expect(await findings()).toEqual([]);
  });

  test("nobody reads another account's mail through ids he knows", async () => {
    const mine = await newAccount();
    const theirs = await newAccount();
    const id = (
      await theirs.store.createEmail({
        bytes: message("s", "s"),
        mailboxIds: [theirs.box("inbox")],
        keywords: [],
      })
    ).id;
    const blobId = await theirs.store.uploadBlob(utf8("secret"), "text/plain");
    expect(await mine.backend.account(theirs.account.id)).toBeNull();
    expect(await mine.store.emails([id])).toEqual([]);
    expect(await mine.store.readUpload(blobId)).toBeNull();
    await expect(mine.store.readMessage(id)).rejects.toMatchObject({ kind: "not_found" });
    expect(await mine.store.destroyEmails([id])).toMatchObject([{ kind: "not_found" }]);
    await expect(
      mine.store
        .createEmail({ bytes: message("x", "x"), mailboxIds: [theirs.box("inbox")], keywords: [] })
        .then(({ id }) => id),
    ).rejects.toMatchObject({ code: "mailbox.not_found" });
  });
});

test("queryChanges of emails and submissions lead from the old results to the new ones", async () => {
  const { account, backend, store, box } = await newAccount();
  const ids: string[] = [];
  for (let index = 0; index < 8; index++) {
    const more = index % 2 === 0 ? "References: <root@x.it>\r\n" : "";
    const at = { mailboxIds: [box("inbox")], keywords: [], receivedAtMs: bed.clock.nowMs() + index * 1000 };
    ids.push((await store.createEmail({ bytes: message("same", `c${index}`, more), ...at })).id);
  }
  const [one = "", two = "", three = "", four = ""] = ids;
  const asked = [
    { filter: { inMailbox: box("inbox") }, collapseThreads: true },
    { filter: { noneInThreadHaveKeyword: "$seen" }, sort: [{ property: "from" }] },
  ].map((query) => ({ accountId: account.id, ...query }));
  const before = await Promise.all(asked.map((query) => call(backend, "Email/query", query)));
  await store.changeEmails([
    { id: one, keywords: { kind: "patch", add: ["$seen"], remove: [] } },
    { id: two, mailboxIds: { kind: "replace", values: [box("trash")] } },
  ]);
  await store.destroyEmails([three]);
  await store.createEmail({ bytes: message("new", "n"), mailboxIds: [box("inbox")], keywords: [] });
  await store.submit({ identityId: account.address, emailId: four, holdSeconds: 600 });
  for (const [index, query] of asked.entries()) {
    const old = before[index] ?? {};
    const sinceQueryState = old["queryState"];
    const changes = await call(backend, "Email/queryChanges", { ...query, sinceQueryState, calculateTotal: true });
    const removed = new Set(changes["removed"] as string[]);
    const held = (old["ids"] as string[]).filter((id) => !removed.has(id));
    for (const { id, index: at } of changes["added"] as { id: string; index: number }[]) held.splice(at, 0, id);
    expect([held, changes["total"]]).toEqual([(await call(backend, "Email/query", query))["ids"], held.length]);
  }
  const since = { accountId: account.id, sinceState: before[0]?.["queryState"] };
  const [made] = await store.submissions(null);
  expect(await call(backend, "EmailSubmission/changes", since)).toMatchObject({ created: [made?.id], updated: [] });
  const sinceState = await store.state();
  await store.cancelSubmission(made?.id ?? "");
  expect(await call(backend, "EmailSubmission/changes", { ...since, sinceState })).toMatchObject({
    ...{ created: [], updated: [made?.id] },
  });
  let state = await store.state();
  const held = { identityId: account.address, emailId: four, holdSeconds: 600 };
  const [first, second] = [await store.submit(held), await store.submit(held)];
  await store.cancelSubmission(first.id);
  const pages: unknown[] = [];
  for (let hasMore = true; hasMore; ) {
    const page = await call(backend, "EmailSubmission/changes", { ...since, sinceState: state, maxChanges: 1 });
    pages.push([page["created"], page["updated"]]);
    state = String(page["newState"]);
    hasMore = page["hasMoreChanges"] === true;
  }
  expect(pages).toEqual([
    [[first.id], []],
    [[second.id], []],
    [[], [first.id]],
  ]);
});

test("queries answer as the memory account does, for any filter, sort and window", async () => {
  const { account, backend, store, box } = await newAccount();
  const memory = new MemoryAccount({
    info: { ...store.info, id: account.id },
    clock: bed.clock,
    compose: (draft) => composeDraft(draft, bed.clock, () => "m@x.it"),
    identities: [],
  });
  const twin = new MemoryBackend("me", [memory]);
  const roles = ["inbox", "archive", "trash"];
  const memoryBox = new Map(
    roles.map((role) => [
      role,
      memory.addMailbox({ name: role, parentId: null, isSubscribed: true, sortOrder: 1 }, role),
    ]),
  );
  const real: string[] = [];
  const twins: string[] = [];
  for (let index = 0; index < 24; index++) {
    const subject = index % 3 === 0 ? `Re: fattura ${index % 6}` : `Saluti da ${index}`;
    const bytes = message(subject, `q${index}`, index % 3 === 0 && index > 0 ? `References: <q0@x.it>\r\n` : "");
    const role = roles[index % roles.length] ?? "inbox";
    const keywords = [index % 2 === 0 ? "$seen" : "$flagged", ...(index % 5 === 0 ? ["lavoro"] : [])];
    const at = { bytes, keywords, receivedAtMs: bed.clock.nowMs() + ((index * 7) % 24) * 1000 };
    real.push((await store.createEmail({ ...at, mailboxIds: [box(role)] })).id);
    twins.push((await memory.createEmail({ ...at, mailboxIds: [memoryBox.get(role) ?? ""] })).id);
  }
  const condition = fc.oneof(
    fc.constantFrom("fattura", "saluti 1", '"da 1"', "corpo q2", "nothing").map((text) => ({ text })),
    fc.constantFrom("p1", "q7@x").map((from) => ({ from })),
    fc.constantFrom("fattura", "Saluti").map((subject) => ({ subject })),
    fc.constantFrom("$seen", "$flagged", "LAVORO", "none").map((hasKeyword) => ({ hasKeyword })),
    fc.constantFrom("$seen", "lavoro").map((notKeyword) => ({ notKeyword })),
    fc.constantFrom("$seen", "$flagged").map((someInThreadHaveKeyword) => ({ someInThreadHaveKeyword })),
    fc.constantFrom("$seen", "lavoro").map((allInThreadHaveKeyword) => ({ allInThreadHaveKeyword })),
    fc.constantFrom("$seen", "lavoro").map((noneInThreadHaveKeyword) => ({ noneInThreadHaveKeyword })),
    fc.constantFrom(...roles).map((role) => ({ inMailbox: role })),
    fc.subarray(roles).map((list) => ({ inMailboxOtherThan: list })),
    fc.nat(24).map((at) => ({ before: new Date(bed.clock.nowMs() + at * 1000).toISOString() })),
    fc.nat(24).map((at) => ({ after: new Date(bed.clock.nowMs() + at * 1000).toISOString() })),
    fc.integer({ min: 100, max: 200 }).map((minSize) => ({ minSize })),
    fc.constantFrom(["References"], ["subject", "FATTURA"], ["X-None"]).map((header) => ({ header })),
  );
  const { filter } = fc.letrec<{ filter: object }>((tie) => ({
    filter: fc.oneof(
      { depthSize: "small" },
      condition,
      fc.record({
        operator: fc.constantFrom("AND", "OR", "NOT"),
        conditions: fc.array(tie("filter"), { maxLength: 3 }),
      }),
    ),
  }));
  const sort = fc.array(
    fc.record({
      property: fc.constantFrom("receivedAt", "from", "subject", "size", "hasKeyword"),
      isAscending: fc.boolean(),
      keyword: fc.constantFrom("$seen", "lavoro"),
    }),
    { maxLength: 2 },
  );
  const window = fc.oneof(
    fc.record({ position: fc.integer({ min: -30, max: 30 }) }),
    fc.record({ anchor: fc.nat(23), anchorOffset: fc.integer({ min: -5, max: 5 }) }),
  );
  const withIds = (value: unknown, ids: ReadonlyMap<string, string>, anchors: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => withIds(item, ids, anchors));
    if (typeof value !== "object" || value === null)
      return typeof value === "string" ? (ids.get(value) ?? value) : value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        key === "anchor" ? [key, anchors[inner as number]] : [key, withIds(inner, ids, anchors)],
      ),
    );
  };
  const realBox = new Map(roles.map((role) => [role, box(role)]));
  await fc.assert(
    fc.asyncProperty(filter, sort, window, fc.boolean(), fc.integer({ min: 0, max: 30 }), async (...plan) => {
      const [wanted, by, from, collapseThreads, limit] = plan;
      const args = {
        accountId: account.id,
        filter: wanted,
        sort: by,
        collapseThreads,
        limit,
        calculateTotal: true,
        ...from,
      };
      const answer = await call(backend, "Email/query", withIds(args, realBox, real) as object);
      const expected = await call(twin, "Email/query", withIds(args, memoryBox, twins) as object);
      if (expected["type"] !== undefined) {
        expect(answer["type"]).toBe(expected["type"]);
        return;
      }
      const numbers = (ids: unknown, all: readonly string[]) => (ids as string[]).map((id) => all.indexOf(id));
      expect(numbers(answer["ids"], real)).toEqual(numbers(expected["ids"], twins));
      expect(answer["total"]).toBe(expected["total"]);
      expect(answer["position"]).toBe(expected["position"]);
    }),
    { numRuns: 150 },
  );
});
