import type { PointTimes } from "@casaforte/contract/backup";

/** A month of the reader's own calendar and time zone; January is 0. */
export interface Month {
  readonly year: number;
  readonly month: number;
}

export interface DayCount {
  readonly points: number;
  readonly damaged: number;
}

export const monthOf = (day: Date): Month => ({ year: day.getFullYear(), month: day.getMonth() });

/** A month so many later, or earlier when negative. */
export const monthAfter = ({ year, month }: Month, count: number): Month => monthOf(new Date(year, month + count, 1));

/** From a day's first instant to the next day's, also where the clocks change on it. */
export const dayRange = (day: Date): { readonly from: string; readonly to: string } => ({
  from: new Date(day.getFullYear(), day.getMonth(), day.getDate()).toISOString(),
  to: new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).toISOString(),
});

/** From a month's first instant to the next one's. */
export const monthRange = ({ year, month }: Month): { readonly from: string; readonly to: string } => ({
  from: new Date(year, month, 1).toISOString(),
  to: new Date(year, month + 1, 1).toISOString(),
});

/** The weeks of a month from Monday, days by their number; null where a week begins or ends in the month beside it. */
export function weeksOf({ year, month }: Month): readonly (readonly (number | null)[])[] {
  const last = new Date(year, month + 1, 0).getDate();
  const before = (new Date(year, month, 1).getDay() + 6) % 7;
  return Array.from({ length: Math.ceil((before + last) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_day, index) => {
      const day = week * 7 + index - before + 1;
      return day < 1 || day > last ? null : day;
    }),
  );
}

/** How many points each day of a month has, by its number; days without any are absent. */
export function countsByDay(times: PointTimes, month: Month): ReadonlyMap<number, DayCount> {
  const counts = new Map<number, DayCount>();
  for (const { at, points, damaged } of times) {
    const when = new Date(at);
    if (when.getFullYear() !== month.year || when.getMonth() !== month.month) continue;
    const known = counts.get(when.getDate());
    counts.set(when.getDate(), {
      points: (known?.points ?? 0) + points,
      damaged: (known?.damaged ?? 0) + damaged,
    });
  }
  return counts;
}
