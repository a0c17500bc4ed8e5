import { createHash } from "node:crypto";
import type { PolicySchedule } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import { Cron } from "croner";

type CronSchedule = Extract<PolicySchedule, { kind: "cron" }>;

/**
 * The first run after an instant, in milliseconds; null for a manual schedule. Each device has its own fixed part of the
 * policy's spread. @throws invalid `policy.schedule`.
 */
export function nextRunMs(schedule: PolicySchedule, deviceId: string, afterMs: number): number | null {
  if (schedule.kind === "manual") return null;
  const delayMs = ownDelayMs(schedule, deviceId);
  // The delay belongs to the run: one whose plain time lies before the instant may still be to come.
  const next = cronOf(schedule).nextRun(new Date(afterMs - delayMs));
  return next === null ? null : next.getTime() + delayMs;
}

/** Between 0 and the spread, the same for a device every time. */
function ownDelayMs({ spreadMinutes }: CronSchedule, deviceId: string): number {
  const part = createHash("sha256").update(deviceId).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor(part * spreadMinutes * 60) * 1000;
}

function cronOf({ expression, timeZone }: CronSchedule): Cron {
  try {
    return new Cron(expression, { timezone: timeZone, paused: true, mode: "5-part" });
  } catch (error) {
    throw new Failure("invalid", "policy.schedule", "the schedule is not valid", { cause: error });
  }
}

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** A schedule in words, where its form is a common one; else its five fields. */
export function scheduleInWords(schedule: PolicySchedule): string {
  if (schedule.kind === "manual") return "only when somebody asks";
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = schedule.expression.split(" ");
  const zone = ` (${schedule.timeZone})`;
  const isAt = /^\d+$/.test(minute) && /^\d+$/.test(hour) && month === "*";
  const at = `at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (isAt && day === "*" && weekday === "*") return `every day ${at}${zone}`;
  if (isAt && day === "*" && weekday === "1-5") return `Monday to Friday ${at}${zone}`;
  if (isAt && day === "*" && /^[0-7]$/.test(weekday)) return `every ${days[Number(weekday) % 7]} ${at}${zone}`;
  if (isAt && /^\d+$/.test(day) && weekday === "*") return `on day ${day} of every month ${at}${zone}`;
  const rest = day === "*" && month === "*" && weekday === "*";
  if (/^\d+$/.test(minute) && hour === "*" && rest) return `every hour at minute ${minute}`;
  const step = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (step !== undefined && hour === "*" && rest) return `every ${step} minutes`;
  return `${schedule.expression}${zone}`;
}
