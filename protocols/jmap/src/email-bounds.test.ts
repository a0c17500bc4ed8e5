import { expect, test } from "vitest";
import { emailPropertiesMax, openedBytesMax } from "./limits.ts";
import { testAccount } from "./memory/test-account.ts";
import { openMessage } from "./message.ts";
import { RequestBudget } from "./request-budget.ts";

const get = (ids: readonly string[], args: object, callId = "0") =>
  ["Email/get", { accountId: "a", ids, ...args }, callId] as const;

test("R60: properties are counted once each, and so many of them are refused", async () => {
  const { api, append } = testAccount();
  const id = await append("Subject: x\n\nciao");
  const headers = (count: number) => Array.from({ length: count }, (_, nth) => `header:X-${nth}`);
  const doubled = Array.from({ length: 3 * emailPropertiesMax }, () => "header:Subject");
  for (const name of ["properties", "bodyProperties"]) {
    const told = async (named: readonly string[]) =>
      (await api(get([id], { properties: ["bodyStructure"], [name]: named })))[0];
    expect((await told(headers(emailPropertiesMax)))?.[0]).toBe("Email/get");
    expect((await told(doubled))?.[0]).toBe("Email/get");
    expect((await told(headers(emailPropertiesMax + 1)))?.[1]).toMatchObject({
      type: "invalidArguments",
      properties: [name],
    });
  }
});

test("a part's header fields are read once, whatever is asked of it", () => {
  const { root } = openMessage(Buffer.from("Subject: x\r\nsubject: y\r\n\r\nciao"));
  expect(root.headers()).toBe(root.headers());
  expect(root.fieldsNamed("subject")).toBe(root.fieldsNamed("subject"));
  expect(root.fieldsNamed("subject").map(({ value }) => value.trim())).toEqual(["x", "y"]);
  expect(root.contentBytes()).toBe(4);
});

test("a body property is one of the protocol's, and not one that every object has", async () => {
  const { api, append } = testAccount();
  const id = await append("Subject: x\n\nciao");
  const [told] = await api(get([id], { properties: ["bodyStructure"], bodyProperties: ["toString"] }));
  expect(told?.[1]).toMatchObject({ type: "invalidArguments" });
});

test("R60: what one request opens and answers is bounded, all its calls together", async () => {
  const { api, account, append } = testAccount();
  const id = await append(`Subject: x\n\n${"x".repeat(900_000)}`);
  const ask = { properties: ["bodyValues"], fetchTextBodyValues: true };
  const ids = [id];
  for (let nth = 0; nth < 9; nth++) ids.push(`copy${nth}`);
  const [record] = await account.emails([id]);
  const body = await account.readMessage(id);
  account.emails = async (wanted) => (record ? wanted.map((one) => ({ ...record, id: one })) : []);
  account.readMessage = async () => body;
  const answers = await api(...Array.from({ length: 7 }, (_, nth) => get(ids, ask, String(nth))));
  expect(answers.map(([name, { type }]) => type ?? name)).toEqual([
    ...["Email/get", "Email/get", "Email/get", "Email/get", "Email/get"],
    ...["requestTooLarge", "requestTooLarge"],
  ]);
  const budget = new RequestBudget();
  budget.open(openedBytesMax);
  expect(() => budget.open(1)).toThrow("requestTooLarge");
  let opened = 0;
  account.emails = async (wanted) =>
    record ? wanted.map((one) => ({ ...record, id: one, size: openedBytesMax / 4 })) : [];
  account.readMessage = async () => {
    opened++;
    return Buffer.from("Subject: x\r\n\r\n");
  };
  expect((await api(get(ids, ask)))[0]?.[1]).toMatchObject({ type: "requestTooLarge" });
  expect(opened).toBe(4);
});
