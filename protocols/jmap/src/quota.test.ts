import { expect, test } from "vitest";
import { testAccount } from "./memory/test-account.ts";

test("the quota is found by what it is, and told of again once the account has moved", async () => {
  const { api, append } = testAccount();
  const one = async (name: string, args: object) => (await api([name, { accountId: "a", ...args }, "c"]))[0]?.[1];
  const found = await one("Quota/query", { filter: { type: "Email", scope: "account" }, calculateTotal: true });
  expect(found).toMatchObject({ ids: ["octets"], total: 1, canCalculateChanges: true });
  const sort = [{ property: "used", isAscending: false }];
  for (const [filter, ids] of [
    [{ name: "MARIA" }, ["octets"]],
    [{ resourceType: "count" }, []],
    [{ operator: "NOT", conditions: [{ type: "Contact" }] }, ["octets"]],
    [{ operator: "AND", conditions: [{ name: "anna" }, { scope: "account" }] }, []],
  ] as const) {
    expect(await one("Quota/query", { filter, sort })).toMatchObject({ ids });
  }
  const since = String(found?.["queryState"]);
  expect(await one("Quota/changes", { sinceState: since })).toMatchObject({ updated: [], newState: since });
  expect(await one("Quota/queryChanges", { sinceQueryState: since })).toMatchObject({ removed: [], added: [] });
  await append("Subject: x\n\nx");
  expect(await one("Quota/changes", { sinceState: since })).toMatchObject({
    oldState: since,
    updated: ["octets"],
    created: [],
    destroyed: [],
    hasMoreChanges: false,
    updatedProperties: null,
  });
  expect(await one("Quota/queryChanges", { sinceQueryState: since })).toMatchObject({
    removed: ["octets"],
    added: [{ id: "octets", index: 0 }],
  });
});

test("what the quota cannot be asked is refused", async () => {
  const { api } = testAccount();
  const refusals = await api(
    ["Quota/query", { accountId: "a", filter: { colour: "red" } }, "0"],
    ["Quota/query", { accountId: "a", filter: { name: 1 } }, "1"],
    ["Quota/query", { accountId: "a", sort: [{ property: "hardLimit" }] }, "2"],
    ["Quota/changes", { accountId: "a", sinceState: "never" }, "3"],
    ["Quota/queryChanges", { accountId: "a", sinceQueryState: "never" }, "4"],
  );
  expect(refusals.map(([, { type }]) => type)).toEqual([
    "unsupportedFilter",
    "invalidArguments",
    "unsupportedSort",
    "cannotCalculateChanges",
    "cannotCalculateChanges",
  ]);
});
