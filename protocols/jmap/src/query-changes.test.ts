import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testAccount } from "./memory/test-account.ts";

type Answer = Record<string, unknown>;

/** As `applied` for a client that holds the beginning alone: what lies beyond its end it does not know. */
function appliedToFew(ids: readonly string[], answer: Answer): string[] {
  const removed = new Set(answer["removed"] as string[]);
  const result = ids.filter((id) => !removed.has(id));
  for (const { id, index } of answer["added"] as { id: string; index: number }[])
    if (index <= result.length) result.splice(index, 0, id);
  return result;
}

/** What a client does with the answer of a /queryChanges (RFC 8620 §5.6). */
function applied(ids: readonly string[], answer: Answer): string[] {
  const removed = new Set(answer["removed"] as string[]);
  const result = ids.filter((id) => !removed.has(id));
  for (const { id, index } of answer["added"] as { id: string; index: number }[]) result.splice(index, 0, id);
  return result;
}

const queries = [
  {},
  { filter: { inMailbox: "b1" } },
  { filter: { inMailbox: "b1" }, collapseThreads: true },
  { filter: { operator: "NOT", conditions: [{ hasKeyword: "$seen" }] }, sort: [{ property: "subject" }] },
  { filter: { someInThreadHaveKeyword: "$seen" } },
  { filter: { allInThreadHaveKeyword: "$seen" }, collapseThreads: true },
  { sort: [{ property: "hasKeyword", keyword: "$seen", isAscending: false }], collapseThreads: true },
  { sort: [{ property: "size" }, { property: "receivedAt", isAscending: false }] },
];

const isSteady = (query: (typeof queries)[number]): boolean => query === queries[0] || query === queries.at(-1);

type Step =
  | { readonly kind: "append"; readonly mailbox: number; readonly thread: number }
  | { readonly kind: "move"; readonly email: number; readonly mailbox: number }
  | { readonly kind: "seen"; readonly email: number; readonly value: boolean }
  | { readonly kind: "destroy"; readonly email: number }
  | { readonly kind: "sync" };

const mailbox = fc.integer({ min: 1, max: 2 });
const email = fc.nat(9);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("append" as const), mailbox, thread: fc.nat(3) }),
    fc.record({ kind: fc.constant("move" as const), email, mailbox }),
    fc.record({ kind: fc.constant("seen" as const), email, value: fc.boolean() }),
    fc.record({ kind: fc.constant("destroy" as const), email }),
    fc.record({ kind: fc.constant("sync" as const) }),
  ),
  { maxLength: 30 },
);

test("Email/queryChanges applied to the old results gives the new ones, for every kind of filter, sort and thread", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(...queries), async (plan, query) => {
      const { api, append, clock } = testAccount();
      const ids: string[] = [];
      const ask = async (name: string, args: object): Promise<Answer> =>
        (await api([name, { accountId: "a", ...query, ...args, calculateTotal: true }, "0"]))[0]?.[1] ?? {};
      const first = await ask("Email/query", {});
      expect(first["canCalculateChanges"]).toBe(true);
      let held = first["ids"] as string[];
      let few: readonly string[] = held.slice(0, 2);
      let state = first["queryState"];
      const sync = async () => {
        const upTo = few.at(-1);
        const since = { sinceQueryState: state };
        const changes = await ask("Email/queryChanges", since);
        const fewer = upTo === undefined ? null : await ask("Email/queryChanges", { ...since, upToId: upTo });
        held = applied(held, changes);
        few = fewer === null ? held.slice(0, 2) : appliedToFew(few, fewer);
        expect(few).toEqual(held.slice(0, few.length));
        const end = upTo === undefined ? -1 : held.indexOf(upTo);
        if (fewer !== null && isSteady(query) && end >= 0)
          for (const { index } of fewer["added"] as { index: number }[]) expect(index).toBeLessThanOrEqual(end);
        state = changes["newQueryState"];
        expect(changes["total"]).toBe(held.length);
      };
      for (const step of plan) {
        await clock.advance(1_000);
        if (step.kind === "append") {
          const text = `Message-ID: <m${ids.length}@x>\nReferences: <t${step.thread}@x>\nSubject: s\n\n${"x".repeat(step.thread)}`;
          ids.push(await append(text, { mailboxIds: [`b${step.mailbox}`] }));
        } else if (step.kind === "sync") await sync();
        else {
          const id = ids[step.email] ?? "none";
          const patch =
            step.kind === "move"
              ? { mailboxIds: { [`b${step.mailbox}`]: true } }
              : { "keywords/$seen": step.kind === "seen" && step.value ? true : null };
          await api([
            "Email/set",
            { accountId: "a", ...(step.kind === "destroy" ? { destroy: [id] } : { update: { [id]: patch } }) },
            "s",
          ]);
        }
      }
      await sync();
      expect(held).toEqual((await ask("Email/query", {}))["ids"]);
    }),
    { numRuns: 200 },
  );
});

