import { randomUUID } from "node:crypto";
import { type Actor, newId, type PrincipalId, providerTenantId, type SpaceId, type TenantId } from "@casaforte/kernel";
import {
  addAddresses,
  changeHost,
  evacuateHost,
  jobHandlers,
  listHosts,
  listTenantsOnHost,
  moveSpace,
  invariants as placementInvariants,
  readLastEvacuation,
} from "@casaforte/modules/placement";
import { memoryBus } from "@casaforte/platform/bus";
import type { OperatorTx } from "@casaforte/platform/db";
import { openJobs, startWorker } from "@casaforte/platform/jobs";
import { MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { changeService } from "./index.ts";
import {
  allAccepted,
  clock,
  database,
  findings,
  gigabyte,
  host,
  milano,
  newTenant,
  order,
  services,
  state,
  system,
  torino,
  verona,
} from "./orders.test-support.ts";

const random = new SeededRandom(4);
const logger = new MemoryLogger();
const operator: Actor = {
  kind: "operator",
  principalId: newId<PrincipalId>(clock, random),
  roles: ["infra"],
  ip: "192.0.2.7",
};
const size = 100n * gigabyte;
const reason = "vr-1 goes out of warranty";

const move = (tenantId: TenantId, spaceId: SpaceId, hostId: string | null) =>
  database.db.operator((tx) => moveSpace(tx, operator, { tenantId, spaceId, hostId, reason, nowMs: clock.nowMs() }));
const drain = (id: string) =>
  database.db.operator((tx) => changeHost(tx, operator, { id, state: "draining", nowMs: clock.nowMs() }));
const hostsOf = async (ids: readonly string[]) => {
  const hosts = await database.db.operator((tx) => listHosts(tx));
  return ids.map((id) => {
    const found = hosts.find((each) => each.id === id);
    return [found?.spaces, (found?.allocatedBytes ?? 0n) / gigabyte];
  });
};
const onHost = (id: string) => database.db.operator((tx) => listTenantsOnHost(tx, id));
const entries = (tenantId: TenantId) =>
  database.db.tenant(
    tenantId,
    (tx) => tx.sql<{ actor: string; object: string; details: Record<string, unknown> }[]>`
      select actor_kind as actor, object_id as object, details from audit_entries
      where tenant_id = ${tx.tenantId} and action = 'placement.space_moved' order by at`,
  );

async function ordered(tenantId: TenantId, sku: string, siteId: typeof milano): Promise<SpaceId> {
  const before = new Set((await state(tenantId)).spaces.map(({ id }) => id));
  await order(tenantId, { sku, siteId });
  const made = (await state(tenantId)).spaces.find(({ id }) => !before.has(id));
  if (made === undefined) throw new Error("no space was made");
  return made.id;
}

describe("moves", () => {
  test("R2, R32: a space moves to a host of its own site alone, with its reason kept from the customer's eyes, and what it is told and shown follows at once", async () => {
    const [tenantId, neighbour] = [await newTenant(), await newTenant()];
    await database.db.operator((tx) =>
      addAddresses(tx, system, { siteId: verona, addresses: ["198.51.100.90"], nowMs: clock.nowMs() }),
    );
    const first = await host(verona, "mv-1", 2n * size);
    const spaceId = await ordered(tenantId, "verona-100", verona);
    const second = await host(verona, "mv-2", size);
    const third = await host(verona, "mv-3", size - 1n);
    const drained = await host(verona, "mv-4", 5n * size);
    await drain(drained);
    const abroad = await host(torino, "mv-5", 5n * size);
    const before = await state(tenantId);
    for (const [to, code] of [
      [first, "same_host"],
      [third, "host_full"],
      [drained, "host_closed"],
      [abroad, "other_site"],
      [randomUUID(), "host_not_found"],
    ] as const)
      await expect(move(tenantId, spaceId, to), code).rejects.toMatchObject({ code: `placement.${code}` });
    await expect(move(neighbour, spaceId, second)).rejects.toMatchObject({ code: "placement.space_not_placed" });
    expect(await entries(tenantId), "what was refused leaves no trace").toEqual([]);
    expect([await onHost(first), await onHost(second)]).toEqual([[tenantId], []]);

    await move(tenantId, spaceId, second);
    expect([await onHost(first), await onHost(second)], "whom a notice on each host concerns").toEqual([
      [],
      [tenantId],
    ]);
    expect(await hostsOf([first, second])).toEqual([
      [0, 0n],
      [1, 100n],
    ]);
    expect(await state(tenantId), "the site, the addresses, all that was sold").toEqual(before);
    for (const { name, check } of placementInvariants)
      for (const tenant of [tenantId, providerTenantId])
        expect(await database.db.tenant(tenant, async (tx) => check(tx)), name).toEqual([]);
    const [told] = await entries(tenantId);
    expect(told).toEqual({ actor: "operator", object: spaceId, details: { bytes: String(size) } });
    const [noted] = await entries(providerTenantId);
    expect(noted?.details).toEqual({ tenant: tenantId, bytes: String(size), from: first, to: second, reason });
  });

  test("R2, R5: moves, orders and growth at once never oversell a host, and each that fits succeeds", async () => {
    const tenants = await Promise.all(Array.from({ length: 4 }, newTenant));
    const source = await host(milano, "mv-6", 8n * size);
    const owners = Array.from({ length: 8 }, (_, n) => tenants[n % 4] as TenantId);
    const spaces: { tenantId: TenantId; spaceId: SpaceId }[] = [];
    for (const tenantId of owners) spaces.push({ tenantId, spaceId: await ordered(tenantId, "milano-100", milano) });
    await drain(source);
    const target = await host(milano, "mv-7", 5n * size + size / 2n);
    const newcomer = tenants[0] as TenantId;
    const serviceOf = async ({ tenantId, spaceId }: { tenantId: TenantId; spaceId: SpaceId }) =>
      (await state(tenantId)).services.find(({ subjectId }) => (subjectId as string) === spaceId)?.id;
    const grown = { tenantId: newcomer, spaceId: spaces[0]?.spaceId as SpaceId };
    await move(grown.tenantId, grown.spaceId, target);
    const serviceId = await serviceOf(grown);
    if (serviceId === undefined) throw new Error("no service");
    const growth = {
      ...{ key: "growth-abcdef", serviceId, sku: "milano-100", skuVersion: 1, quantity: 2n, unit: "hour" as const },
      ...{ priceMicros: 1_000n, accepted: await allAccepted() },
    };
    const outcomes = await Promise.allSettled([
      ...spaces.slice(1).map(({ tenantId, spaceId }) => move(tenantId, spaceId, target)),
      // The same one twice.
      move(spaces[1]?.tenantId as TenantId, spaces[1]?.spaceId as SpaceId, target),
      ...Array.from({ length: 4 }, () => order(newcomer, { sku: "milano-100", siteId: milano })),
      database.db.tenant(newcomer, (tx) => changeService(tx, operator, growth, services)),
    ]);
    const reasons = outcomes.flatMap((each) => (each.status === "rejected" ? [String(each.reason.code)] : []));
    for (const code of reasons)
      expect(code).toMatch(/^(placement\.(host_full|same_host|no_capacity)|orders\.no_capacity)$/);
    const [[onSource, sourceGb], [onTarget, targetGb]] = (await hostsOf([source, target])) as [
      [number, bigint],
      [number, bigint],
    ];
    expect(targetGb, "room for five and a half: five whole ones").toBe(500n);
    expect([sourceGb, onSource]).toEqual([BigInt(onSource) * 100n, onSource]);
    expect(onSource + onTarget, "no space is lost, none is counted twice").toBe(
      (await Promise.all(tenants.map(state))).flatMap((each) => each.spaces).length,
    );
    expect(await findings()).toEqual([]);
  });

  test("a draining host is emptied the largest first, goes on after a cut without moving twice, and ends cleanly where room runs out", async () => {
    const tenantId = await newTenant();
    const others = await database.db.operator((tx) => listHosts(tx));
    for (const { id, siteId } of others) if (siteId === torino) await drain(id);
    const source = await host(torino, "mv-8", 50n * size);
    for (let n = 0; n < 3; n++) await ordered(tenantId, "torino-100", torino);
    await order(tenantId, { sku: "torino-100", siteId: torino, quantity: 4n });
    const jobs = openJobs({ clock, random, bus: memoryBus(logger) });
    const ask = (hostId = source) =>
      database.db.operator((tx) =>
        evacuateHost(tx, operator, { id: newId(clock, random), hostId, reason, nowMs: clock.nowMs() }, jobs),
      );
    await expect(ask()).rejects.toMatchObject({ code: "placement.not_draining" });
    await drain(source);
    const target = await host(torino, "mv-9", 2n * size);
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: "placement.already_emptying" });

    const last = () => database.db.operator((tx) => readLastEvacuation(tx, source));
    const { id } = (await last()) ?? {};
    let turns = 0;
    const cut = {
      ...database.db,
      operator: <T>(work: (tx: OperatorTx) => Promise<T>) =>
        database.db.operator(async (tx) => {
          const done = await work(tx);
          if (++turns === 2) throw new Error("killed before the commit");
          return done;
        }),
    };
    const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger };
    const [handler] = jobHandlers({ db: cut as typeof database.db, clock });
    await expect(handler?.run({ id: String(id) }, context)).rejects.toThrow("killed");
    expect([await last(), await hostsOf([source, target])]).toMatchObject([
      { state: "running", moved: 1 },
      [
        [3, 600n],
        [1, 100n],
      ],
    ]);
    const worker = startWorker(
      {
        ...{ db: database.db, bus: memoryBus(logger), clock, random, logger },
        handlers: jobHandlers({ db: database.db, clock }),
      },
      false,
    );
    await worker.drain();
    expect([await last(), await hostsOf([source, target])], "one of 100 GB and that of 400 find no room").toMatchObject(
      [
        { state: "out_of_room", moved: 2, reason },
        [
          [2, 500n],
          [2, 200n],
        ],
      ],
    );
    expect((await entries(tenantId)).map(({ actor }) => actor)).toEqual(["system", "system"]);

    await clock.advance(60_000);
    const roomy = await host(torino, "mv-10", 20n * size);
    await ask();
    await worker.drain();
    expect([await last(), await hostsOf([source, roomy])]).toMatchObject([
      { state: "emptied", moved: 2 },
      [
        [0, 0n],
        [2, 500n],
      ],
    ]);
    await database.db.operator((tx) =>
      changeHost(tx, operator, { id: source, state: "retired", nowMs: clock.nowMs() }),
    );
    // Brought back meanwhile, it keeps what it has.
    await drain(roomy);
    await ask(roomy);
    await database.db.operator((tx) => changeHost(tx, operator, { id: roomy, state: "active", nowMs: clock.nowMs() }));
    await worker.drain();
    expect(await database.db.operator((tx) => readLastEvacuation(tx, roomy))).toMatchObject({
      state: "called_off",
      moved: 0,
    });
    expect(await findings()).toEqual([]);
    await worker.stop();
  });
});
