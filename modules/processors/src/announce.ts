import { type Actor, Failure, newId, romeDate, romeIsoDate, romeMidnight } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { processorLimits } from "./limits.ts";
import type { ProcessorServices } from "./services.ts";
import { endSubprocessor, insertChange, insertSubprocessor, noteSeeded } from "./store.ts";
import type { Change, ChangeId, SubprocessorId } from "./types.ts";

export type OperatorActor = Extract<Actor, { kind: "operator" }>;
export const tellTask = "processors.tell";
type Announcing = Pick<ProcessorServices, "clock" | "random" | "jobs">;

export interface NewSubprocessor {
  readonly name: string;
  readonly serviceIt: string;
  readonly serviceEn: string;
  readonly country: string;
}

export interface Announcement {
  /** `YYYY-MM-DD` in Rome: the first day with the change. */
  readonly effectiveOn: string;
  readonly reasonIt: string;
  readonly reasonEn: string;
  readonly change: { readonly begins: NewSubprocessor } | { readonly ends: SubprocessorId };
}

function dayStart(text: string, more = 0): number {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  if (romeIsoDate(romeMidnight({ year, month, day })) !== text)
    throw new Failure("invalid", "processors.date", "there is no such day in the calendar");
  return romeMidnight({ year, month, day: day + more });
}

/** The first day that an announcement made now allows: thirty whole calendar days lie between, in Rome. */
export function earliestDay(nowMs: number): string {
  const today = romeDate(nowMs);
  return romeIsoDate(romeMidnight({ ...today, day: today.day + processorLimits.noticeDays + 1 }));
}

/**
 * Announces that somebody begins, or ends, to process customers' data; every customer is told by the job that this
 * promises in the same transaction (R82). @throws invalid `processors.date`, `processors.too_soon`, not_found
 * `processors.not_found`.
 */
export async function announceChange(
  tx: OperatorTx,
  actor: OperatorActor,
  input: Announcement,
  services: Announcing,
): Promise<ChangeId> {
  const { clock, random, jobs } = services;
  const nowMs = clock.nowMs();
  const { effectiveOn, reasonIt, reasonEn } = input;
  const objectionsUntil = new Date(dayStart(effectiveOn));
  if (effectiveOn < earliestDay(nowMs))
    throw new Failure("invalid", "processors.too_soon", "customers have thirty days to object", {
      details: { earliest: earliestDay(nowMs) },
    });
  const subprocessorId = "ends" in input.change ? input.change.ends : newId<SubprocessorId>(clock, random);
  if ("begins" in input.change)
    await insertSubprocessor(
      tx,
      { id: subprocessorId, ...input.change.begins, fromOn: effectiveOn, untilOn: null },
      new Date(nowMs),
    );
  else if (!(await endSubprocessor(tx, subprocessorId, effectiveOn)))
    throw new Failure("not_found", "processors.not_found", "there is no such sub-processor, or it ends already");
  const change: Change = {
    ...{ id: newId<ChangeId>(clock, random), subprocessorId, effectiveOn, objectionsUntil, reasonIt, reasonEn },
    kind: "begins" in input.change ? "begins" : "ends",
    announcedAt: new Date(nowMs),
  };
  await insertChange(tx, change, actor.principalId);
  await recordAudit(tx, actor, {
    action: "processors.announced",
    object: { kind: "subprocessor", id: subprocessorId },
    details: { kind: change.kind, effectiveOn },
  });
  await jobs.enqueue(tx, tellTask, { changeId: change.id }, { key: change.id });
  return change.id;
}

/**
 * At the first start: what the configuration names, be it nobody, is in force since the day it says. Later the register is
 * the truth, and who is added to the configuration is announced like everybody.
 */
export async function seedSubprocessors(
  tx: OperatorTx,
  named: readonly (NewSubprocessor & { readonly since: string })[],
  { clock, random }: Pick<ProcessorServices, "clock" | "random">,
): Promise<void> {
  const now = new Date(clock.nowMs());
  if (!(await noteSeeded(tx, now))) return;
  for (const { since, ...each } of named) {
    const id = newId<SubprocessorId>(clock, random);
    await insertSubprocessor(tx, { id, ...each, fromOn: since, untilOn: null }, now);
  }
}
