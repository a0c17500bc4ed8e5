import type { AppealReply, MeasureReply } from "@casaforte/contract/measures";
import type { Appeal, Measure } from "./types.ts";

export const toMeasure = (measure: Measure): Omit<MeasureReply, "appeal"> => ({
  id: measure.id,
  level: measure.level,
  capabilities: [...measure.capabilities],
  recurrence: measure.recurrence,
  state: measure.state,
  statement: measure.statement,
  imposedAt: measure.imposedAt.toISOString(),
  startsAt: measure.startsAt.toISOString(),
  endsAt: measure.endsAt?.toISOString() ?? null,
  appealUntil: measure.appealUntil.toISOString(),
  endedAt: measure.endedAt?.toISOString() ?? null,
  endReason: measure.endReason,
});

export const toAppeal = (appeal: Appeal): AppealReply => ({
  id: appeal.id,
  measureId: appeal.measureId,
  body: appeal.body,
  filedAt: appeal.filedAt.toISOString(),
  dueAt: appeal.dueAt.toISOString(),
  state: appeal.state,
  decision: appeal.decision,
  decidedAt: appeal.decidedAt?.toISOString() ?? null,
});
