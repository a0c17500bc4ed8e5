const timeZone = "Europe/Rome";

/** `14:32`, in the provider's zone. */
export const formatTime = (locale: string, ms: number): string =>
  new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(ms);

/** `22 nov 2026, 14:32`. */
export const formatDateTime = (locale: string, ms: number): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }).format(ms);

export const formatDate = (locale: string, ms: number): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone }).format(ms);

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** Decimal units, as billed: `1,5 GB`. */
export function formatBytes(locale: string, bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[unit] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

export const formatNumber = (locale: string, value: number): string => new Intl.NumberFormat(locale).format(value);

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `3 ore fa`, `2 days ago`; within a minute: now. */
export function formatRelative(locale: string, ms: number, nowMs: number): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of steps)
    if (Math.abs(nowMs - ms) >= length) return format.format(Math.trunc((ms - nowMs) / length), unit);
  return format.format(0, "second");
}
