import { handleApi, sessionObject } from "@casaforte/jmap";
import { MemoryAccount, MemoryBackend } from "@casaforte/jmap/memory";
import { utf8 } from "@casaforte/kernel";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { MailClient } from "./client.ts";
import { changeEmails } from "./mutations.ts";

afterEach(() => vi.unstubAllGlobals());

const urls = { apiUrl: "/jmap/api", downloadUrl: "", uploadUrl: "", eventSourceUrl: "" };

/** A page at a server with one account and its inbox. */
async function openPage() {
  const clock = new FakeClock();
  const account = new MemoryAccount({
    info: { id: "a", name: "ada@example.test", isPersonal: true, isReadOnly: false, mayManage: true },
    clock,
    compose: async () => expect.fail("nothing is written here"),
    identities: [],
    onSubmit: () => expect.fail("nothing is sent here"),
  });
  const inbox = account.addMailbox({ name: "inbox", parentId: null, isSubscribed: true, sortOrder: 10 }, "inbox");
  const backend = new MemoryBackend("ada@example.test", [account]);
  vi.stubGlobal("fetch", async (path: string, request: { readonly body?: string }) => {
    if (path === "/jmap/session") return Response.json(await sessionObject(backend, urls));
    const context = { nowMs: clock.nowMs(), logger: new MemoryLogger() };
    const reply = await handleApi(JSON.parse(request.body ?? ""), backend, context);
    return reply.ok ? Response.json(reply.response) : Response.json(reply.problem, { status: 400 });
  });
  const append = (subject: string, references = "") =>
    account
      .createEmail({
        bytes: utf8(
          `From: p@example.test\r\nSubject: ${subject}\r\nReferences: ${references}\r\n\r\nbody of ${subject}\r\n`,
        ),
        mailboxIds: [inbox],
        keywords: [],
        receivedAtMs: clock.nowMs(),
      })
      .then(({ id }) => id);
  return { account, inbox, append, client: await MailClient.open() };
}

test("where the server does not tell what changed, an open message stays on the screen, true again, and one that is gone goes", async () => {
  const { account, inbox, append, client } = await openPage();
  const [open, gone] = [await append("Plans"), await append("Old")];
  const { store, lists } = client;
  const query = { filter: { inMailbox: inbox }, collapseThreads: true };
  lists.show(query, 0, 10);
  const rows = () => [...store.state.lists.values()][0]?.ids.filter((id) => id !== undefined) ?? [];
  await expect.poll(rows).toHaveLength(2);
  await client.openBodies([open, gone]);

  const came = await append("New");
  await account.changeEmails([{ id: open, keywords: { kind: "patch", add: ["$seen"], remove: [] } }]);
  await account.destroyEmails([gone]);
  store.update(() => ({ emailState: "forgotten" }));
  let wasEmpty = false;
  const stop = store.subscribe(() => {
    wasEmpty ||= !store.state.emails.has(open) || !store.state.bodies.has(open);
  });
  await client.sync();
  await expect.poll(() => new Set(rows())).toEqual(new Set([open, came]));
  stop();
  expect(wasEmpty).toBe(false);
  expect(store.state.emails.get(open)?.keywords).toEqual({ $seen: true });
  expect([store.state.emails.has(gone), store.state.bodies.has(gone)]).toEqual([false, false]);
  expect(store.state.emailState).toBe(await account.state());

  const later = await append("Later");
  await client.sync();
  await expect.poll(() => new Set(rows())).toEqual(new Set([open, came, later]));
});

test("where the conversations of what was opened are more than one request may ask for, the last opened stay", async () => {
  const { inbox, append, client } = await openPage();
  const { store, lists } = client;
  const long: string[] = [];
  for (let number = 0; number < 505; number++) long.push(await append("Long", "<first@example.test>"));
  const short = await append("Short");
  const [first = ""] = long;
  await expect(client.openConversation(first)).rejects.toMatchObject({ type: "requestTooLarge" });
  await client.openBodies([first]);
  await client.openBodies([short]);
  lists.show({ filter: { inMailbox: inbox }, collapseThreads: true }, 0, 10);
  store.update(() => ({ emailState: "forgotten" }));
  await client.sync();
  expect([store.state.bodies.has(first), store.state.bodies.has(short)]).toEqual([false, true]);
  expect(store.state.emailState).not.toBe("forgotten");
});

test("mail that came before the own change, and of which the page was not told, is shown by the answer to it", async () => {
  const { inbox, append, client } = await openPage();
  const { store, lists } = client;
  const open = await append("Plans");
  lists.show({ filter: { inMailbox: inbox }, collapseThreads: true }, 0, 10);
  const rows = () => [...store.state.lists.values()][0]?.ids.filter((id) => id !== undefined) ?? [];
  await expect.poll(rows).toHaveLength(1);
  await client.sync();
  const came = await append("New");
  await changeEmails(client, [open], { keywords: { $seen: true } });
  await expect.poll(() => new Set(rows())).toEqual(new Set([open, came]));
});
