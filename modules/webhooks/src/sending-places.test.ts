import { newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { webhooksLimits } from "./limits.ts";
import { SendingPlaces } from "./sending-places.ts";

const clock = new FakeClock(Date.UTC(2026, 3, 1));
const random = new SeededRandom(1);

test("R79: customers who wait for a place get it in their order, and who asks no more is not waited for", () => {
  const places = new SendingPlaces();
  const someone = () => newId<TenantId>(clock, random);
  const [a, b, c, d, e] = [someone(), someone(), someone(), someone(), someone()];
  const leaveA = places.take(a, 0);
  const leaveB = places.take(b, 0);
  expect([leaveA, leaveB, places.take(c, 0)]).not.toContain(null);
  expect([places.take(d, 0), places.take(e, 100)]).toEqual([null, null]);
  leaveA?.();
  expect([places.take(a, 500), places.take(e, 600)]).toEqual([null, null]);
  expect(places.take(d, 1_000)).not.toBeNull();
  leaveB?.();
  expect(places.take(a, 1_500)).toBeNull();
  expect(places.take(a, 600 + webhooksLimits.lineMs + 1)).not.toBeNull();
});
