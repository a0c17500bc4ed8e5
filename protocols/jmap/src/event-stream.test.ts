import { expect, test } from "vitest";
import { eventStream, readEventStreamOptions } from "./event-stream.ts";
import { testAccount } from "./memory/test-account.ts";

test("a change rings a state event with the types asked for, and a stale Last-Event-ID gets one at once", async () => {
  const { backend, clock, append } = testAccount();
  const stop = new AbortController();
  const options = readEventStreamOptions({ types: "Email,Mailbox", ping: "30" }, null);
  const stream = eventStream(backend, options, clock, stop.signal);
  expect((await stream.next()).value).toBe("retry: 3000\n\n");
  const next = stream.next();
  await append("Subject: x\n\nx");
  const text = String((await next).value);
  expect(text).toMatch(/^event: state\nid: a=8\ndata: /);
  expect(JSON.parse(text.split("data: ")[1] ?? "")).toEqual({
    "@type": "StateChange",
    changed: { a: { Email: "8", Mailbox: "8" } },
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
});
