import { expunge, moveMessages, readMailboxes, storeFlags } from "@casaforte/modules/mailbox";
import type { Db } from "@casaforte/platform/db";
import { startWorker } from "@casaforte/platform/jobs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobHandlers } from "./jobs.ts";
import { transferLimits } from "./limits.ts";
import type { OpenRemote } from "./remote.ts";
import {
  ask,
  assertSound,
  clock,
  closeBed,
  contents,
  drain,
  fill,
  logger,
  message,
  newPair,
  oldContents,
  openBed,
  random,
  services,
  stateOf,
  user,
  within,
} from "./transfers-bed.test-support.ts";

beforeAll(openBed);
afterAll(closeBed);

const seen = 1;
const answered = 2;
const deleted = 8;
const flagged = 4;

/**
 * A worker that lives until its step number `lifeSteps` and then is gone as after kill -9: nothing it waits for comes back,
 * nothing of it runs on, its open transaction is rolled back, its connection cut, and its job stays leased. Returns the step
 * that it died at; null when it ran out of work before.
 */
async function liveUntil(lifeSteps: number): Promise<string | null> {
  const died = Promise.withResolvers<string>();
  const killed = new AbortController();
  let steps = 0;
  const isLast = (): boolean => ++steps === lifeSteps;
  const die = (at: string): Promise<never> => {
    killed.abort();
    died.resolve(at);
    return new Promise(() => {});
  };
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (isLast()) return die(`before ${name}`);
    const done = await work();
    return isLast() ? die(`after ${name}`) : done;
  };
  const db: Db = {
    ...services.db,
    tenant: (tenant, work, options) =>
      step("a transaction", async () => {
        let isRolledBack = false;
        try {
          return await services.db.tenant(
            tenant,
            async (tx) => {
              const done = await work(tx);
              isRolledBack = isLast();
              if (isRolledBack) throw new Error("the connection is gone");
              return done;
            },
            options,
          );
        } catch (error) {
          if (isRolledBack) return die("within a transaction");
          throw error;
        }
      }),
  };
  const blobs = Object.assign(Object.create(services.blobs) as typeof services.blobs, {
    put: (...input: Parameters<typeof services.blobs.put>) => step("a blob", () => services.blobs.put(...input)),
  });
  const openRemote: OpenRemote = async (login, signal) => {
    const cut = AbortSignal.any([signal, killed.signal]);
    const remote = await step("connecting", () => services.openRemote(login, cut));
    return {
      folders: () => step("listing", () => remote.folders()),
      open: (path) => step("opening", () => remote.open(path)),
      uids: (after) => step("searching", () => remote.uids(after)),
      facts: (uids) => step("facts", () => remote.facts(uids)),
      fetch: (uids) => step("fetching", () => remote.fetch(uids)),
      close: () => step("closing", () => remote.close()),
    };
  };
  const handlers = jobHandlers({ ...services, db, blobs, openRemote });
  const worker = startWorker({ db: services.db, bus: services.bus, clock, random, logger, handlers }, false);
  const at = await Promise.race([worker.drain().then(() => null), died.promise]);
  if (at === null) await worker.stop(0);
  return at;
}

/** INTERNALDATE has whole seconds. */
const wholeSecond = () => clock.advance(1_000 - (clock.nowMs() % 1_000));

test("R12: workers killed at their first step, their second and so on bring every message exactly once, with its flags", async () => {
  const { old, account } = await newPair();
  await wholeSecond();
  await fill(old, 9);
  const diedAt = new Set<string>();
  let lives = 0;
  const bringAll = async () => {
    const id = await ask(account);
    for (let lifeSteps = 1; (await stateOf(id)).state !== "done"; lifeSteps++) {
      expect(lifeSteps).toBeLessThan(200);
      const at = await liveUntil(lifeSteps);
      if (at !== null) diedAt.add(at);
      lives++;
      // Whoever comes next waits until the lease of the dead one is over.
      await clock.advance(transferLimits.turnMsMax + 1);
    }
    expect(await contents(account)).toEqual(oldContents(old));
    await assertSound();
    return (await stateOf(id)).progress;
  };
  expect(await bringAll()).toMatchObject({ total: 9, copied: 9, known: 0, failed: 0 });
  // And a second time, with flags that changed meanwhile and messages that came.
  for (const { messages } of old.mailboxes)
    for (const one of messages) {
      if (one.uid % 2 === 0) continue;
      one.bits ^= answered | flagged;
      one.keywords = one.keywords.length === 0 ? ["$MDNSent"] : [];
    }
  await wholeSecond();
  old.deliver("INBOX", message(500));
  expect(await bringAll()).toMatchObject({ copied: 1, known: 9, failed: 0 });
  const steps = ["a transaction", "a blob", "connecting", "listing", "opening", "searching", "facts", "fetching"];
  const wanted = ["within a transaction", ...steps.flatMap((name) => [`before ${name}`, `after ${name}`])];
  expect(wanted.filter((at) => !diedAt.has(at))).toEqual([]);
  expect(lives).toBeGreaterThan(40);
});

