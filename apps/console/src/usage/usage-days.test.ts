import { expect, test } from "vitest";
import { daysOf, type UsageRow, usageCsv } from "./usage-days.ts";

const row = (day: string, deviceId: string, storedBytes: number): UsageRow => ({
  day,
  spaceId: "s",
  deviceId,
  storedBytes,
  receivedBytes: 10,
  restoredBytes: 1,
  points: 1,
});
const rows = [row("2026-11-02", "a", 200), row("2026-11-01", "a", 100), row("2026-11-01", "b", 5)];

test("R10: a day is the sum over its devices, days ascending", () => {
  expect(daysOf(rows)).toEqual([
    { day: "2026-11-01", storedBytes: 105, receivedBytes: 20, restoredBytes: 2, points: 2 },
    { day: "2026-11-02", storedBytes: 200, receivedBytes: 10, restoredBytes: 1, points: 1 },
  ]);
});

test("R10: the CSV has a line a day, space and device, and a name cannot become a formula or break a line", () => {
  const csv = usageCsv(rows.slice(2), (id) => (id === "s" ? 'Uffici "nord"' : "=1+1"));
  expect(csv.split("\r\n")).toEqual([
    "day,space,space_id,device,device_id,stored_bytes,received_bytes,restored_bytes,points",
    `2026-11-01,"Uffici ""nord""",s,"'=1+1",b,5,10,1,1`,
    "",
  ]);
});
