import { handleApi, sessionObject } from "@casaforte/jmap";
import { MemoryAccount, MemoryBackend } from "@casaforte/jmap/memory";
import { Failure, utf8 } from "@casaforte/kernel";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { MailClient } from "./client.ts";
import { type DraftContent, sendMessage } from "./submission.ts";

afterEach(() => vi.unstubAllGlobals());

const urls = { apiUrl: "/jmap/api", downloadUrl: "", uploadUrl: "", eventSourceUrl: "" };
const ada = { name: "Ada", email: "ada@example.test" };
const draft: DraftContent = {
  from: ada,
  sender: null,
  replyTo: [],
  to: [{ name: null, email: "bob@example.test" }],
  cc: [],
  bcc: [],
  subject: "Plans",
  html: null,
  text: "x",
  inReplyTo: [],
  references: [],
  attachments: [],
};

/** A page with a draft that was kept, at a server that is away as soon as it has answered a sending, or `staysThere`. */
async function openPage({ staysThere = false } = {}) {
  const clock = new FakeClock();
  const account = new MemoryAccount({
    info: { id: "a", name: ada.email, isPersonal: true, isReadOnly: false, mayManage: true },
    clock,
    compose: async ({ subject }) => utf8(`From: <${ada.email}>\r\nSubject: ${subject}\r\n\r\nx\r\n`),
    identities: [{ ...ada, id: "i1", replyTo: null, bcc: null, sender: null, textSignature: "", htmlSignature: "" }],
    onSubmit: () => {},
  });
  const boxOf = (role: string) =>
    account.addMailbox({ name: role, parentId: null, isSubscribed: true, sortOrder: 10 }, role);
  const [drafts, sent] = [boxOf("drafts"), boxOf("sent")];
  const kept = await account.createEmail({
    bytes: utf8("Subject: Plans\r\n\r\nx\r\n"),
    mailboxIds: [drafts],
    keywords: [],
  });
  const backend = new MemoryBackend(ada.email, [account]);
  let isAway = false;
  vi.stubGlobal("fetch", async (path: string, request: { readonly body?: string }) => {
    if (isAway) return Response.json({ code: "unavailable", detail: "away" }, { status: 500 });
    if (path === "/jmap/session") return Response.json(await sessionObject(backend, urls));
    const context = { nowMs: clock.nowMs(), logger: new MemoryLogger() };
    const reply = await handleApi(JSON.parse(request.body ?? ""), backend, context);
    isAway = !staysThere && (request.body ?? "").includes("EmailSubmission/set");
    return reply.ok ? Response.json(reply.response) : Response.json(reply.problem, { status: 400 });
  });
  return { account, backend, sent, oldId: kept.id, client: await MailClient.open() };
}

test("a message that is on its way is told as sent though the draft kept before cannot be removed", async () => {
  const { account, sent, oldId, client } = await openPage();
  const { emailId, submissionId } = await sendMessage(client, draft, "i1", oldId);
  expect(await account.submissions([submissionId])).toMatchObject([{ emailId, undoStatus: "pending" }]);
  expect(await account.emails([emailId, oldId])).toMatchObject([{ mailboxIds: [sent] }, { id: oldId }]);
});

test("why a message was not sent is told though what was made of it cannot be removed", async () => {
  const { account, client } = await openPage();
  account.submit = async () => {
    throw new Failure("rate_limited", "mail.too_many", "too many messages");
  };
  await expect(sendMessage(client, draft, "i1", null)).rejects.toMatchObject({ code: "mail.too_many" });
});

test("where the whole sending is refused no second draft stays, and the one kept before does", async () => {
  const { account, backend, oldId, client } = await openPage({ staysThere: true });
  const open = backend.account.bind(backend);
  let opened = 0;
  backend.account = async (id) => {
    if (++opened === 2) throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
    return open(id);
  };
  await expect(sendMessage(client, draft, "i1", oldId)).rejects.toMatchObject({ code: "db.unavailable" });
  expect(await account.mailboxes()).toMatchObject([{ role: "drafts", totalEmails: 1 }, { totalEmails: 0 }]);
  expect(await account.emails([oldId])).toHaveLength(1);
});
