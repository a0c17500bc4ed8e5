import type { SiteId } from "@casaforte/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { availabilityOf, percentOf } from "./availability.ts";
import { type NoticeWithUpdates, statusOf } from "./status.ts";
import { statusPage } from "./status-page.ts";
import type { NoticeId, NoticeState, NoticeUpdateId } from "./types.ts";

const minuteMs = 60_000;
const begin = Date.parse("2026-06-01T00:00:00Z");

interface Step {
  readonly state: NoticeState;
  /** Minutes after the first. */
  readonly at: number;
}
/** A notice as its updates leave it. `at`: minutes after the beginning of the window. */
function notice(at: number, steps: readonly Step[], more: Partial<NoticeWithUpdates> = {}): NoticeWithUpdates {
  const time = (minutes: number) => new Date(begin + minutes * minuteMs);
  const updates = [{ state: "investigating" as const, at: 0 }, ...steps].map((step) => ({
    ...{ noticeId: "n" as NoticeId, id: "u" as NoticeUpdateId, isReport: false, textIt: "x", textEn: "x" },
    state: step.state,
    at: time(at + step.at),
  }));
  const last = updates.at(-1);
  return {
    ...{ id: "n" as NoticeId, kind: "incident", severity: "major", services: ["mail"], siteId: null, hostId: null },
    ...{ titleIt: "x", titleEn: "x", plannedFrom: null, plannedUntil: null, beganAt: null },
    state: last?.state ?? "investigating",
    openedAt: time(at),
    updatedAt: time(at),
    closedAt: last?.state === "resolved" ? last.at : null,
    updates,
    ...more,
  };
}
const window = (minutes: number) => ({ sinceMs: begin, nowMs: begin + minutes * minuteMs });

test("R9: availability is what the incidents' intervals leave, together and each once, minute by minute", () => {
  const step = fc.record({ at: fc.integer({ min: -200, max: 900 }), lasts: fc.integer({ min: 1, max: 300 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (incidents) => {
      const minutes = 1_000;
      const down = Array.from({ length: minutes }, (_, at) => incidents.some((i) => i.at <= at && at < i.at + i.lasts));
      const found = availabilityOf(
        incidents.map(({ at, lasts }) => notice(at, [{ state: "resolved", at: lasts }])),
        window(minutes),
      );
      expect(found.interruptedMs).toBe(down.filter(Boolean).length * minuteMs);
    }),
  );
});

test("R9: it counts from the fault, until the repair, again when an incident comes back, and neither small nor planned things", () => {
  const minutes = (notices: readonly NoticeWithUpdates[]) =>
    availabilityOf(notices, window(1_000)).interruptedMs / minuteMs;
  expect(minutes([notice(10, [{ state: "resolved", at: 20 }], { beganAt: new Date(begin + 8 * minuteMs) })])).toBe(22);
  const again = [
    { state: "resolved", at: 5 },
    { state: "investigating", at: 100 },
    { state: "monitoring", at: 101 },
    { state: "resolved", at: 110 },
  ] as const;
  expect(minutes([notice(0, again)])).toBe(15);
  expect(minutes([notice(900, [])])).toBe(100);
  expect(minutes([notice(0, [], { severity: "minor" })])).toBe(0);
  const planned = {
    kind: "maintenance",
    plannedFrom: new Date(begin),
    plannedUntil: new Date(begin + minuteMs),
  } as const;
  expect(minutes([notice(0, [], { ...planned, state: "started" })])).toBe(0);
  const day = { sinceMs: begin, watchedMs: 1_440 * minuteMs };
  expect(percentOf({ ...day, interruptedMs: 1 })).toBe(99.999);
  expect(percentOf({ ...day, interruptedMs: 144 * minuteMs })).toBe(90);
});

test("R9: the page shows what was measured, since when it was watched, and promises nothing", () => {
  const nowMs = begin + 10 * 24 * 60 * minuteMs;
  const site = { id: "mi1" as SiteId, name: "Milano" };
  const status = statusOf([notice(0, [{ state: "resolved", at: 144 }])], [site], { nowMs, watchedSinceMs: begin });
  const page = (language: "it" | "en") => statusPage({ status, isFresh: true }, language, { providerName: "P" });
  expect(page("en")).toContain("Measured in the last 10 days: available 99% of the time, interrupted for 2 h 24 min");
  expect(page("it")).toContain(
    "Misurato negli ultimi 10 giorni: disponibile per il 99 % del tempo, interrotto per 2 h 24 min",
  );
  for (const language of ["it", "en"] as const)
    expect(page(language)).not.toMatch(
      /garan|guarant|\bSLA\b|assicur|assure|promett|promise|rimbors|refund|indennizz/i,
    );
});
