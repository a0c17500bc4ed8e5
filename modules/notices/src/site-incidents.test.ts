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
    (tx) => tx.sql<{ id: NoticeId; state: string; hostId: string | null; began: Date }[]>`
      select id, state, host_id as "hostId", began_at as began from notices_notices
      where opened_at >= ${new Date(clock.nowMs() - noticeLimits.timesMs)} order by opened_at, id`,
  );

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
  // One that is back, and away again, is the same incident's.
  expect(await look([1, 2])).toEqual([]);
  expect(await look([0, 1])).toEqual([]);
  clock.advance(usualMs);
  expect(await look([0, 1])).toEqual([]);
  expect(await look([0])).toEqual([]);
  expect(await look([])).toEqual(["a", "b", "c", "everywhere"]);
  expect(await opened()).toMatchObject([{ state: "resolved" }]);
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

test("R24: an incident of one storage server becomes its site's when the others are away too", async () => {
  await look([2]);
  clock.advance(usualMs);
  expect(await look([2])).toEqual(["c", "everywhere"]);
  await look([0, 1, 2]);
  clock.advance(usualMs);
  expect(await look([0, 1, 2])).toEqual(["a", "b", "c", "everywhere"]);
  expect(mails[0]?.text).toContain("nessuno dei server di questa sede risponde");
  expect(await opened()).toMatchObject([{ state: "investigating", hostId: null }]);
  // Nobody was told before his server was away.
  const [times] = await database.db.operator((tx) => selectFaultTimes(tx, new Date(clock.nowMs() - 3 * usualMs)));
  expect(times).toMatchObject({ count: 3, told: { longestSeconds: usualMs / 1000 } });
  await look([]);
});

test("R23: what a person has closed is not joined, and what a person has written to takes the site's servers in", async () => {
  const disk: PartCheck = { key: "disk/mi1", service: "backup", siteId: milano, hostId: null, isWell: true };
  const all = [disk, ...hosts];
  await look([0], all);
  clock.advance(usualMs);
  expect(await look([0], all)).toHaveLength(4);
  const [notice] = await opened();
  await update(notice?.id as NoticeId, "identified");
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toEqual([]);
  await update(notice?.id as NoticeId, "resolved");
  await look([1, 2, 3], all);
  await look([0, 1, 2, 3], all);
  clock.advance(usualMs);
  expect(await look([0, 1, 2, 3], all)).toHaveLength(4);
  expect(await opened()).toHaveLength(2);
  await look([], all);
  expect((await opened()).map(({ state }) => state)).toEqual(["resolved", "resolved"]);
});
