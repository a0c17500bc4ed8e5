import { microsToCents, type ServiceId } from "@casaforte/kernel";
import { startedUnits } from "@casaforte/modules/metering";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RatedUnit, rateUsage, splitCents } from "./rate-usage.ts";
import { decideVat, otherMemberStates, taxOf, type VatFacts } from "./vat-decision.ts";

const hour = 3_600_000;
const prices = [
  { sku: "a", unit: "hour", validFrom: new Date(0), priceMicros: 2_740n },
  { sku: "a", unit: "hour", validFrom: new Date(100 * hour), priceMicros: 3_333n },
  { sku: "b", unit: "month", validFrom: new Date(0), priceMicros: 1_990_000n },
] as const;
const italian = { basisPoints: 2200n, nature: null };
const rate = (
  units: readonly RatedUnit[],
  taxAt = (_atMs: number) => italian as { basisPoints: bigint; nature: string | null },
) => rateUsage({ units, prices, taxAt, correctionsBeforeMs: Number.NEGATIVE_INFINITY });
const unit = (n: number, quantity = 1n, sku = "a"): RatedUnit => ({
  id: `${n}`,
  serviceId: `service-${sku}` as ServiceId,
  sku,
  unit: sku === "a" ? "hour" : "month",
  fromMs: n * hour,
  toMs: (n + 1) * hour,
  quantity,
});
const usage = fc.array(
  fc.record({
    n: fc.integer({ min: 0, max: 200 }),
    quantity: fc.bigInt({ min: -9n, max: 50n }).filter((quantity) => quantity !== 0n),
    sku: fc.constantFrom("a", "b"),
  }),
  { maxLength: 60 },
);
const toUnits = (rows: readonly { n: number; quantity: bigint; sku: string }[]) =>
  rows.map((row, index) => ({ ...unit(row.n, row.quantity, row.sku), id: String(index) }));

describe("R42: rating", () => {
  test("lines add up to net, VAT is the rate of its net, the total is both; every row is on one line", () => {
    fc.assert(
      fc.property(usage, (rows) => {
        const units = toUnits(rows);
        const rated = rate(units);
        expect(rated.netCents).toBe(rated.lines.reduce((sum, line) => sum + line.netCents, 0n));
        expect(rated.totalCents).toBe(rated.netCents + rated.vatCents);
        expect(rated.vat.reduce((sum, vat) => sum + vat.netCents, 0n)).toBe(rated.netCents);
        const ids = rated.lines.flatMap((line) => line.unitIds);
        expect(new Set(ids).size).toBe(ids.length);
        for (const line of rated.lines) {
          const own = units.filter((each) => line.unitIds.includes(each.id));
          expect(own.reduce((sum, each) => sum + each.quantity, 0n)).toBe(line.quantity);
          expect(line.netCents).toBe(microsToCents(line.quantity * line.priceMicros));
        }
      }),
    );
  });

  test("is monotone, forgets the order of delivery, and mirrors itself for a credit", () => {
    fc.assert(
      fc.property(usage, fc.integer({ min: 0, max: 200 }), (rows, n) => {
        const units = toUnits(rows);
        const before = rate(units);
        const more = rate([...units, { ...unit(n), id: "more" }]);
        expect(more.netCents).toBeGreaterThanOrEqual(before.netCents);
        expect(rate(units.toReversed())).toMatchObject({ netCents: before.netCents, totalCents: before.totalCents });
        const mirrored = rate(units.map((each) => ({ ...each, quantity: -each.quantity })));
        expect(mirrored).toMatchObject({ netCents: -before.netCents, totalCents: -before.totalCents });
      }),
    );
  });

  test("R43: over a change of price there are two lines, and cutting at the change costs the same", () => {
    const units = Array.from({ length: 200 }, (_, n) => unit(n));
    const whole = rate(units);
    expect(whole.lines.map((line) => [line.quantity, line.priceMicros])).toEqual([
      [100n, 2_740n],
      [100n, 3_333n],
    ]);
    const [early, late] = [rate(units.slice(0, 100)), rate(units.slice(100))];
    expect(early.netCents + late.netCents).toBe(whole.netCents);
  });

  test("R43: whatever was started, changed and ended, a unit that started before the change costs the old price, and who leaves before it holds never meets the new", () => {
    const moment = fc.record({
      at: fc.integer({ min: 1, max: 20 * 24 * 60 }),
      quantity: fc.option(fc.bigInt({ min: 1n, max: 9n }), { freq: 3 }),
    });
    const [oldPrice, newPrice] = [prices[0].priceMicros, prices[1].priceMicros];
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 12 }), fc.integer({ min: 1, max: 20 * 24 * 60 }), (rows, changeAt) => {
        const changeMs = changeAt * 60_000;
        const plan = (quantity: bigint) => ({
          serviceId: "service-a" as ServiceId,
          sku: "a",
          skuVersion: 1,
          quantity,
          unit: "hour" as const,
          rank: quantity,
        });
        const history = rows
          .toSorted((a, b) => a.at - b.at)
          .map(({ at, quantity }) =>
            quantity === null
              ? { kind: "ended" as const, atMs: at * 60_000 }
              : { kind: "changed" as const, atMs: at * 60_000, plan: plan(quantity) },
          );
        const until = 21 * 24 * 60 * 60_000;
        const ratedUntil = (moments: typeof history) => {
          const units = startedUnits(moments, until).map(({ fromMs, toMs, plan: { quantity } }, id) => ({
            ...unit(0, quantity),
            ...{ id: `${id}`, fromMs, toMs },
          }));
          const changed = [prices[0], { ...prices[1], validFrom: new Date(changeMs) }];
          return { units, rated: rateUsage({ units, prices: changed, taxAt: () => italian, correctionsBeforeMs: 0 }) };
        };
        const { units, rated } = ratedUntil(history);
        const owed = (from: (fromMs: number) => boolean) =>
          units.filter(({ fromMs }) => from(fromMs)).reduce((sum, { quantity }) => sum + quantity, 0n);
        const billed = (priceMicros: bigint) =>
          rated.lines
            .filter((line) => line.priceMicros === priceMicros)
            .reduce((sum, { quantity }) => sum + quantity, 0n);
        expect(billed(oldPrice)).toBe(owed((fromMs) => fromMs < changeMs));
        expect(billed(newPrice)).toBe(owed((fromMs) => fromMs >= changeMs));
        const left = [...history.filter(({ atMs }) => atMs < changeMs), { kind: "ended" as const, atMs: changeMs }];
        expect(ratedUntil(left).rated.lines.filter((line) => line.priceMicros === newPrice)).toEqual([]);
      }),
    );
  });

  test("R43: over a change of VAT there are two lines and two summaries", () => {
    const units = Array.from({ length: 20 }, (_, n) => unit(n));
    const rated = rate(units, (atMs) => ({ basisPoints: atMs < 10 * hour ? 2200n : 2300n, nature: null }));
    expect(rated.lines.map((line) => line.basisPoints)).toEqual([2200n, 2300n]);
    expect(rated.vat).toHaveLength(2);
  });

  test("R41: what cancels out makes no line, and late rows are lines of their own", () => {
    expect(rate([unit(1), { ...unit(1, -1n), id: "back" }]).lines).toEqual([]);
    const rated = rateUsage({
      units: [{ ...unit(1, -1n), id: "late" }, unit(50)],
      prices,
      taxAt: () => italian,
      correctionsBeforeMs: 10 * hour,
    });
    expect(rated.lines.map((line) => [line.isCorrection, line.quantity])).toEqual([
      [true, -1n],
      [false, 1n],
    ]);
  });

  test("usage of what never had a price is a trouble, not free", () => {
    expect(() => rate([unit(1, 1n, "c")])).toThrow(expect.objectContaining({ code: "billing.no_price" }));
  });

  test("R48: shares add up to the cent and follow their weights", () => {
    expect(splitCents(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(splitCents(-100n, [-1n, -1n, -1n])).toEqual([-34n, -33n, -33n]);
    expect(splitCents(5n, [0n, 0n])).toEqual([5n, 0n]);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 6n }), { minLength: 1, maxLength: 9 }),
        (total, weights) => {
          const parts = splitCents(total, weights);
          expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
        },
      ),
    );
  });
});

