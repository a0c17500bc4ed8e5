import { daysOf, type UsageRow } from "../usage/usage-days.ts";

/** Fewer days than these tell no trend. */
const daysMin = 7;
/** Beyond that a forecast says nothing. */
const daysMax = 730;

/**
 * In how many whole days a space is full when it goes on growing as it did over the days known; 0: it is full. Null when it
 * does not grow, too little is known, or it lies too far ahead.
 */
export function fullInDays(rows: readonly UsageRow[], quotaBytes: number): number | null {
  const known = daysOf(rows);
  // Days before the first byte are no days of its life.
  const lived = known.slice(known.findIndex((day) => day.storedBytes > 0));
  const [first, last] = [lived.at(0), lived.at(-1)];
  if (first === undefined || last === undefined || lived.length === 0) return null;
  if (last.storedBytes >= quotaBytes) return 0;
  if (lived.length < daysMin) return null;
  const perDay = (last.storedBytes - first.storedBytes) / (lived.length - 1);
  if (perDay <= 0) return null;
  const days = Math.ceil((quotaBytes - last.storedBytes) / perDay);
  return days > daysMax ? null : days;
}
