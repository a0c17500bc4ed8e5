import { newId, romeMidnight, romeNextMonth, type ServiceId } from "@casaforte/kernel";
import { type LedgerUnit, startedUnits, type UsageMoment, type UsagePlan } from "@casaforte/modules/metering";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { covers, licenceMonth } from "./licences.ts";

const plan: UsagePlan = {
  serviceId: newId<ServiceId>(new FakeClock(), new SeededRandom(1)),
  sku: "mail",
  skuVersion: 1,
  quantity: 1n,
  unit: "month",
  rank: 1n,
};
const fromMs = romeMidnight({ year: 2026, month: 3, day: 1 });
const untilMs = romeNextMonth(fromMs);
const hourMs = 3_600_000;
const prices = [{ sku: "mail", unit: "month" as const, validFrom: new Date(0), priceMicros: 1_500_000n }];

/** Switches an account on and off at growing hours around the month. */
const history = fc
  .uniqueArray(fc.integer({ min: -800, max: 900 }), { minLength: 1, maxLength: 6 })
  .map((hours): readonly UsageMoment[] =>
    hours
      .toSorted((a, b) => a - b)
      .map((hour, index) => {
        const atMs = fromMs + hour * hourMs;
        return index % 2 === 0 ? { kind: "started", atMs, plan } : { kind: "ended", atMs };
      }),
  );

const rowsOf = (subjectId: string, moments: readonly UsageMoment[], nowMs: number): LedgerUnit[] =>
  startedUnits(moments, nowMs)
    .filter((unit) => unit.fromMs >= fromMs && unit.fromMs < untilMs)
    .map((unit, index) => ({
      id: `${subjectId}-${index}`,
      meter: "mail_account",
      subjectId,
      ...unit.plan,
      unitFrom: new Date(unit.fromMs),
      unitTo: new Date(unit.toMs),
      closedAt: new Date(nowMs),
    }));

test("R14: on every day and at any instant as many licences are used as there are mailboxes, and no more used than requested", () => {
  fc.assert(
    fc.property(fc.array(history, { maxLength: 8 }), fc.integer({ min: 1, max: 900 }), (all, hour) => {
      const nowMs = fromMs + hour * hourMs;
      const endMs = Math.min(nowMs, untilMs);
      const histories = new Map(
        all.map((moments, index) => [`a${index}`, moments.filter(({ atMs }) => atMs < endMs)] as const),
      );
      const units = [...histories].flatMap(([id, moments]) => rowsOf(id, moments, nowMs));
      const read = licenceMonth({ units, histories, prices, fromMs, untilMs, nowMs });
      for (const [index, { used, requested }] of read.days.entries()) {
        const atMs = Math.min(romeMidnight({ year: 2026, month: 3, day: index + 2 }), endMs) - 1;
        // Told another way: the last thing that happened to a mailbox by then was its start.
        const there = all.filter((moments) => moments.findLast((moment) => moment.atMs <= atMs)?.kind === "started");
        expect(used).toBe(there.length);
        expect(requested).toBeGreaterThanOrEqual(used);
      }
      // And at any instant, not at the ends of days alone.
      const instants = all.flatMap((moments) => moments.flatMap(({ atMs }) => [atMs - 1, atMs, atMs + 1]));
      for (const atMs of instants.filter((instant) => instant >= fromMs && instant < endMs)) {
        const there = all.filter((moments) => moments.findLast((moment) => moment.atMs <= atMs)?.kind === "started");
        expect(read.accounts.filter(({ lived }) => lived.some((span) => covers(span, atMs)))).toHaveLength(
          there.length,
        );
      }
      const whole = read.accounts.reduce((sum, { micros }) => sum + micros, 0n);
      expect(read.days.at(-1)?.microsSoFar).toBe(whole);
      expect(whole).toBe(BigInt(units.length) * 1_500_000n);
    }),
  );
});

test("R14: a mailbox deleted within its month is paid to the end of the month and used no more; a correction takes it back", () => {
  const moments: readonly UsageMoment[] = [
    { kind: "started", atMs: fromMs + 30 * hourMs, plan },
    { kind: "ended", atMs: fromMs + 80 * hourMs },
  ];
  const units = rowsOf("a", moments, untilMs);
  const facts = { histories: new Map([["a", moments]]), prices, fromMs, untilMs, nowMs: untilMs };
  const { days } = licenceMonth({ ...facts, units });
  expect(days).toHaveLength(31);
  expect(days.slice(0, 5).map(({ requested, used }) => [requested, used])).toEqual([
    [0, 0],
    [1, 1],
    [1, 1],
    [1, 0],
    [1, 0],
  ]);
  const corrected = [...units, ...units.map((unit) => ({ ...unit, id: "c", quantity: -unit.quantity }))];
  expect(licenceMonth({ ...facts, units: corrected }).days.at(-1)).toMatchObject({
    requested: 0,
    used: 0,
    microsSoFar: 0n,
  });
});
