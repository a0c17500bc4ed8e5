import { expect, test } from "vitest";
import { filterConditionsMax, filterWordsMax } from "./limits.ts";
import { testAccount } from "./memory/test-account.ts";

test.each([
  ["Email/query", "inMailboxOtherThan"],
  ["Email/query", "header"],
  ["EmailSubmission/query", "identityIds"],
  ["EmailSubmission/query", "emailIds"],
  ["EmailSubmission/query", "threadIds"],
])("R12: a list in a filter of %s is as many conditions as it has ids: %s", async (name, condition) => {
  const { api } = testAccount();
  const told = async (count: number, beside: object) => {
    const list = Array.from({ length: count }, (_, nth) => `x${nth}`);
    return (await api([name, { accountId: "a", filter: { ...beside, [condition]: list } }, "q"]))[0]?.[1];
  };
  const other = name === "Email/query" ? { subject: "x" } : { undoStatus: "final" };
  expect(await told(filterConditionsMax, {})).toHaveProperty("ids");
  expect(await told(filterConditionsMax - 1, other)).toHaveProperty("ids");
  expect(await told(filterConditionsMax, other)).toMatchObject({ type: "unsupportedFilter" });
  expect(await told(filterConditionsMax + 1, {})).toMatchObject({ type: "unsupportedFilter" });
});

test.each([
  ["Email/query", { minSize: 1 }],
  ["Email/query", { minSize: 1, from: null, to: null }],
  ["Mailbox/query", { isSubscribed: true }],
  ["EmailSubmission/query", { undoStatus: "final" }],
  ["Quota/query", { scope: "account" }],
])(
  "R12: a filter of %s holds so many conditions, and an operator or nothing at all is as much as one",
  async (name, one) => {
    const { api } = testAccount();
    const told = async (condition: object, count: number) => {
      const filter = { operator: "AND", conditions: Array.from({ length: count }, () => condition) };
      return (await api([name, { accountId: "a", filter }, "q"]))[0]?.[1];
    };
    const any = { operator: "OR", conditions: [] };
    for (const condition of [one, {}, any, { operator: "NOT", conditions: [] }]) {
      expect(await told(condition, filterConditionsMax - 1)).toHaveProperty("ids");
      expect(await told(condition, filterConditionsMax)).toMatchObject({ type: "unsupportedFilter" });
    }
    const inner = { operator: "AND", conditions: Array.from({ length: filterConditionsMax / 2 }, () => any) };
    expect(await told(inner, 1)).toHaveProperty("ids");
    expect(await told(inner, 2)).toMatchObject({ type: "unsupportedFilter" });
  },
);

test("R12: the texts of a filter look for so many words and phrases, all levels together", async () => {
  const { api } = testAccount();
  const told = async (filter: object) => (await api(["Email/query", { accountId: "a", filter }, "q"]))[0]?.[1];
  const words = (count: number) => Array.from({ length: count }, (_, nth) => `w${nth}`).join(" ");
  const refused = { type: "unsupportedFilter" };
  expect(await told({ text: words(filterWordsMax) })).toHaveProperty("ids");
  expect(await told({ body: `"${words(300_000)}"` })).toHaveProperty("ids");
  expect(await told({ text: words(filterWordsMax + 1) })).toMatchObject(refused);
  expect(await told({ subject: words(300_000) })).toMatchObject(refused);
  const half = { from: words(filterWordsMax / 2) };
  expect(await told({ operator: "OR", conditions: [half, half] })).toHaveProperty("ids");
  expect(await told({ operator: "OR", conditions: [half, half, { to: "x" }] })).toMatchObject(refused);
});
