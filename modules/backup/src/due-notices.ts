import type { Device } from "@casaforte/modules/devices";
import type { Policy } from "@casaforte/modules/policies";
import type { Space } from "@casaforte/modules/spaces";
import type { AlarmRow } from "./store-retention.ts";

export type NoticeKind = "run_failed" | "no_success" | "quota" | "alarm";

/** Something the administrators are to be written of; the same kind, subject and key is one message. */
export interface DueNotice {
  readonly kind: NoticeKind;
  readonly subjectId: string;
  readonly key: string;
  readonly values: Readonly<Record<"name" | "days" | "percent" | "at", string>>;
}

export interface NoticeState {
  readonly devices: readonly (Device & { readonly policy: Policy | null })[];
  readonly spaces: readonly (Space & { readonly thresholdAt: Date | null })[];
  readonly alarms: readonly AlarmRow[];
  readonly nowMs: number;
}

const dayMs = 86_400_000;
const none = { name: "", days: "", percent: "", at: "" };
const momentOf = (date: Date) => `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/**
 * What is due: pure. A failing device is written of once for each streak of failures, a silent one each week of silence, a
 * space once each time it reaches a threshold (R95), an alarm once.
 */
export function dueNotices({ devices, spaces, alarms, nowMs }: NoticeState): DueNotice[] {
  const due: DueNotice[] = [];
  for (const device of devices) {
    if (device.state !== "active") continue;
    const { alerts, schedule } = device.policy?.settings ?? {
      alerts: { onFailure: true, noSuccessDays: 0 },
      schedule: { kind: "manual" as const },
    };
    const since = device.lastSuccessAt ?? device.enrolledAt;
    if (alerts.onFailure && device.lastResult === "failed" && device.lastResultAt !== null)
      due.push({
        kind: "run_failed",
        subjectId: device.id,
        key: since.toISOString(),
        values: { ...none, name: device.name, at: momentOf(device.lastResultAt) },
      });
    const silentDays = Math.floor((nowMs - since.getTime()) / dayMs);
    if (schedule.kind === "cron" && alerts.noSuccessDays > 0 && silentDays >= alerts.noSuccessDays)
      due.push({
        kind: "no_success",
        subjectId: device.id,
        key: `${since.toISOString()} ${Math.floor((silentDays - alerts.noSuccessDays) / 7)}`,
        values: { ...none, name: device.name, days: String(silentDays) },
      });
  }
  for (const space of spaces)
    if (space.threshold > 0)
      due.push({
        kind: "quota",
        subjectId: space.id,
        key: `${space.threshold} ${space.thresholdAt?.toISOString() ?? ""}`,
        values: { ...none, name: space.name, percent: String(space.threshold) },
      });
  for (const alarm of alarms) {
    const name = devices.find((device) => device.id === alarm.deviceId)?.name ?? "";
    due.push({
      kind: "alarm",
      subjectId: alarm.id,
      key: alarm.kind,
      values: { ...none, name, at: momentOf(alarm.raisedAt) },
    });
  }
  return due;
}
