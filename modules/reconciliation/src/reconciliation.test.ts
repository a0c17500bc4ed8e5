import { type Actor, Failure, newId, type TenantId } from "@casaforte/kernel";
import { migrations as audit, listAudit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Attributes,
  type DataPlane,
  differences,
  migrations,
  type PlaneObject,
  pauseMs,
  reconcile,
} from "./index.ts";
import { selectDrifts, selectTroubles } from "./store.ts";

const system: Actor = { kind: "system", name: "test" };
const clock = new FakeClock();
const random = new SeededRandom(100);
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
});
afterAll(() => database?.close());

/** A data plane in memory, with the faults that a real one has. */
class FaultyPlane implements DataPlane {
  readonly name = "faulty";
  ordered: readonly PlaneObject[] = [];
  running = new Map<string, Attributes>();
  isAway = false;
  /** Refuses so many changes, or takes them and does nothing. */
  refusals = 0;
  isDeaf = false;
  mended = 0;
  /** What an order changes while the mend waits for it. */
  ordering: (() => void) | null = null;

  async desired() {
    return this.ordered;
  }
  async report() {
    if (this.isAway) throw new Failure("unavailable", "faulty.away", "no route to the host");
    return this.running;
  }
  async hold() {
    this.ordering?.();
    this.ordering = null;
  }
  async mend(_tx: unknown, object: PlaneObject, attribute: string) {
    this.mended++;
    if (this.refusals > 0) {
      this.refusals--;
      throw new Failure("unavailable", "faulty.refused", "the host is busy");
    }
    if (this.isDeaf) return;
    const before = this.running.get(object.id) ?? {};
    this.running.set(object.id, { ...before, [attribute]: object.attributes[attribute] ?? null });
  }
}

async function setUp() {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  const plane = new FaultyPlane();
  const [id] = [newId(clock, random) as string];
  const attributes = { quota: "100", rate: "50", site: "mi1" };
  plane.ordered = [{ id, label: "Archivio", attributes }];
  plane.running.set(id, attributes);
  const services = { db: database.db, clock, logger: new MemoryLogger(), planes: [plane] };
  const run = () => reconcile(services, tenantId);
  const drifts = async () =>
    (await database.db.operator((tx) => selectDrifts(tx, new Date(0)))).filter((each) => each.tenantId === tenantId);
  const actions = () =>
    database.db.tenant(tenantId, async (tx) =>
      (await listAudit(tx, { tenantId, action: "reconciliation" })).entries.map(({ action }) => action).toReversed(),
    );
  return { tenantId, plane, id, attributes, run, drifts, actions };
}

test("R100: what differs from the order is found with both values, mended, and settled by the plane's own answer", async () => {
  const { plane, id, attributes, run, drifts, actions } = await setUp();
  expect(await run()).toBe(0);
  plane.running.set(id, { ...attributes, quota: "10", rate: null });
  expect(await run()).toBe(0);
  expect(plane.running.get(id)).toEqual(attributes);
  expect((await drifts()).map(({ attribute, tries, settledAt }) => [attribute, tries, settledAt !== null])).toEqual([
    ["quota", 0, true],
    ["rate", 0, true],
  ]);
  expect(await actions()).toEqual([
    ...["reconciliation.drifted", "reconciliation.drifted"],
    ...["reconciliation.settled", "reconciliation.settled"],
  ]);
  expect(plane.mended).toBe(2);
});