test("R12: flags that changed over there come with the next transfer, each by itself, and what the owner changed here stays", async () => {
  const { old, account } = await newPair();
  const before = [0, seen, seen, 0, 0, 0];
  for (const [n, bits] of before.entries()) {
    await clock.advance(1_000);
    old.deliver("INBOX", message(n), { bits, keywords: n === 1 ? ["$Forwarded", "Work"] : [] });
  }
  // Two alike, and only the second is seen.
  await clock.advance(1_000);
  old.deliver("INBOX", message(6));
  old.deliver("INBOX", message(6), { bits: seen });
  await ask(account);
  await drain();
  const boxes = await within((tx) => readMailboxes(tx, account.id));
  const idOf = (role: string) => {
    const found = boxes.find((box) => box.role === role);
    if (!found) throw new Error(`no ${role}`);
    return found.id;
  };
  const here = (uid: number, operation: "add" | "remove", bits: number) =>
    within((tx) =>
      storeFlags(
        tx,
        user,
        { accountId: account.id, mailboxId: idOf("inbox"), uids: [uid], operation, flags: { bits, keywords: [] } },
        services,
      ),
    );
  const there = (uid: number, bits: number, keywords: readonly string[] = []) => {
    const found = old.byName("INBOX")?.messages.find((one) => one.uid === uid);
    if (found) Object.assign(found, { bits, keywords });
  };
  /** Flags by the number in the subject. */
  const flags = async () => {
    const lines = Object.entries(await contents(account)).flatMap(([box, found]) =>
      found.map((line) => {
        const [, bits = "", keywords = ""] = line.split(" ");
        return [Number(/Messaggio (\d+)/.exec(line)?.[1]), `${box} ${bits} ${keywords}`] as const;
      }),
    );
    return Object.fromEntries(lines);
  };
  there(1, seen | answered, ["$MDNSent"]);
  // To be destroyed over there, and kept here.
  there(2, deleted, ["WORK"]);
  await here(3, "remove", seen);
  await here(3, "add", flagged);
  await here(4, "add", flagged);
  there(4, answered);
  await within((tx) =>
    moveMessages(
      tx,
      user,
      { accountId: account.id, source: idOf("inbox"), uids: [5], target: idOf("trash") },
      services,
    ),
  );
  there(5, seen);
  await within((tx) =>
    expunge(tx, user, { accountId: account.id, mailboxId: idOf("inbox"), uids: [6], onlyDeleted: false }, services),
  );
  there(6, seen | flagged);
  const wanted = {
    0: `INBOX ${seen | answered} $MDNSent`,
    1: "INBOX 0 Work",
    2: `INBOX ${flagged} `,
    3: `INBOX ${answered | flagged} `,
    4: `Trash ${seen} `,
    6: "INBOX 0 ",
  };
  // Another server's copy of the same mail says nothing of what changed at the first.
  const elsewhere: OpenRemote = (login, signal) => services.openRemote({ ...login, host: "localhost" }, signal);
  const stranger = await ask(account, { host: "other.example" });
  await drain({ openRemote: elsewhere });
  expect((await stateOf(stranger)).progress).toMatchObject({ copied: 0, known: 8 });
  expect(await flags()).toMatchObject({ 0: "INBOX 0 ", 1: `INBOX ${seen} $Forwarded,Work` });
  const again = await ask(account);
  await drain();
  expect((await stateOf(again)).progress).toMatchObject({ copied: 0, known: 8, failed: 0 });
  expect(await flags()).toEqual(wanted);
  // What did not change over there since is not brought again, whatever became of it here.
  await here(1, "remove", seen | answered);
  await ask(account);
  await drain();
  expect(await flags()).toEqual({ ...wanted, 0: "INBOX 0 $MDNSent" });
  await assertSound();
});
