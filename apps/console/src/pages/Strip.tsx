import { useFormat } from "@casaforte/ui-kit";
import { useT } from "../translate.ts";

type DayResult = "ok" | "partial" | "failed" | null;
type DayState = Exclude<DayResult, null> | "overdue" | "idle";

const dayMs = 86_400_000;
/** Without a good backup for so many days, a day without one counts as overdue. */
const overdueDays = 2;

/** What each day was: a day without a run is overdue once the last good one, or the enrolment, is two days past. */
export function dayStates(days: readonly DayResult[], enrolledAtMs: number, todayMs: number): readonly DayState[] {
  const first = Math.floor(todayMs / dayMs) - days.length + 1;
  let lastGood = Math.floor(enrolledAtMs / dayMs);
  return days.map((result, index) => {
    const day = first + index;
    if (result === "ok" || result === "partial") lastGood = Math.max(lastGood, day);
    if (result !== null) return result;
    return day - lastGood >= overdueDays ? "overdue" : "idle";
  });
}

/** Thirty days at a glance; the shape tells what the colour tells, and a sentence tells both. */
export function Strip({
  days,
  enrolledAt,
  label,
}: {
  readonly days: readonly DayResult[];
  readonly enrolledAt: string;
  readonly label: string;
}) {
  const t = useT();
  const format = useFormat();
  const nowMs = Date.now();
  const states = dayStates(days, Date.parse(enrolledAt), nowMs);
  const count = (state: DayState) => states.filter((found) => found === state).length;
  const summary = t("strip.summary", {
    label,
    ok: count("ok"),
    partial: count("partial"),
    failed: count("failed"),
    overdue: count("overdue"),
  });
  return (
    <div role="img" aria-label={summary} className="cf-strip">
      {states.map((state, index) => {
        const atMs = nowMs - (states.length - 1 - index) * dayMs;
        const day = format.date(atMs);
        return <i key={day} data-state={state} title={t("strip.day", { day, state: t(`strip.${state}`) })} />;
      })}
    </div>
  );
}
