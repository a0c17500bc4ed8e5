import { expect, test } from "vitest";
import { dependants } from "./PointTable.tsx";
import { dayStates } from "./Strip.tsx";

const dayMs = 86_400_000;
const today = Date.UTC(2026, 10, 28, 9);

test("R10: a day without a run is idle, and overdue once the last good backup is two days past", () => {
  const days = [null, "ok", null, null, null, "failed", null, "partial", null] as const;
  const enrolledAtMs = today - 8 * dayMs;
  expect(dayStates(days, enrolledAtMs, today)).toEqual([
    "idle",
    "ok",
    "idle",
    "overdue",
    "overdue",
    "failed",
    "overdue",
    "partial",
    "idle",
  ]);
});

test("R30: who needs a point is counted down the whole line, and points in the bin need nothing", () => {
  const point = (id: string, parentId: string | null, state: "good" | "deleted" = "good") => ({
    id,
    parentId,
    state,
    deviceId: "d",
    chainId: "c",
    fileId: id,
    kind: parentId === null ? ("vbk" as const) : ("vib" as const),
    fileName: id,
    sizeBytes: 1,
    fileRoot: "",
    at: "2026-11-28T00:00:00Z",
    lockedUntil: "2026-11-28T00:00:00Z",
    locked: false,
    undeleteUntil: null,
    checkedAt: null,
  });
  const counts = dependants([point("e", "d", "deleted"), point("d", "b"), point("b", "a"), point("a", null)]);
  expect(Object.fromEntries(counts)).toEqual({ a: 2, b: 1 });
});
