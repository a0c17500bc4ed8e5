import { expect, test } from "vitest";
import { countsByDay, dayRange, monthAfter, monthRange, weeksOf } from "./calendar-month.ts";
import { dayStates } from "./Strip.tsx";

const dayMs = 86_400_000;
const today = Date.UTC(2026, 10, 28, 9);

test("R10: a day without a run is idle, and overdue once the last good backup is two days past", () => {
  const days = [null, "ok", null, null, null, "failed", null, "partial", null] as const;
  const enrolledAtMs = today - 8 * dayMs;
  expect(dayStates(days, enrolledAtMs, today)).toEqual([
    "idle",
    "ok",
    "idle",
    "overdue",
    "overdue",
    "failed",
    "overdue",
    "partial",
    "idle",
  ]);
});

test("R30: a month has its weeks from Monday, and each day the points of its own hours, also when the clocks change", () => {
  expect(weeksOf({ year: 2026, month: 1 })).toEqual([
    [null, null, null, null, null, null, 1],
    [2, 3, 4, 5, 6, 7, 8],
    [9, 10, 11, 12, 13, 14, 15],
    [16, 17, 18, 19, 20, 21, 22],
    [23, 24, 25, 26, 27, 28, null],
  ]);
  expect(monthAfter({ year: 2026, month: 0 }, -1)).toEqual({ year: 2025, month: 11 });
  const october = { year: 2026, month: 9 };
  const range = monthRange(october);
  const at = (day: number, hour: number) => new Date(2026, 9, day, hour).toISOString();
  const times = [
    { at: new Date(Date.parse(range.from) - 900_000).toISOString(), points: 9, damaged: 9 },
    { at: range.from, points: 1, damaged: 0 },
    { at: at(25, 0), points: 2, damaged: 1 },
    { at: at(25, 23), points: 1, damaged: 1 },
    { at: range.to, points: 9, damaged: 9 },
  ];
  expect([...countsByDay(times, october)]).toEqual([
    [1, { points: 1, damaged: 0 }],
    [25, { points: 3, damaged: 2 }],
  ]);
  const day = dayRange(new Date(2026, 9, 25));
  expect([new Date(day.from).getHours(), new Date(day.to).getHours()]).toEqual([0, 0]);
  expect([new Date(day.from).getDate(), new Date(day.to).getDate()]).toEqual([25, 26]);
});
