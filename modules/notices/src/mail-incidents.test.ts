import { beforeEach, expect, test } from "vitest";
import { type NoticeId, noticeLimits, type PartCheck } from "./index.ts";
import { clock, database, mails, newTenant, services, to, update, where, worker } from "./notices.test-support.ts";
import { settleChecks } from "./watch-parts.ts";

const usualMs = noticeLimits.usualMs.mail;
const post = "owner@post.test";

beforeEach(async () => {
  clock.advance(2 * noticeLimits.timesMs);
  where.set("mail/all", [await newTenant("post")]);
  where.set("console/all", [await newTenant("everybody")]);
});

/** A look of one machine at its ports, of which these do not answer; then the mails leave. Returns to whom. */
async function look(away: readonly ("smtp" | "imap")[], machine = "a"): Promise<readonly string[]> {
  mails.length = 0;
  const checks = (["smtp", "imap"] as const).map(
    (name): PartCheck => ({
      ...{ key: `mail/${machine}/${name}`, service: "mail", siteId: null, hostId: null },
      isWell: !away.includes(name),
    }),
  );
  await database.db.operator((tx) => settleChecks(tx, checks, services));
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

test("R24: mail ports are no part of the console's incident, nor of one of Mail that only waits for a person's last word", async () => {
  const console = { key: "database", service: "console", siteId: null, hostId: null, isWell: false } as const;
  const settle = (isWell: boolean) =>
    database.db.operator((tx) => settleChecks(tx, [{ ...console, isWell }], services));
  await settle(false);
  clock.advance(noticeLimits.usualMs.console);
  await settle(false);
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
  await settle(true);
  expect((await opened()).map(({ state }) => state)).toEqual(["resolved", "monitoring", "resolved"]);
  await update(ofMail?.id as NoticeId, "resolved");
});
