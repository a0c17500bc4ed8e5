import type { Cursor } from "./cursor.ts";
import { SyntaxFailure } from "./syntax-failure.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const dayMs = 86_400_000;

/** `17-Jul-1996` to days since 1970-01-01 (RFC 9051 §9, date). */
export function parseDay(text: string): number {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  const month = monthIndex(match?.[2]);
  if (!match || month < 0) throw new SyntaxFailure("Expected a date like 17-Jul-1996");
  return daysOf(Number(match[3]), month, Number(match[1]));
}

/** `"17-Jul-1996 02:44:25 -0700"` to milliseconds since 1970 (RFC 9051 §9, date-time). */
export function parseDateTime(cursor: Cursor): number {
  const text = cursor.string("a date and time");
  const match = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  const month = monthIndex(match?.[2]);
  if (!match || month < 0) throw new SyntaxFailure('Expected a date and time like "17-Jul-1996 02:44:25 -0700"');
  const [, day, , year, hour, minute, second, sign, zoneHour, zoneMinute] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) throw new SyntaxFailure("No such time of day");
  const zoneMs = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000 * (sign === "-" ? -1 : 1);
  const days = daysOf(Number(year), month, Number(day));
  return days * dayMs + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000 - zoneMs;
}

/** The instant in UTC as INTERNALDATE prints it, without quotes. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, " ");
  const month = months[date.getUTCMonth()];
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `${day}-${month}-${year} ${date.toISOString().slice(11, 19)} +0000`;
}

function monthIndex(name: string | undefined): number {
  return months.findIndex((month) => month.toLowerCase() === name?.toLowerCase());
}

function daysOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) throw new SyntaxFailure("No such day");
  return Math.floor(date.getTime() / dayMs);
}
