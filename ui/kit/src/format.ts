import { useMemo } from "react";
import { useLanguage } from "./i18n/i18n.ts";
import type { Language } from "./preferences.ts";

/** Dates and figures in English are written as in Europe: the day before the month, 24 hours. */
export const localeOf = (language: string): string => (language === "en" ? "en-GB" : language);

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** Octets in decimal units, as they are billed: `1,2 GB`. */
export function formatBytes(bytes: number | bigint, language: Language): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(localeOf(language), {
    style: "unit",
    unit: units[unit] ?? "byte",
    unitDisplay: unit === 0 ? "long" : "short",
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

const spans = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["week", 604_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** `3 ore fa`, `tra 2 giorni`; under a minute is now. */
export function formatRelative(atMs: number, nowMs: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: "auto" });
  const differenceMs = atMs - nowMs;
  for (const [unit, sizeMs] of spans) {
    if (Math.abs(differenceMs) >= sizeMs) return format.format(Math.trunc(differenceMs / sizeMs), unit);
  }
  return format.format(0, "second");
}

/** For a list: the hour if today, day and month if this year, else the date. */
export function formatShort(atMs: number, nowMs: number, language: Language): string {
  const at = new Date(atMs);
  const now = new Date(nowMs);
  const isSameYear = at.getFullYear() === now.getFullYear();
  if (isSameYear && at.getMonth() === now.getMonth() && at.getDate() === now.getDate()) {
    return new Intl.DateTimeFormat(localeOf(language), { hour: "2-digit", minute: "2-digit" }).format(at);
  }
  if (isSameYear) return new Intl.DateTimeFormat(localeOf(language), { day: "numeric", month: "short" }).format(at);
  return new Intl.DateTimeFormat(localeOf(language), { day: "2-digit", month: "2-digit", year: "2-digit" }).format(at);
}

/** Day, date and hour in full. */
export const formatLong = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: "full", timeStyle: "short" }).format(new Date(atMs));

/** Date and hour, short. */
export const formatDateTime = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium", timeStyle: "short" }).format(new Date(atMs));

/** The date alone. */
export const formatDate = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(localeOf(language), { dateStyle: "medium" }).format(new Date(atMs));

/** The hour alone: `14:32`. */
export const formatTime = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(localeOf(language), { hour: "2-digit", minute: "2-digit" }).format(new Date(atMs));

/** Money in minor units, such as cents. */
export const formatMoney = (minor: bigint, currency: string, language: Language): string =>
  new Intl.NumberFormat(localeOf(language), { style: "currency", currency }).format(Number(minor) / 100);

/** The formatters in the reader's language. */
export function useFormat() {
  const language = useLanguage();
  return useMemo(
    () => ({
      bytes: (bytes: number | bigint) => formatBytes(bytes, language),
      relative: (atMs: number, nowMs = Date.now()) => formatRelative(atMs, nowMs, language),
      short: (atMs: number, nowMs = Date.now()) => formatShort(atMs, nowMs, language),
      long: (atMs: number) => formatLong(atMs, language),
      dateTime: (atMs: number) => formatDateTime(atMs, language),
      date: (atMs: number) => formatDate(atMs, language),
      time: (atMs: number) => formatTime(atMs, language),
      money: (minor: bigint, currency: string) => formatMoney(minor, currency, language),
      number: (value: number) => new Intl.NumberFormat(localeOf(language)).format(value),
      list: (items: readonly string[]) =>
        new Intl.ListFormat(localeOf(language), { type: "conjunction" }).format(items),
    }),
    [language],
  );
}
