import { FakeClock } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { passTime } from "../testing/pass-time.ts";
import { rateAt, Throttle } from "./bandwidth.ts";

/** Monday, local time. */
const monday = (hours: number, minutes = 0) => new Date(2026, 10, 30, hours, minutes);
const office = { days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", bytesPerSecond: 1000 };
const night = { days: [7], from: "22:00", to: "06:00", bytesPerSecond: 0 };

test("a window holds on its days, over midnight too, and outside of it the plain rate", () => {
  const bandwidth = { bytesPerSecond: 5000, windows: [office, night] };
  expect(rateAt(bandwidth, monday(7, 59))).toBe(5000);
  expect(rateAt(bandwidth, monday(8))).toBe(1000);
  expect(rateAt(bandwidth, monday(18))).toBe(5000);
  // Sunday's night reaches into Monday's morning, and no other day's.
  expect(rateAt(bandwidth, monday(5, 59))).toBe(0);
  expect(rateAt(bandwidth, new Date(2026, 11, 1, 5, 59))).toBe(5000);
  expect(rateAt({ bytesPerSecond: null, windows: [office] }, monday(3))).toBeNull();
  expect(rateAt({ bytesPerSecond: null, windows: [office, { ...office, bytesPerSecond: null }] }, monday(9))).toBe(
    1000,
  );
});

test("bytes go at the rate of the hour, in turn", async () => {
  const clock = new FakeClock(monday(8).getTime());
  const throttle = new Throttle({ bytesPerSecond: null, windows: [office] }, clock);
  const gone: number[] = [];
  const begun = clock.nowMs();
  for (let part = 0; part < 4; part++) void throttle.take(10_000).then(() => gone.push(clock.nowMs() - begun));
  await passTime(clock, 60_000);
  expect(gone).toEqual([0, 9500, 19_500, 29_500]);
});

test("nothing goes in a closed window, everything when it opens, and a stop does not wait for it", async () => {
  const clock = new FakeClock(monday(5).getTime());
  const throttle = new Throttle({ bytesPerSecond: null, windows: [night] }, clock);
  let gone = false;
  const waiting = throttle.take(1_000_000).then(() => (gone = true));
  await passTime(clock, 59 * 60_000);
  expect(gone).toBe(false);
  await passTime(clock, 2 * 60_000);
  await waiting;
  const closed = new Throttle({ bytesPerSecond: null, windows: [night] }, new FakeClock(monday(5).getTime()));
  const stop = new AbortController();
  const stopped = closed.take(1, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(stopped).rejects.toThrow("stopped");
});
