import { expect, test } from "vitest";
import { testAccount } from "./memory/test-account.ts";

type Args = Record<string, unknown>;
const first = (answer: readonly [string, Args, string] | undefined): Args | undefined =>
  (answer?.[1]["list"] as Args[] | undefined)?.[0];

test("Blob/upload joins texts, base64 and ranges, also of a blob made in the same request (RFC 9404 §4.1)", async () => {
  const { api } = testAccount();
  const [upload, get] = await api(
    [
      "Blob/upload",
      {
        accountId: "a",
        create: {
          one: { data: [{ "data:asText": "perché " }, { "data:asBase64": "bm8=" }], type: "text/plain" },
          two: { data: [{ blobId: "#one", offset: 0, length: 4 }, { "data:asText": "!" }] },
          bad: { data: [{ "data:asBase64": "***" }] },
          far: { data: [{ blobId: "#one", offset: 5, length: 500 }] },
          none: { data: [{ blobId: "nothing" }] },
        },
      },
      "0",
    ],
    [
      "Blob/get",
      {
        accountId: "a",
        ids: ["#one", "#two", "gone"],
        properties: ["data:asText", "size", "digest:sha-256"],
        offset: 1,
        length: 3,
      },
      "1",
    ],
  );
  expect(upload?.[1]["created"]).toMatchObject({ one: { type: "text/plain", size: 10 }, two: { size: 5 } });
  expect(upload?.[1]["notCreated"]).toMatchObject({
    bad: { type: "invalidProperties" },
    far: { type: "invalidProperties" },
    none: { type: "blobNotFound" },
  });
  expect(get?.[1]["list"]).toMatchObject([
    { "data:asText": "erc", size: 10 },
    { "data:asText": "erc", size: 5 },
  ]);
  expect(first(get)?.["digest:sha-256"]).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(get?.[1]["notFound"]).toEqual(["gone"]);
});

test("Blob/get gives base64 for what is no UTF-8 and says when a range was cut (RFC 9404 §4.2)", async () => {
  const { api, append } = testAccount();
  const [[, { created }] = ["", { created: {} }]] = await api([
    "Blob/upload",
    { accountId: "a", create: { raw: { data: [{ "data:asBase64": "/w==" }] } } },
    "0",
  ]);
  const id = (created as Record<string, { id: string }>)["raw"]?.id ?? "";
  const [get] = await api(["Blob/get", { accountId: "a", ids: [id], length: 9 }, "0"]);
  expect(get?.[1]["list"]).toEqual([
    { id, isTruncated: true, "data:asBase64": "/w==", isEncodingProblem: true, size: 1 },
  ]);
  const email = await append("Subject: a\n\nb");
  const [lookup, wrong] = await api(
    ["Blob/lookup", { accountId: "a", typeNames: ["Email", "Mailbox"], ids: [`M${email}`, id, "gone"] }, "0"],
    ["Blob/lookup", { accountId: "a", typeNames: ["Contact"], ids: [] }, "1"],
  );
  expect(lookup?.[1]["list"]).toEqual([
    { id: `M${email}`, matchedIds: { Email: [email], Mailbox: ["b1"] } },
    { id, matchedIds: { Email: [], Mailbox: [] } },
  ]);
  expect([lookup?.[1]["notFound"], wrong?.[1]["type"]]).toEqual([["gone"], "unknownDataType"]);
});

test("VacationResponse is one object that can only be changed (RFC 8621 §8)", async () => {
  const { api } = testAccount();
  const [get, set, bad, after] = await api(
    ["VacationResponse/get", { accountId: "a", ids: null }, "0"],
    [
      "VacationResponse/set",
      {
        accountId: "a",
        create: { x: {} },
        update: {
          singleton: { isEnabled: true, fromDate: "2026-08-01T00:00:00Z", subject: "Via", textBody: "Torno." },
        },
        destroy: ["singleton"],
      },
      "1",
    ],
    ["VacationResponse/set", { accountId: "a", update: { singleton: { subject: "a\nb" }, other: {} } }, "2"],
    ["VacationResponse/get", { accountId: "a", ids: ["singleton"], properties: ["fromDate", "subject"] }, "3"],
  );
  expect(first(get)).toMatchObject({ id: "singleton", isEnabled: false, toDate: null });
  expect(set?.[1]).toMatchObject({
    updated: { singleton: null },
    notCreated: { x: { type: "singleton" } },
    notDestroyed: { singleton: { type: "singleton" } },
  });
  expect(bad?.[1]["notUpdated"]).toMatchObject({
    singleton: { type: "invalidProperties", properties: ["subject"] },
    other: { type: "notFound" },
  });
  expect(after?.[1]["list"]).toEqual([{ id: "singleton", fromDate: "2026-08-01T00:00:00Z", subject: "Via" }]);
});

test("identities that others gave, changed or took are told since a state (RFC 8621 §6.2)", async () => {
  const { api, account } = testAccount();
  const changes = async (sinceState: string) =>
    (await api(["Identity/changes", { accountId: "a", sinceState }, "0"]))[0]?.[1] ?? {};
  const [[, got] = []] = await api(["Identity/get", { accountId: "a", ids: null }, "0"]);
  const since = String(got?.["state"]);
  expect(await changes(since)).toMatchObject({ created: [], updated: [], destroyed: [], hasMoreChanges: false });
  const [own] = await account.identities();
  if (!own) throw new Error("the test account has an identity");
  account.putIdentity({ ...own, id: "i2", email: "office@example.it" });
  await account.updateIdentity("i1", { name: "M" });
  const told = await changes(since);
  expect(told).toMatchObject({ oldState: since, created: ["i2"], updated: ["i1"], destroyed: [] });
  account.removeIdentity("i2");
  expect(await changes(String(told["newState"]))).toMatchObject({ created: [], updated: [], destroyed: ["i2"] });
  expect(await changes("x")).toMatchObject({ type: "cannotCalculateChanges" });
});