describe("R47: who pays which VAT", () => {
  const facts = (changes: Partial<VatFacts>): VatFacts => ({
    country: "IT",
    vatNumber: null,
    check: "not_asked",
    usesOss: false,
    ...changes,
  });
  const number = "123456789";
  test.each<[string, Partial<VatFacts>, string, string | null, string | null]>([
    ["an Italian company", { vatNumber: "98765432103" }, "domestic", "IT", null],
    ["an Italian consumer", {}, "domestic", "IT", null],
    [
      "a German company that VIES knows",
      { country: "DE", vatNumber: number, check: "valid" },
      "reverse_charge",
      null,
      "N2.1",
    ],
    [
      "a German company while VIES is away",
      { country: "DE", vatNumber: number, check: "unavailable" },
      "pending",
      null,
      null,
    ],
    ["a German company not asked about yet", { country: "DE", vatNumber: number }, "pending", null, null],
    ["a number that VIES refuses", { country: "DE", vatNumber: number, check: "invalid" }, "eu_consumer", "IT", null],
    [
      "the same above the threshold",
      { country: "DE", vatNumber: number, check: "invalid", usesOss: true },
      "oss",
      "DE",
      null,
    ],
    ["a French consumer", { country: "FR" }, "eu_consumer", "IT", null],
    ["a French consumer above the threshold", { country: "FR", usesOss: true }, "oss", "FR", null],
    ["a Swiss company", { country: "CH", vatNumber: number }, "outside_eu", null, "N2.1"],
    ["a Swiss consumer", { country: "CH" }, "outside_eu", null, "N2.1"],
    ["somebody in the United Kingdom", { country: "GB", vatNumber: number }, "outside_eu", null, "N2.1"],
  ])("%s", (_who, changes, treatment, rateCountry, nature) => {
    const decision = decideVat(facts(changes));
    expect(decision).toMatchObject({ treatment, rateCountry, nature });
    expect(decision.wording !== null).toBe(nature !== null);
  });

  test("the Union has twenty-six other members, and a missing rate is a trouble, not zero", () => {
    expect(otherMemberStates.size).toBe(26);
    expect(() => taxOf(decideVat(facts({})), [], 0)).toThrow(expect.objectContaining({ code: "billing.no_tax_rate" }));
  });
});
