import type { PolicySchedule } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import { Cron } from "croner";

type CronSchedule = Extract<PolicySchedule, { kind: "cron" }>;

const cronOf = (schedule: CronSchedule) =>
  new Cron(schedule.expression, { timezone: schedule.timeZone, paused: true, mode: "5-part" });

/** @throws invalid `policies.schedule` when the cron line or the time zone is none, or it never comes due. */
export function assertSchedule(schedule: PolicySchedule): void {
  if (schedule.kind === "manual") return;
  try {
    if (cronOf(schedule).nextRun(new Date(0)) !== null) return;
  } catch (error) {
    throw new Failure("invalid", "policies.schedule", "the schedule is not valid", { cause: error });
  }
  throw new Failure("invalid", "policies.schedule", "the schedule never comes due");
}

/** Runs after an instant and not after another, in milliseconds, ascending. */
export function* runsUntil(schedule: CronSchedule, afterMs: number, untilMs: number): Generator<number> {
  const cron = cronOf(schedule);
  for (let last: Date | null = new Date(afterMs); ; ) {
    last = cron.nextRun(last);
    if (last === null || last.getTime() > untilMs) return;
    yield last.getTime();
  }
}

/** The next runs after an instant, ascending; none of a manual schedule. */
export function nextRuns(schedule: PolicySchedule, afterMs: number, count: number): Date[] {
  if (schedule.kind === "manual") return [];
  return cronOf(schedule).nextRuns(count, new Date(afterMs));
}
