import { type Actor, Failure, newId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { OperatorActor } from "./announce.ts";
import { processorLimits } from "./limits.ts";
import type { ProcessorServices } from "./services.ts";
import { answerObjection, insertInstruction, insertObjection, noteDone, selectChange } from "./store.ts";
import type { ChangeId, InstructionId } from "./types.ts";

export type UserActor = Extract<Actor, { kind: "user" }>;

/**
 * A customer objects to an announced change, with its reasons, while there is time (R82).
 * @throws not_found `processors.not_found`, precondition `processors.too_late`, conflict `processors.objected`.
 */
export async function objectToChange(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly changeId: ChangeId; readonly reason: string },
  { clock }: Pick<ProcessorServices, "clock">,
): Promise<void> {
  const change = await selectChange(tx, input.changeId);
  if (change === null) throw new Failure("not_found", "processors.not_found", "there is no such change");
  const nowMs = clock.nowMs();
  if (nowMs >= change.objectionsUntil.getTime())
    throw new Failure("precondition", "processors.too_late", "the time to object is over");
  if (!(await insertObjection(tx, { ...input, by: actor.principalId, at: new Date(nowMs) })))
    throw new Failure("conflict", "processors.objected", "you have objected to this change");
  await recordAudit(tx, actor, { action: "processors.objected", object: { kind: "processor_change", id: change.id } });
}

/** The provider's answer in writing. @throws not_found `processors.not_found`. */
export async function answerToObjection(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly tenantId: TenantId; readonly changeId: ChangeId; readonly answer: string },
  { clock }: Pick<ProcessorServices, "clock">,
): Promise<void> {
  const at = new Date(clock.nowMs());
  if (!(await answerObjection(tx, { ...input, by: actor.principalId, at })))
    throw new Failure("not_found", "processors.not_found", "there is no such objection, or it has its answer");
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "processors.answered",
    object: { kind: "processor_change", id: input.changeId },
  });
}

/** The customer instructs as controller. @throws conflict `processors.too_many_instructions`. */
export async function giveInstruction(
  tx: TenantTx,
  actor: UserActor,
  text: string,
  { clock, random }: Pick<ProcessorServices, "clock" | "random">,
): Promise<InstructionId> {
  const id = newId<InstructionId>(clock, random);
  if (!(await insertInstruction(tx, { id, text, by: actor.principalId, at: new Date(clock.nowMs()) })))
    throw new Failure("conflict", "processors.too_many_instructions", "there are too many instructions", {
      details: { max: processorLimits.instructionsMax },
    });
  await recordAudit(tx, actor, { action: "processors.instructed", object: { kind: "instruction", id } });
  return id;
}

/** What was done about an instruction. @throws not_found `processors.not_found`. */
export async function noteInstructionDone(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly tenantId: TenantId; readonly id: InstructionId; readonly done: string },
  { clock }: Pick<ProcessorServices, "clock">,
): Promise<void> {
  if (!(await noteDone(tx, { ...input, by: actor.principalId, at: new Date(clock.nowMs()) })))
    throw new Failure("not_found", "processors.not_found", "there is no such instruction, or it was done");
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "processors.instruction_done",
    object: { kind: "instruction", id: input.id },
  });
}
