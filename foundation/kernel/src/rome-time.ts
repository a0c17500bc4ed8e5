/**
 * The provider's civil time. Months and dates on price lists, invoices and in deadlines are those of Europe/Rome
 * (R38, R68); hours are elapsed time in UTC. Daylight saving never moves the first midnight of a month.
 */
const makeParts = () =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/Rome",
    calendar: "iso8601",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });

/** Made at first use: a program that tells no civil time, as the agent and its threads, need not wait 0.05 s for the rules. */
let parts: Intl.DateTimeFormat | null = null;

export interface CivilDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

interface CivilMoment extends CivilDate {
  readonly secondOfDay: number;
}

function civilMoment(atMs: number): CivilMoment {
  const found: Record<string, number> = {};
  parts ??= makeParts();
  for (const { type, value } of parts.formatToParts(atMs)) found[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return { year, month, day, secondOfDay: hour * 3600 + minute * 60 + second };
}

/** The date in Rome at an instant. */
export function romeDate(atMs: number): CivilDate {
  const { year, month, day } = civilMoment(atMs);
  return { year, month, day };
}

/** The instant of a civil date's midnight in Rome. Months and days out of range carry over, as in `Date.UTC`. */
export function romeMidnight({ year, month, day }: CivilDate): number {
  const wanted = Date.UTC(year, month - 1, day);
  const offsetAt = (atMs: number): number => {
    const at = civilMoment(atMs);
    return Date.UTC(at.year, at.month - 1, at.day) + at.secondOfDay * 1000 - Math.floor(atMs / 1000) * 1000;
  };
  const first = wanted - offsetAt(wanted);
  return wanted - offsetAt(first);
}

/** Start of the calendar month in Rome that holds the instant. */
export function romeMonthStart(atMs: number): number {
  const { year, month } = romeDate(atMs);
  return romeMidnight({ year, month, day: 1 });
}

/** Start of the calendar month in Rome after the one that holds the instant. */
export function romeNextMonth(atMs: number): number {
  const { year, month } = romeDate(atMs);
  return romeMidnight({ year, month: month + 1, day: 1 });
}

/** `2026-03-29`. */
export function romeIsoDate(atMs: number): string {
  const { year, month, day } = romeDate(atMs);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

type Language = "it" | "en";

const makeWords = (language: Language) =>
  new Intl.DateTimeFormat({ it: "it-IT", en: "en-GB" }[language], {
    timeZone: "Europe/Rome",
    dateStyle: "long",
    timeStyle: "short",
  });

const inWords: Partial<Record<Language, Intl.DateTimeFormat>> = {};

/** A moment as people in Rome write it, for mails: `28 novembre 2026 alle ore 15:04`. */
export function formatRomeTime(atMs: number, language: Language): string {
  inWords[language] ??= makeWords(language);
  return inWords[language].format(atMs);
}