test("R100: an order that comes between the look and the mend is not undone", async () => {
  const { plane, id, attributes, run, drifts } = await setUp();
  const upgrade = (quota: string) => {
    plane.ordered = plane.ordered.map((object) => ({ ...object, attributes: { ...attributes, quota } }));
  };
  // Ordered and applied: nothing is left to mend.
  plane.running.set(id, { ...attributes, quota: "10" });
  plane.ordering = () => {
    upgrade("200");
    plane.running.set(id, { ...attributes, quota: "200" });
  };
  expect(await run()).toBe(0);
  expect([plane.mended, plane.running.get(id)?.["quota"]]).toEqual([0, "200"]);
  // Ordered, and still not applied: what counts is the newer order.
  plane.running.set(id, { ...attributes, quota: "10" });
  plane.ordering = () => upgrade("300");
  expect(await run()).toBe(0);
  expect([plane.mended, plane.running.get(id)?.["quota"]]).toEqual([1, "300"]);
  expect((await drifts()).every(({ settledAt }) => settledAt !== null)).toBe(true);
});

test("R100: a plane that refuses, lies or is away is tried again with growing pauses and reported until it is right", async () => {
  const { tenantId, plane, id, attributes, run, drifts } = await setUp();
  plane.running.delete(id);
  plane.refusals = 6;
  expect(await run()).toBe(3);
  const [first] = await drifts();
  expect(first).toMatchObject({ desired: "100", actual: null, tries: 1, trouble: "faulty.refused: the host is busy" });
  expect((first?.nextAt.getTime() ?? 0) - clock.nowMs()).toBe(pauseMs(1));
  await run();
  expect(plane.mended).toBe(3);
  await clock.advance(pauseMs(1));
  expect(await run()).toBe(3);
  expect((await drifts()).map(({ tries }) => tries)).toEqual([2, 2, 2]);
  plane.isDeaf = true;
  await clock.advance(pauseMs(2));
  await run();
  expect((await drifts())[0]).toMatchObject({ tries: 3, trouble: "the plane took the change and does otherwise" });
  plane.isAway = true;
  await clock.advance(pauseMs(3));
  expect(await run()).toBe(3);
  const silent = await database.db.operator((tx) => selectTroubles(tx));
  expect(silent).toMatchObject([{ tenantId, plane: "faulty", trouble: "faulty.away: no route to the host" }]);
  plane.isAway = false;
  plane.isDeaf = false;
  expect(await run()).toBe(0);
  expect(plane.running.get(id)).toEqual(attributes);
  expect((await drifts()).every(({ settledAt }) => settledAt !== null)).toBe(true);
  expect(await database.db.operator((tx) => selectTroubles(tx))).toEqual([]);
});

test("R100: a drift whose object is gone, or that somebody else put right, is settled, and comes back as a new one", async () => {
  const { plane, id, attributes, run, drifts } = await setUp();
  plane.running.set(id, { ...attributes, site: "rm1" });
  plane.refusals = 1;
  await run();
  plane.running.set(id, attributes);
  expect(await run()).toBe(0);
  await clock.advance(1_000);
  plane.running.set(id, { ...attributes, site: "rm1" });
  plane.refusals = 1;
  await run();
  expect(await drifts()).toMatchObject([{ attribute: "site", actual: "rm1", tries: 1, settledAt: null }]);
  plane.ordered = [];
  expect(await run()).toBe(0);
  expect((await drifts()).every(({ settledAt }) => settledAt !== null)).toBe(true);
});

test("R100: whatever faults come in whatever order, in the end the plane does what was ordered", async () => {
  const { plane, id, attributes, run } = await setUp();
  const fault = fc.record({
    away: fc.boolean(),
    deaf: fc.boolean(),
    refusals: fc.nat(3),
    lost: fc.constantFrom("quota", "rate", "site", "all", "none"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 4 }), async (faults) => {
      for (const { away, deaf, refusals, lost } of faults) {
        Object.assign(plane, { isAway: away, isDeaf: deaf, refusals });
        if (lost === "all") plane.running.delete(id);
        else if (lost !== "none") plane.running.set(id, { ...plane.running.get(id), [lost]: "wrong" });
        await run();
        await clock.advance(pauseMs(8));
      }
      Object.assign(plane, { isAway: false, isDeaf: false, refusals: 0 });
      await run();
      expect(plane.running.get(id)).toEqual(attributes);
      expect(differences(plane.ordered, plane.running)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});