describe("the others", () => {
  test("Mailbox/queryChanges follows a list, plain and as a tree", async () => {
    const { api } = testAccount();
    for (const tree of [{}, { sortAsTree: true, filterAsTree: true }]) {
      const query = { accountId: "a", sort: [{ property: "name" }], ...tree };
      const [[, first] = ["", {} as Answer, ""]] = await api(["Mailbox/query", query, "0"]);
      const [[, made] = ["", {} as Answer, ""]] = await api([
        "Mailbox/set",
        { accountId: "a", create: { z: { name: "Zeta" }, a: { name: "Alfa", parentId: "#z" } } },
        "0",
      ]);
      const { a, z } = made["created"] as { a: { id: string }; z: { id: string } };
      await api(["Mailbox/set", { accountId: "a", update: { b4: { name: `Old ${z.id}` } } }, "0"]);
      const since = { ...query, sinceQueryState: first["queryState"] };
      const [[, changes] = ["", {} as Answer, ""]] = await api(["Mailbox/queryChanges", since, "0"]);
      const [[, now] = ["", {} as Answer, ""]] = await api(["Mailbox/query", query, "0"]);
      expect(applied(first["ids"] as string[], changes)).toEqual(now["ids"]);
      expect((now["ids"] as string[]).slice(-2)).toEqual(
        "sortAsTree" in tree ? [z.id, a.id] : [expect.any(String), z.id],
      );
      await api(["Mailbox/set", { accountId: "a", destroy: [a.id, z.id] }, "0"]);
    }
  });

  test("EmailSubmission/query filters and sorts, and /changes and /queryChanges follow it", async () => {
    const { api, append, clock } = testAccount();
    const submit = async (hold: string) => {
      const emailId = await append("From: maria@example.it\nTo: x@y.test\nSubject: s\n\nx");
      const envelope = { mailFrom: { email: "maria@example.it", parameters: { HOLDFOR: hold } }, rcptTo: [] };
      const object = { identityId: "i1", emailId, envelope };
      const [[, set] = ["", {} as Answer, ""]] = await api([
        "EmailSubmission/set",
        { accountId: "a", create: { s: object } },
        "0",
      ]);
      await clock.advance(1_000);
      return (set["created"] as { s: { id: string } }).s.id;
    };
    const query = async (args: object, name = "EmailSubmission/query") =>
      (await api([name, { accountId: "a", ...args }, "0"]))[0]?.[1] ?? {};
    const [first, second] = [await submit("0"), await submit("600")];
    const pending = { filter: { operator: "NOT", conditions: [{ undoStatus: "final" }] } };
    expect((await query({ sort: [{ property: "sentAt" }] }))["ids"]).toEqual([first, second]);
    expect((await query({ filter: { before: "2026-03-01T00:05:00Z" } }))["ids"]).toEqual([first]);
    const before = await query(pending);
    expect(before["ids"]).toEqual([second]);
    const third = await submit("600");
    await api(["EmailSubmission/set", { accountId: "a", update: { [second]: { undoStatus: "canceled" } } }, "0"]);
    const changes = await query({ sinceState: before["queryState"] }, "EmailSubmission/changes");
    expect(changes).toMatchObject({ created: [third], updated: [second], destroyed: [] });
    const moved = await query({ ...pending, sinceQueryState: before["queryState"] }, "EmailSubmission/queryChanges");
    expect(applied(before["ids"] as string[], moved)).toEqual((await query(pending))["ids"]);
    const state = (await query(pending))["queryState"];
    const [[, gone] = []] = await api(["EmailSubmission/set", { accountId: "a", destroy: [first, "none"] }, "0"]);
    expect(gone).toMatchObject({ destroyed: [first], notDestroyed: { none: { type: "notFound" } } });
    expect(await query({ sinceState: state }, "EmailSubmission/changes")).toMatchObject({ destroyed: [first] });
    expect((await query({}))["ids"]).not.toContain(first);
  });

  test("bounds and bad states are refused by their names", async () => {
    const { api, append } = testAccount();
    const [[, first] = ["", {} as Answer, ""]] = await api(["Email/query", { accountId: "a" }, "0"]);
    for (let index = 0; index < 3; index++) await append("Subject: x\n\nx");
    const since = { accountId: "a", sinceQueryState: first["queryState"] };
    expect(await api(["Email/queryChanges", { ...since, maxChanges: 2 }, "0"])).toMatchObject([
      ["error", { type: "tooManyChanges" }, "0"],
    ]);
    expect(await api(["Email/queryChanges", { ...since, maxChanges: 3 }, "0"])).toMatchObject([
      ["Email/queryChanges", { added: [{ index: 0 }, { index: 1 }, { index: 2 }] }, "0"],
    ]);
    expect(await api(["Mailbox/queryChanges", { ...since, sinceQueryState: "x" }, "0"])).toMatchObject([
      ["error", { type: "cannotCalculateChanges" }, "0"],
    ]);
  });
});
