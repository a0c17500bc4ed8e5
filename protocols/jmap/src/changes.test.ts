import fc from "fast-check";
import { expect, test } from "vitest";
import { testAccount } from "./memory/test-account.ts";

type Step =
  | { readonly kind: "append"; readonly mailbox: number }
  | { readonly kind: "move"; readonly email: number; readonly mailbox: number }
  | { readonly kind: "flag"; readonly email: number }
  | { readonly kind: "destroy"; readonly email: number }
  | { readonly kind: "sync"; readonly maxChanges: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("append" as const), mailbox: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant("move" as const), email: fc.nat(9), mailbox: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant("flag" as const), email: fc.nat(9) }),
    fc.record({ kind: fc.constant("destroy" as const), email: fc.nat(9) }),
    fc.record({ kind: fc.constant("sync" as const), maxChanges: fc.integer({ min: 1, max: 5 }) }),
  ),
  { maxLength: 40 },
);

test("a client that follows Email/changes from any state, in pages of any size, holds what Email/get shows", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const { api, append } = testAccount();
      const ids: string[] = [];
      const view = new Map<string, unknown>();
      const properties = ["mailboxIds", "keywords"];
      let state = (await api(["Email/get", { accountId: "a", ids: [], properties }, "0"]))[0]?.[1]["state"];
      const sync = async (maxChanges: number) => {
        for (let more = true; more; ) {
          const [[, changes] = ["", {}, ""]] = await api([
            "Email/changes",
            { accountId: "a", sinceState: state, maxChanges },
            "c",
          ]);
          const named = [...(changes["created"] as string[]), ...(changes["updated"] as string[])];
          const [[, got] = ["", {}, ""]] = await api(["Email/get", { accountId: "a", ids: named, properties }, "g"]);
          for (const email of got["list"] as { id: string }[]) view.set(email.id, email);
          for (const id of changes["destroyed"] as string[]) view.delete(id);
          for (const id of got["notFound"] as string[]) view.delete(id);
          state = changes["newState"];
          more = changes["hasMoreChanges"] === true;
        }
      };
      for (const step of plan) {
        if (step.kind === "append") ids.push(await append("Subject: x\n\nx", { mailboxIds: [`b${step.mailbox}`] }));
        else if (step.kind === "sync") await sync(step.maxChanges);
        else {
          const id = ids[step.email] ?? "none";
          const patch =
            step.kind === "move" ? { mailboxIds: { [`b${step.mailbox}`]: true } } : { "keywords/$seen": true };
          const change = step.kind === "destroy" ? { destroy: [id] } : { update: { [id]: patch } };
          await api(["Email/set", { accountId: "a", ...change }, "s"]);
        }
      }
      await sync(3);
      const [[, query] = ["", {}, ""]] = await api(["Email/query", { accountId: "a" }, "q"]);
      const [[, truth] = ["", {}, ""]] = await api([
        "Email/get",
        { accountId: "a", ids: query["ids"], properties },
        "g",
      ]);
      const byId = (list: unknown[]) => [...list].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
      expect(byId([...view.values()])).toEqual(byId(truth["list"] as unknown[]));
    }),
    { numRuns: 60 },
  );
});

test("a state from elsewhere cannot be followed", async () => {
  const { api } = testAccount();
  for (const sinceState of ["999", "x", ""]) {
    const [answer] = await api(["Email/changes", { accountId: "a", sinceState }, "c"]);
    expect(answer).toMatchObject(["error", { type: "cannotCalculateChanges" }, "c"]);
  }
});
