import { Failure } from "@casaforte/kernel";

const two = (value: number): string => String(value).padStart(2, "0");

/** `MM/DD/YYYY hh:mm:ss` in UTC, as summaries and VBMs write times; fractions of a second are cut off. */
export function printTime(ms: number): string {
  const time = new Date(ms);
  const date = `${two(time.getUTCMonth() + 1)}/${two(time.getUTCDate())}/${String(time.getUTCFullYear()).padStart(4, "0")}`;
  return `${date} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
}

/** Milliseconds since 1970. @throws corrupt `vbm.field`. */
export function readTime(text: string): number {
  const match = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)$/.exec(text);
  const [month, day, year, hour, minute, second] = (match?.slice(1) ?? []).map(Number);
  const ms = Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, minute, second);
  if (!Number.isFinite(ms) || printTime(ms) !== text) {
    throw new Failure("corrupt", "vbm.field", "missing or malformed: time");
  }
  return ms;
}
