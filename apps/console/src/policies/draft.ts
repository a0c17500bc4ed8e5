import type { Policy, PolicySchedule, PolicySettings, PolicySource } from "@casaforte/contract/policies";

export interface PolicyDraft {
  readonly name: string;
  readonly settings: PolicySettings;
}

/** What a new policy proposes: every night, a week of days, a month of weeks, a year of months. */
export function newDraft(name: string, sourceName: string): PolicyDraft {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  return {
    name,
    settings: {
      sources: [newSource("directory", sourceName)],
      schedule: { kind: "cron", expression: "30 2 * * *", timeZone, spreadMinutes: 30, catchUp: true },
      retention: { points: 0, days: 7, weeks: 4, months: 12, years: 0 },
      lockDays: null,
      bandwidth: { bytesPerSecond: null, windows: [] },
      hooks: { before: [], after: [] },
      compression: "fast",
      snapshot: "auto",
      chain: { incrementsMax: 14, repackBytesMax: 512 * 1024 * 1024 },
      verify: { everyDays: 7, sampleBytes: 100_000_000 },
      alerts: { onFailure: true, noSuccessDays: 3 },
    },
  };
}

export const draftOf = ({ name, settings }: Policy): PolicyDraft => ({ name, settings });

export function newSource(kind: PolicySource["kind"], name: string): PolicySource {
  if (kind === "directory")
    return { kind, name, paths: [], include: [], exclude: ["*.tmp", ".cache/"], crossFileSystems: false };
  if (kind === "image") return { kind, name, path: "" };
  return { kind, name, command: "", fileName: "dump.sql" };
}

/** Lines of a text field, without blank ones. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** What a person chooses between; `custom` is a cron line. */
export type ScheduleChoice =
  | { readonly form: "manual" }
  | { readonly form: "hours"; readonly hours: number; readonly minute: number }
  | { readonly form: "daily"; readonly time: string }
  | { readonly form: "workdays"; readonly time: string }
  | { readonly form: "weekly"; readonly day: number; readonly time: string }
  | { readonly form: "monthly"; readonly dayOfMonth: number; readonly time: string }
  | { readonly form: "custom"; readonly expression: string };

const two = (value: string) => value.padStart(2, "0");

/** Reads a schedule back into the choice that makes it. */
export function choiceOf(schedule: PolicySchedule): ScheduleChoice {
  if (schedule.kind === "manual") return { form: "manual" };
  const { expression } = schedule;
  const [minute = "", hour = "", dayOfMonth = "", month = "", day = ""] = expression.split(" ");
  const hours = /^\*\/(\d+)$/.exec(hour)?.[1];
  const isPlain = /^\d+$/.test(minute) && month === "*";
  if (isPlain && dayOfMonth === "*" && day === "*" && (hours !== undefined || hour === "*"))
    return { form: "hours", hours: Number(hours ?? 1), minute: Number(minute) };
  if (!isPlain || !/^\d+$/.test(hour)) return { form: "custom", expression };
  const time = `${two(hour)}:${two(minute)}`;
  if (dayOfMonth === "*" && day === "*") return { form: "daily", time };
  if (dayOfMonth === "*" && day === "1-5") return { form: "workdays", time };
  if (dayOfMonth === "*" && /^[1-7]$/.test(day)) return { form: "weekly", day: Number(day), time };
  if (day === "*" && /^\d+$/.test(dayOfMonth)) return { form: "monthly", dayOfMonth: Number(dayOfMonth), time };
  return { form: "custom", expression };
}

/** The cron line of a choice; null of a manual one. */
export function expressionOf(choice: ScheduleChoice): string | null {
  if (choice.form === "manual") return null;
  if (choice.form === "custom") return choice.expression;
  if (choice.form === "hours") return `${choice.minute} ${choice.hours === 1 ? "*" : `*/${choice.hours}`} * * *`;
  const [hour = "2", minute = "30"] = choice.time.split(":");
  const at = `${Number(minute)} ${Number(hour)}`;
  if (choice.form === "daily") return `${at} * * *`;
  if (choice.form === "workdays") return `${at} * * 1-5`;
  return choice.form === "weekly" ? `${at} * * ${choice.day}` : `${at} ${choice.dayOfMonth} * *`;
}
