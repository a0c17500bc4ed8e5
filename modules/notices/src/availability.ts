import type { Notice, NoticeUpdate } from "./types.ts";

type Span = readonly [fromMs: number, untilMs: number];

/** What was measured of one part: how long it was watched, and for how long of that it was interrupted. Milliseconds. */
export interface Availability {
  readonly sinceMs: number;
  readonly watchedMs: number;
  readonly interruptedMs: number;
}

/** An incident is an interruption unless it was minor; planned maintenance is none, and the page says so. */
const interrupts = ({ kind, severity }: Notice): boolean => kind === "incident" && severity !== "minor";

/** From when to when an incident lasted, several times where it was opened again; a report afterwards opens nothing. */
function spansOf(notice: Notice & { readonly updates: readonly NoticeUpdate[] }, nowMs: number): Span[] {
  const spans: Span[] = [];
  let fromMs: number | null = (notice.beganAt ?? notice.openedAt).getTime();
  for (const { state, isReport, at } of notice.updates) {
    if (isReport) continue;
    if (state === "resolved" && fromMs !== null) spans.push([fromMs, at.getTime()]);
    fromMs = state === "resolved" ? null : (fromMs ?? at.getTime());
  }
  return fromMs === null ? spans : [...spans, [fromMs, notice.closedAt?.getTime() ?? nowMs]];
}

/**
 * How long a part was interrupted within a window: the union of its incidents, so that two at a time count once (R9).
 * A figure about the past, computed from what customers were told, never a promise.
 */
export function availabilityOf(
  notices: readonly (Notice & { readonly updates: readonly NoticeUpdate[] })[],
  window: { readonly sinceMs: number; readonly nowMs: number },
): Availability {
  const { sinceMs, nowMs } = window;
  const spans = notices
    .filter(interrupts)
    .flatMap((notice) => spansOf(notice, nowMs))
    .toSorted(([one], [other]) => one - other);
  let interruptedMs = 0;
  let reachedMs = sinceMs;
  for (const [fromMs, untilMs] of spans) {
    const endMs = Math.min(untilMs, nowMs);
    if (endMs <= reachedMs) continue;
    interruptedMs += endMs - Math.max(fromMs, reachedMs);
    reachedMs = endMs;
  }
  return { sinceMs, watchedMs: Math.max(0, nowMs - sinceMs), interruptedMs };
}

/** Per cent with three decimals, rounded down: 99.9999 is no hundred. */
export const percentOf = ({ watchedMs, interruptedMs }: Availability): number =>
  watchedMs === 0 ? 100 : Math.floor(((watchedMs - interruptedMs) / watchedMs) * 100_000) / 1_000;
