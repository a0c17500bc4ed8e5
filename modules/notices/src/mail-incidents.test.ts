import { beforeEach, expect, test } from "vitest";
import { jobHandlers, type NoticeId, noticeLimits, type PartCheck } from "./index.ts";
import {
  clock,
  database,
  logger,
  mails,
  milano,
  newTenant,
  services,
  to,
  update,
  where,
  worker,
  world,
} from "./notices.test-support.ts";
import { settleChecks } from "./watch-parts.ts";

const usualMs = noticeLimits.usualMs.mail;
const post = "owner@post.test";

beforeEach(async () => {
  clock.advance(2 * noticeLimits.timesMs);
  where.set("mail/all", [await newTenant("post")]);
  where.set("console/all", [await newTenant("everybody")]);
});

/** A look of one machine at its ports, of which these do not answer. */
async function settle(away: readonly ("smtp" | "imap")[], machine: string): Promise<void> {
  const checks = (["smtp", "imap"] as const).map(
    (name): PartCheck => ({
      ...{ key: `mail/${machine}/${name}`, service: "mail", siteId: null, hostId: null },
      isWell: !away.includes(name),
    }),
  );
  await database.db.operator((tx) => settleChecks(tx, checks, services));
}
/** The same; then the mails leave. Returns to whom. */
async function look(away: readonly ("smtp" | "imap")[], machine = "a"): Promise<readonly string[]> {
  mails.length = 0;
  await settle(away, machine);
  await worker.drain();
  return to();
}
const opened = () =>
  database.db.operator(
    (tx) => tx.sql<{ id: NoticeId; state: string }[]>`
      select id, state from notices_notices
      where opened_at >= ${new Date(clock.nowMs() - noticeLimits.timesMs)} order by opened_at, id`,
  );

test("R24: mail ports that fall together are one incident, of which each customer with mail hears once, until the last is back", async () => {
  await look(["smtp"]);
  clock.advance(30_000);
  await look(["smtp", "imap"]);
  clock.advance(usualMs - 30_000);
  expect(await look(["smtp", "imap"])).toEqual([post]);
  clock.advance(usualMs);
  expect(await look(["smtp", "imap"])).toEqual([]);
  expect(await look(["imap"])).toEqual([]);
  expect(await opened()).toMatchObject([{ state: "investigating" }]);
  expect(await look([])).toEqual([post]);
  expect(await opened()).toMatchObject([{ state: "resolved" }]);
});

test("R24: a mail port that falls later, on whichever machine, is told with a word in the incident that lasts, which waits for it", async () => {
  await look(["smtp"]);
  clock.advance(usualMs);
  expect(await look(["smtp"])).toEqual([post]);
  clock.advance(noticeLimits.watchEveryMs);
  await look(["imap"], "b");
  clock.advance(usualMs);
  expect(await look(["imap"], "b")).toEqual([post]);
  expect(mails[0]?.text).toContain("anche un’altra parte del servizio");
  expect(await opened()).toHaveLength(1);
  // One that is not told yet is waited for, too.
  await look(["smtp", "imap"]);
  expect(await look([], "b")).toEqual([]);
  expect(await look(["imap"])).toEqual([]);
  expect(await opened()).toMatchObject([{ state: "investigating" }]);
  expect(await look([])).toEqual([post]);
  expect(await opened()).toMatchObject([{ state: "resolved" }]);
});

const ofMachine = (machine: string) =>
  database.db.operator(
    (tx) => tx.sql<{ closed: boolean; acts: string }[]>`
      select f.closed_at is not null as closed, (select string_agg(e.action, ' ' order by e.action) from audit_entries e
        where e.object_id = f.id::text) as acts
      from notices_faults f where f.check_key like ${`mail/${machine}/%`}`,
  );

test("R24: a part that nobody looks at any more holds no incident once its place was looked at for long, and only then", async () => {
  await look(["smtp"], "old");
  await look(["smtp"], "new");
  // Looks at other places say nothing of it, nor does a machine that was away and comes back.
  const site = { key: "disk/mi1", service: "backup", siteId: milano, hostId: null, isWell: true } as const;
  const { looksMissedMax } = noticeLimits;
  for (let times = 0; times < looksMissedMax; times += 1)
    await database.db.operator((tx) => settleChecks(tx, [site], services));
  for (let times = 2; times < looksMissedMax - 1; times += 1) await settle(["smtp"], "new");
  await look(["smtp"], "old");
  clock.advance(usualMs);
  expect(await look(["smtp"], "new")).toEqual([post]);
  for (let times = 2; times < looksMissedMax; times += 1) await settle([], "new");
  expect(await opened()).toMatchObject([{ state: "investigating" }]);
  expect(await ofMachine("old")).toEqual([{ closed: false, acts: "notices.fault_detected" }]);
  expect(await look([], "new")).toEqual([post]);
  expect(await opened()).toMatchObject([{ state: "resolved" }]);
  expect(await ofMachine("old")).toEqual([{ closed: true, acts: "notices.fault_detected notices.fault_dropped" }]);
});

test("R24: who was told that a part is away does not hear that it answers because nobody looks at it any more", async () => {
  await look(["smtp"], "dead");
  clock.advance(usualMs);
  expect(await look(["smtp"], "dead")).toEqual([post]);
  for (let times = 0; times < noticeLimits.looksMissedMax; times += 1) await settle([], "new");
  expect(await look([], "new")).toEqual([]);
  expect(await opened()).toMatchObject([{ state: "investigating" }]);
  expect(await ofMachine("dead")).toEqual([{ closed: false, acts: "notices.fault_detected" }]);
  expect(await look([], "dead")).toEqual([post]);
  expect(await opened()).toMatchObject([{ state: "resolved" }]);
});

test("R24: a look that is broken off says nothing of any part", async () => {
  world.parts = [{ key: "mail/stopping/smtp", service: "mail", siteId: null, hostId: null, isWell: false }];
  const watch = jobHandlers(services).find(({ task }) => task === "notices.watch");
  const context = { tenantId: null, attempt: 1, signal: AbortSignal.abort(), logger };
  await expect(watch?.run({}, context)).rejects.toThrow("aborted");
  expect(await ofMachine("stopping")).toEqual([]);
});

test("R24: mail ports are no part of the console's incident, nor of one of Mail that only waits for a person's last word", async () => {
  const console = { key: "database", service: "console", siteId: null, hostId: null, isWell: false } as const;
  const settleConsole = (isWell: boolean) =>
    database.db.operator((tx) => settleChecks(tx, [{ ...console, isWell }], services));
  await settleConsole(false);
  clock.advance(noticeLimits.usualMs.console);
  await settleConsole(false);
  await look(["smtp"]);
  clock.advance(usualMs);
  expect(await look(["smtp"])).toEqual([post]);
  const [, ofMail] = await opened();
  await update(ofMail?.id as NoticeId, "monitoring");
  await look([]);
  clock.advance(noticeLimits.watchEveryMs);
  await look(["imap"]);
  clock.advance(usualMs);
  expect(await look(["imap"])).toEqual([post]);
  expect(mails[0]?.subject).toContain("in esame");
  expect(await opened()).toHaveLength(3);
  await look([]);
  await settleConsole(true);
  expect((await opened()).map(({ state }) => state)).toEqual(["resolved", "monitoring", "resolved"]);
  await update(ofMail?.id as NoticeId, "resolved");
});
