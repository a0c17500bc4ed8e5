import { newId, type TenantId } from "@casaforte/kernel";
import { beforeEach, expect, test } from "vitest";
import { type NoticeId, noticeLimits, type PartCheck } from "./index.ts";
import {
  clock,
  database,
  mails,
  milano,
  newTenant,
  random,
  services,
  to,
  update,
  where,
  worker,
} from "./notices.test-support.ts";
import { selectFaultTimes } from "./store-fault-times.ts";
import { settleChecks } from "./watch-parts.ts";

const usualMs = noticeLimits.usualMs.backup;
let hosts: readonly PartCheck[] = [];
let customers: readonly TenantId[] = [];

/** Three storage servers that are all of their site: a customer on each, and one on all of them. */
beforeEach(async () => {
  clock.advance(2 * noticeLimits.timesMs);
  const everywhere = await newTenant("everywhere");
  hosts = Array.from({ length: 3 }, () => {
    const hostId = newId(clock, random);
    return { key: `host/${hostId}`, service: "backup", siteId: milano, hostId, hostsOfSite: 3, isWell: true };
  });
  customers = await Promise.all(["a", "b", "c"].map((name) => newTenant(name)));
  for (const [index, { hostId }] of hosts.entries())
    where.set(`backup/${hostId}`, [...customers.slice(index, index + 1), everywhere]);
  where.set(`backup/${milano}`, [...customers, everywhere]);
});

/** A look at those servers, of which these, by number, do not answer; then the mails leave. Returns to whom. */
async function look(awayNumbers: readonly number[], among: readonly PartCheck[] = hosts): Promise<readonly string[]> {
  mails.length = 0;
  const checks = among.map((host, number) => ({ ...host, isWell: !awayNumbers.includes(number) }));
  await database.db.operator((tx) => settleChecks(tx, checks, services));
  await worker.drain();
  return to().map((address) => address.replace(/^owner@|\.test$/g, ""));
}
const opened = () =>
  database.db.operator(
    (tx) => tx.sql<{ id: NoticeId; state: string; hostId: string | null; began: Date; closed: Date | null }[]>`
      select id, state, host_id as "hostId", began_at as began, closed_at as closed from notices_notices
      where opened_at >= ${new Date(clock.nowMs() - noticeLimits.timesMs)} order by opened_at, id`,
  );
/** Of the faults since the test began that customers were told of. */
async function times() {
  const since = new Date(clock.nowMs() - noticeLimits.timesMs);
  const found = await database.db.operator((tx) => selectFaultTimes(tx, since));
  return found.find(({ severity }) => severity === "major") ?? { count: 0, told: null };
}

test("R24: a site none of whose storage servers answers has one incident, of which each customer there hears once, until the last is back", async () => {
  await look([0]);
  const began = clock.nowMs();
  clock.advance(30_000);
  expect(await look([0, 1, 2])).toEqual([]);
  clock.advance(usualMs - 30_000);
  expect(await look([0, 1, 2])).toEqual(["a", "b", "c", "everywhere"]);
  clock.advance(usualMs);
  expect(await look([0, 1, 2])).toEqual([]);
  expect(await opened()).toMatchObject([{ state: "investigating", hostId: null, began: new Date(began) }]);
  // One that falls again is told to those on it; the site's incident waits for it, too.
  expect(await look([1, 2])).toEqual([]);
  expect(await look([0, 1])).toEqual([]);
  clock.advance(usualMs);
  expect(await look([0, 1])).toEqual(["a", "everywhere"]);
  expect(await look([0])).toEqual([]);
  expect(await opened()).toMatchObject([
    { hostId: null, closed: null },
    { hostId: hosts[0]?.hostId, closed: null },
  ]);
  // So is the site, when it falls again: in the same incident.
  expect(await look([0, 1, 2])).toEqual([]);
  clock.advance(usualMs);
  expect(await look([0, 1, 2])).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toHaveLength(2);
  expect(await look([1])).toEqual(["a", "everywhere"]);
  expect(await look([])).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toMatchObject([{ state: "resolved" }, { state: "resolved" }]);
  expect((await times()).told).toEqual({ medianSeconds: usualMs / 1000, longestSeconds: usualMs / 1000 });
});

test("R24: while one storage server of a site is there, watched or not, each other has an incident of its own", async () => {
  await look([0, 1]);
  clock.advance(usualMs);
  expect(await look([0, 1])).toEqual(["a", "b", "everywhere", "everywhere"]);
  expect(await opened()).toHaveLength(2);
  await look([]);
  await look([0, 1], hosts.slice(0, 2));
  clock.advance(usualMs);
  expect(await look([0, 1], hosts.slice(0, 2))).toEqual(["a", "b", "everywhere", "everywhere"]);
  await look([]);
});

