import { Failure } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { eventStream, readEventStreamOptions } from "./event-stream.ts";
import { MemoryAccount } from "./memory/memory-account.ts";
import { MemoryBackend } from "./memory/memory-backend.ts";
import { composePlainly, testAccount } from "./memory/test-account.ts";

test("a change rings a state event with the types asked for, and a stale Last-Event-ID gets one at once", async () => {
  const { backend, clock, append } = testAccount();
  const stop = new AbortController();
  const options = readEventStreamOptions({ types: "Email,Mailbox,Quota", ping: "30" }, null);
  const stream = eventStream(backend, options, clock, stop.signal);
  expect((await stream.next()).value).toBe("retry: 3000\n\n");
  const next = stream.next();
  await append("Subject: x\n\nx");
  const text = String((await next).value);
  expect(text).toMatch(/^event: state\nid: a=8\ndata: /);
  expect(JSON.parse(text.split("data: ")[1] ?? "")).toEqual({
    "@type": "StateChange",
    changed: { a: { Email: "8", Mailbox: "8", Quota: "8" } },
  });
  stop.abort();
  await stream.next();

  const late = eventStream(
    backend,
    readEventStreamOptions({ closeafter: "state" }, "a=1"),
    clock,
    new AbortController().signal,
  );
  await late.next();
  expect(String((await late.next()).value)).toContain("event: state");
  expect((await late.next()).done).toBe(true);
});

test("silence is broken by pings, and the end of the request ends the stream", async () => {
  const { backend, clock } = testAccount();
  const stop = new AbortController();
  const stream = eventStream(backend, readEventStreamOptions({ ping: "1" }, null), clock, stop.signal);
  await stream.next();
  const next = stream.next();
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5_000);
  expect((await next).value).toBe('event: ping\ndata: {"interval":5}\n\n');
  const last = stream.next();
  stop.abort();
  expect((await last).done).toBe(true);
  const late = eventStream(backend, readEventStreamOptions({}, null), clock, stop.signal);
  expect((await late.next()).done).toBe(true);
});

test("a share that is taken away leaves the stream alone, and one that is given is heard", async () => {
  const { account, clock, append } = testAccount();
  const info = { id: "b", name: "office@example.it", isPersonal: false, isReadOnly: true, mayManage: false };
  const office = new MemoryAccount({ info, clock, compose: composePlainly, identities: [] });
  let isGone = false;
  const state = office.state.bind(office);
  office.state = async () => {
    if (isGone) throw new Failure("not_found", "mailbox.account_not_found", "no such account");
    return state();
  };
  let backend = new MemoryBackend("maria@example.it", [account, office]);
  const changing = {
    username: "maria@example.it",
    accounts: () => backend.accounts(),
    account: (id: string) => backend.account(id),
  };
  const stop = new AbortController();
  const stream = eventStream(changing, readEventStreamOptions({ types: "Email" }, null), clock, stop.signal);
  const changed = async () => {
    const text = String((await stream.next()).value);
    return Object.keys((JSON.parse(text.split("data: ")[1] ?? "") as { changed: object }).changed);
  };
  await stream.next();
  // Listed still and gone already; then not listed; then back.
  isGone = true;
  await append("Subject: x\n\nx");
  expect(await changed()).toEqual(["a"]);
  backend = new MemoryBackend("maria@example.it", [account]);
  await append("Subject: x\n\nx");
  expect(await changed()).toEqual(["a"]);
  isGone = false;
  backend = new MemoryBackend("maria@example.it", [account, office]);
  await append("Subject: x\n\nx");
  expect(await changed()).toEqual(["a", "b"]);
  office.addMailbox({ name: "New", parentId: null, isSubscribed: true, sortOrder: 1 }, null);
  expect(await changed()).toEqual(["b"]);
  stop.abort();
  await stream.next();
});
