import { utf8 } from "@casaforte/kernel";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { handleApi } from "./api.ts";
import { MemoryAccount } from "./memory/memory-account.ts";
import { MemoryBackend } from "./memory/memory-backend.ts";
import { composePlainly, testAccount } from "./memory/test-account.ts";
import { capabilities } from "./session.ts";

type Answer = [string, Record<string, unknown>, string];

const forwarded = [
  "From: a@x.test",
  "Subject: outer",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "see below",
  "--b",
  "Content-Type: message/rfc822",
  "",
  "From: =?utf-8?q?Ad=C3=A0?= <c@x.test>",
  "Subject: inner",
  'Content-Type: multipart/mixed; boundary="c"',
  "",
  "--c",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "the inner text",
  "--c",
  "Content-Type: application/pdf; name=x.pdf",
  "Content-Disposition: attachment; filename=x.pdf",
  "Content-Transfer-Encoding: base64",
  "",
  "JVBERg==",
  "--c--",
  "--b--",
  "",
].join("\n");

test("Email/parse opens an attached message, and its parts can be had by their blob ids", async () => {
  const { api, append } = testAccount();
  const id = await append(forwarded);
  const blobId = `M${id}_2`;
  const [[name, answer] = ["", {} as Record<string, unknown>]] = await api([
    "Email/parse",
    {
      accountId: "a",
      blobIds: [blobId, `M${id}_1`, "gone"],
      properties: ["id", "mailboxIds", "blobId", "subject", "from", "attachments", "bodyValues", "hasAttachment"],
      fetchTextBodyValues: true,
    },
    "0",
  ]);
  expect([name, answer["notParsable"], answer["notFound"]]).toEqual(["Email/parse", [`M${id}_1`], ["gone"]]);
  const parsed = (answer["parsed"] as Record<string, Record<string, unknown>>)[blobId] ?? {};
  expect(parsed).toMatchObject({
    ...{ id: null, mailboxIds: null, blobId, subject: "inner", hasAttachment: true },
    from: [{ name: "Adà", email: "c@x.test" }],
    attachments: [{ name: "x.pdf", blobId: `${blobId}_2`, size: 4 }],
    bodyValues: { "1": { value: "the inner text" } },
  });
  expect(await api(["Blob/get", { accountId: "a", ids: [`${blobId}_2`, `${blobId}_9`] }, "0"])).toMatchObject([
    ["Blob/get", { list: [{ "data:asText": "%PDF" }], notFound: [`${blobId}_9`] }, "0"],
  ]);
});

function twoAccounts() {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const make = (id: string) => {
    const account = new MemoryAccount({
      info: { id, name: `${id}@x.test`, isPersonal: id === "a", isReadOnly: false, mayManage: true },
      clock,
      compose: composePlainly,
      identities: [],
    });
    account.addMailbox({ name: "Inbox", parentId: null, isSubscribed: true, sortOrder: 1 }, "inbox");
    return account;
  };
  const [a, b] = [make("a"), make("b")];
  const backend = new MemoryBackend("a@x.test", [a, b]);
  const api = async (name: string, args: object): Promise<Answer[]> => {
    const request = { using: Object.values(capabilities), methodCalls: [[name, args, "0"]] };
    const reply = await handleApi(request, backend, { nowMs: clock.nowMs(), logger: new MemoryLogger() });
    if (!reply.ok) throw new Error(reply.problem.detail);
    return reply.response["methodResponses"] as Answer[];
  };
  return { a, b, api };
}

test("Email/copy brings a message to another account, and may take the original away", async () => {
  const { a, b, api } = twoAccounts();
  const bytes = utf8("Subject: travels\r\n\r\nx\r\n");
  const receivedAtMs = Date.UTC(2020, 0, 1);
  const id = (await a.createEmail({ bytes, mailboxIds: ["b1"], keywords: [], receivedAtMs })).id;
  const copy = { id, mailboxIds: { b1: true }, keywords: { $seen: true } };
  const args = { fromAccountId: "a", accountId: "b", create: { c: copy, d: { ...copy, id: "gone" } } };
  expect(await api("Email/copy", { ...args, ifFromInState: "nonsense" })).toMatchObject([
    ["error", { type: "stateMismatch" }, "0"],
  ]);
  const before = await b.state();
  for (const wish of [{ onSuccessDestroyOriginal: "yes" }, { onSuccessDestroyOriginal: true, destroyFromIfInState: 1 }])
    expect(await api("Email/copy", { ...args, ...wish })).toMatchObject([["error", { type: "invalidArguments" }, "0"]]);
  expect(await b.state()).toBe(before);
  const [copied = ["", {}, ""], destroyed] = await api("Email/copy", { ...args, onSuccessDestroyOriginal: true });
  expect(copied).toMatchObject(["Email/copy", { fromAccountId: "a", notCreated: { d: { type: "notFound" } } }, "0"]);
  expect(destroyed).toMatchObject(["Email/set", { accountId: "a", destroyed: [id] }, "0"]);
  const made = (copied[1]["created"] as { c: { id: string } }).c.id;
  expect(await b.emails([made])).toMatchObject([{ subject: "travels", keywords: ["$seen"], receivedAtMs }]);
  expect(await a.emails([id])).toEqual([]);
});

test("Blob/copy brings blobs along; nothing comes from an account that is not the caller's", async () => {
  const { a, b, api } = twoAccounts();
  const blobId = await a.uploadBlob(utf8("bytes"), "text/plain");
  const [[, answer] = ["", {} as Record<string, unknown>]] = await api("Blob/copy", {
    fromAccountId: "a",
    accountId: "b",
    blobIds: [blobId, "gone"],
  });
  const copied = (answer["copied"] as Record<string, string>)[blobId] ?? "";
  expect(Buffer.from((await b.readUpload(copied))?.bytes ?? []).toString()).toBe("bytes");
  expect(answer["notCopied"]).toEqual({ gone: { type: "notFound" } });
  for (const name of ["Blob/copy", "Email/copy"])
    expect(await api(name, { fromAccountId: "c", accountId: "b", blobIds: [blobId], create: {} })).toMatchObject([
      ["error", { type: "fromAccountNotFound" }, "0"],
    ]);
});
