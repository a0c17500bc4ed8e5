import { type CivilDate, Failure, romeDate, romeIsoDate, romeMidnight } from "@casaforte/kernel";
import { inspectionLimits } from "./limits.ts";

/** A civil date out of `YYYY-MM-DD`. @throws invalid `inspections.date` for a day that no calendar has. */
export function parseDay(text: string): CivilDate {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  const date = { year, month, day };
  if (romeIsoDate(romeMidnight(date)) !== text)
    throw new Failure("invalid", "inspections.date", "there is no such day in the calendar");
  return date;
}

/** The first instant of a day in Rome; with `more`, of the day so many days later. */
export function dayStart(text: string, more = 0): number {
  const date = parseDay(text);
  return romeMidnight({ ...date, day: date.day + more });
}

/** The first day that a notice given now allows: thirty calendar days later, in Rome (R68). */
export function earliestDay(noticeMs: number): string {
  const today = romeDate(noticeMs);
  return romeIsoDate(romeMidnight({ ...today, day: today.day + inspectionLimits.noticeDays }));
}

/** The first day on which the next audit may begin: the same date a year later; 29 February gives 1 March (R71). */
export function nextYearDay(fromOn: string): string {
  const date = parseDay(fromOn);
  return romeIsoDate(romeMidnight({ ...date, year: date.year + 1 }));
}