test("R24: an incident of one storage server becomes its site's when the others are away too, and is over when all are back", async () => {
  await look([1]);
  clock.advance(usualMs);
  expect(await look([1])).toEqual(["b", "everywhere"]);
  await look([1, 2]);
  clock.advance(usualMs);
  expect(await look([1, 2])).toEqual(["c", "everywhere"]);
  await look([0, 1, 2]);
  clock.advance(usualMs);
  expect(await look([0, 1, 2])).toEqual(["a", "b", "c", "everywhere"]);
  expect(mails[0]?.text).toContain("nessuno dei server di questa sede risponde");
  expect(await opened()).toMatchObject([{ hostId: null }, { hostId: hosts[2]?.hostId }]);
  // Nobody was told before his server was away.
  expect(await times()).toMatchObject({ count: 3, told: { longestSeconds: usualMs / 1000 } });
  // Nobody reads of an answer while his server is away, be it under the incident that it had by itself.
  expect(await look([2])).toEqual([]);
  clock.advance(usualMs);
  expect(await look([2])).toEqual([]);
  expect(await opened()).toMatchObject([{ closed: null }, { closed: null }]);
  expect(await look([])).toEqual(["a", "b", "c", "c", "everywhere", "everywhere"]);
  expect(await opened()).toMatchObject([{ state: "resolved" }, { state: "resolved" }]);
});

/** The site's disk, before its servers. */
const withDisk = (): readonly PartCheck[] => [
  { key: "disk/mi1", service: "backup", siteId: milano, hostId: null, isWell: true },
  ...hosts,
];

test("R24: a storage server that falls beside its site's disk has an incident of its own, and either waits for the disk", async () => {
  const all = withDisk();
  await look([0], all);
  clock.advance(usualMs);
  expect(await look([0], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await look([0, 1], all)).toEqual([]);
  clock.advance(usualMs);
  expect(await look([0, 1], all)).toEqual(["a", "everywhere"]);
  // The server is back, the disk is not; then the other way round.
  expect(await look([0], all)).toEqual([]);
  expect(await look([0, 2], all)).toEqual([]);
  clock.advance(usualMs);
  expect(await look([0, 2], all)).toEqual(["b", "everywhere"]);
  expect(await look([2], all)).toEqual(["a", "everywhere"]);
  expect(await look([], all)).toEqual(["a", "b", "b", "c", "everywhere", "everywhere"]);
  expect((await opened()).map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"]);
  expect((await times()).told).toEqual({ medianSeconds: usualMs / 1000, longestSeconds: usualMs / 1000 });
});

test("R24: a site whose disk and servers fall at once has one incident; a disk that falls later has its own", async () => {
  const all = withDisk();
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await look([1, 2, 3], all)).toEqual([]);
  expect(await opened()).toHaveLength(1);
  clock.advance(noticeLimits.watchEveryMs);
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toHaveLength(2);
  expect(await times()).toMatchObject({ count: 5, told: { medianSeconds: usualMs / 1000 } });
  expect(await look([], all)).toHaveLength(8);
});

test("R23: an incident that a person has written to takes its site's servers in with a word, and a person ends it", async () => {
  const all = withDisk();
  await look([0], all);
  clock.advance(usualMs);
  expect(await look([0], all)).toHaveLength(4);
  const [notice] = await opened();
  await update(notice?.id as NoticeId, "identified");
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(mails[0]?.text).toContain("nessuno dei server di questa sede risponde");
  expect(await opened()).toMatchObject([{ state: "identified" }]);
  expect(await look([], all)).toEqual([]);
  expect(await opened()).toMatchObject([{ state: "identified" }]);
  await update(notice?.id as NoticeId, "resolved");
});

/** An incident of the site's disk, which is back, and which only waits for a person's last word. */
async function untilMonitored(all: readonly PartCheck[]): Promise<NoticeId> {
  await look([0], all);
  clock.advance(usualMs);
  await look([0], all);
  const [notice] = await opened();
  const id = notice?.id as NoticeId;
  await update(id, "monitoring");
  await look([], all);
  return id;
}

test("R24: an outage of a site is no part of an incident that only waits for a person's last word", async () => {
  const all = withDisk();
  const before = await untilMonitored(all);
  await look([1], all);
  clock.advance(usualMs);
  expect(await look([1], all)).toEqual(["a", "everywhere"]);
  await look([1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([1, 2, 3], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await look([], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toMatchObject([
    { id: before, state: "monitoring" },
    { state: "resolved", hostId: null },
  ]);
  await update(before, "resolved");
});

test("R24: nor is one in which the site's disk falls, too: that is one new incident", async () => {
  const all = withDisk();
  const before = await untilMonitored(all);
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toMatchObject([{ id: before }, { hostId: null, closed: null }]);
  await look([], all);
  await update(before, "resolved");
});

test("R9, R23: what a person has closed is neither joined nor waited for, and its time is not counted again", async () => {
  await look([0]);
  clock.advance(usualMs);
  expect(await look([0])).toEqual(["a", "everywhere"]);
  const [own] = await opened();
  await update(own?.id as NoticeId, "resolved");
  clock.advance(10 * usualMs);
  await look([0, 1]);
  const began = clock.nowMs();
  clock.advance(usualMs / 2);
  await look([0, 1, 2]);
  clock.advance(usualMs / 2);
  expect(await look([0, 1, 2])).toEqual(["a", "b", "c", "everywhere"]);
  const [, ofSite] = await opened();
  expect(ofSite).toMatchObject({ state: "investigating", hostId: null, began: new Date(began) });
  expect(await look([0])).toEqual(["a", "b", "c", "everywhere"]);
  expect((await opened()).map(({ state }) => state)).toEqual(["resolved", "resolved"]);
  await look([]);
});
