import type { usageReplySchema } from "@casaforte/contract/backup";
import type { z } from "zod";

export type UsageReply = z.infer<typeof usageReplySchema>;
export type UsageRow = UsageReply["days"][number];

/** A day over all spaces and devices. */
export interface DayUsage {
  readonly day: string;
  /** At the end of the day. */
  readonly storedBytes: number;
  readonly receivedBytes: number;
  readonly restoredBytes: number;
  readonly points: number;
}

/** Sums by day, ascending. */
export function daysOf(rows: readonly UsageRow[]): readonly DayUsage[] {
  const days = new Map<string, DayUsage>();
  for (const row of rows) {
    const before = days.get(row.day);
    days.set(row.day, {
      day: row.day,
      storedBytes: (before?.storedBytes ?? 0) + row.storedBytes,
      receivedBytes: (before?.receivedBytes ?? 0) + row.receivedBytes,
      restoredBytes: (before?.restoredBytes ?? 0) + row.restoredBytes,
      points: (before?.points ?? 0) + row.points,
    });
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

const header = "day,space,space_id,device,device_id,stored_bytes,received_bytes,restored_bytes,points";

/** RFC 4180, one row a day, space and device, bytes exact. Names that a spreadsheet would run as a formula are quoted as text. */
export function usageCsv(rows: readonly UsageRow[], nameOf: (id: string) => string): string {
  const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const lines = rows.map((row) =>
    [
      row.day,
      cell(nameOf(row.spaceId)),
      row.spaceId,
      cell(nameOf(row.deviceId)),
      row.deviceId,
      row.storedBytes,
      row.receivedBytes,
      row.restoredBytes,
      row.points,
    ].join(","),
  );
  return `${[header, ...lines].join("\r\n")}\r\n`;
}
