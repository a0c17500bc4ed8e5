import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import { processorLimits } from "./limits.ts";
import type { Change, ChangeId, Instruction, InstructionId, Objection, Subprocessor, SubprocessorId } from "./types.ts";

export async function selectSubprocessors(tx: Tx): Promise<Subprocessor[]> {
  return tx.sql<Subprocessor[]>`
    select id, name, service_it as "serviceIt", service_en as "serviceEn", country, from_on::text as "fromOn",
      until_on::text as "untilOn"
    from processors_subprocessors order by from_on, name, id`;
}

export async function insertSubprocessor(tx: OperatorTx, s: Subprocessor, now: Date): Promise<void> {
  await tx.sql`
    insert into processors_subprocessors (id, name, service_it, service_en, country, from_on, until_on, created_at)
    values (${s.id}, ${s.name}, ${s.serviceIt}, ${s.serviceEn}, ${s.country}, ${s.fromOn}::text::date, ${s.untilOn}::text::date, ${now})`;
}

/** False when the register was begun before. */
export async function noteSeeded(tx: OperatorTx, at: Date): Promise<boolean> {
  const done = await tx.sql`insert into processors_seeding (at) values (${at}) on conflict do nothing`;
  return done.count === 1;
}

/** False when it is not there, or ends already. */
export async function endSubprocessor(tx: OperatorTx, id: SubprocessorId, untilOn: string): Promise<boolean> {
  const done = await tx.sql`
    update processors_subprocessors set until_on = ${untilOn}::text::date
    where id = ${id} and until_on is null and from_on < ${untilOn}::text::date`;
  return done.count === 1;
}

const changeColumns = ({ sql }: Tx) =>
  sql`c.id, c.subprocessor_id as "subprocessorId", c.kind, c.effective_on::text as "effectiveOn",
    c.announced_at as "announcedAt", c.objections_until as "objectionsUntil", c.reason_it as "reasonIt",
    c.reason_en as "reasonEn"`;

export async function insertChange(tx: OperatorTx, c: Change, by: PrincipalId): Promise<void> {
  await tx.sql`
    insert into processors_changes (id, subprocessor_id, kind, effective_on, announced_at, objections_until, reason_it,
      reason_en, announced_by)
    values (${c.id}, ${c.subprocessorId}, ${c.kind}, ${c.effectiveOn}::text::date, ${c.announcedAt}, ${c.objectionsUntil},
      ${c.reasonIt}, ${c.reasonEn}, ${by})`;
}

/** Newest first. */
export async function selectChanges(tx: Tx): Promise<Change[]> {
  return tx.sql<Change[]>`
    select ${changeColumns(tx)} from processors_changes c order by c.announced_at desc, c.id limit ${processorLimits.listedMax}`;
}

export async function selectChange(tx: Tx, id: ChangeId): Promise<Change | null> {
  const [row] = await tx.sql<Change[]>`select ${changeColumns(tx)} from processors_changes c where c.id = ${id}`;
  return row ?? null;
}

/** False when this customer was told before. */
export async function insertTold(tx: TenantTx, changeId: ChangeId, at: Date, recipients: number): Promise<boolean> {
  const rows = await tx.sql`
    insert into processors_told (tenant_id, change_id, at, recipients) values (${tx.tenantId}, ${changeId}, ${at}, ${recipients})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** How many customers were told of each change. */
export async function countTold(tx: OperatorTx): Promise<ReadonlyMap<ChangeId, number>> {
  const rows = await tx.sql<{ changeId: ChangeId; count: number }[]>`
    select change_id as "changeId", count(*)::int as count from processors_told group by change_id`;
  return new Map(rows.map(({ changeId, count }) => [changeId, count]));
}

const objectionColumns = ({ sql }: Tx) =>
  sql`o.tenant_id as "tenantId", o.change_id as "changeId", o.reason, o.by, o.at, o.answer, o.answered_at as "answeredAt"`;

/** False when this customer has objected to it before. */
export async function insertObjection(
  tx: TenantTx,
  o: Pick<Objection, "changeId" | "reason" | "by" | "at">,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into processors_objections (tenant_id, change_id, reason, by, at)
    values (${tx.tenantId}, ${o.changeId}, ${o.reason}, ${o.by}, ${o.at}) on conflict do nothing returning 1`;
  return rows.length === 1;
}

export async function selectObjections(tx: TenantTx): Promise<Objection[]> {
  return tx.sql<Objection[]>`
    select ${objectionColumns(tx)} from processors_objections o where o.tenant_id = ${tx.tenantId} order by o.at desc`;
}

/** Every customer's; those without an answer first. */
export async function selectAllObjections(tx: OperatorTx): Promise<Objection[]> {
  return tx.sql<Objection[]>`
    select ${objectionColumns(tx)} from processors_objections o
    order by o.answered_at is not null, o.at desc limit ${processorLimits.listedMax}`;
}

/** False when it is not there, or has its answer. */
export async function answerObjection(
  tx: OperatorTx,
  input: {
    readonly tenantId: TenantId;
    readonly changeId: ChangeId;
    readonly answer: string;
    readonly by: PrincipalId;
    readonly at: Date;
  },
): Promise<boolean> {
  const done = await tx.sql`
    update processors_objections set answer = ${input.answer}, answered_by = ${input.by}, answered_at = ${input.at}
    where tenant_id = ${input.tenantId} and change_id = ${input.changeId} and answered_at is null`;
  return done.count === 1;
}

const instructionColumns = ({ sql }: Tx) =>
  sql`i.tenant_id as "tenantId", i.id, i.text, i.by, i.at, i.done, i.done_at as "doneAt"`;

/** False when there are as many as may be. */
export async function insertInstruction(
  tx: TenantTx,
  i: Pick<Instruction, "id" | "text" | "by" | "at">,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into processors_instructions (tenant_id, id, text, by, at)
    select ${tx.tenantId}::uuid, ${i.id}::uuid, ${i.text}, ${i.by}::uuid, ${i.at}::timestamptz
    where (select count(*) from processors_instructions where tenant_id = ${tx.tenantId}) < ${processorLimits.instructionsMax}
    returning 1`;
  return rows.length === 1;
}

export async function selectInstructions(tx: TenantTx): Promise<Instruction[]> {
  return tx.sql<Instruction[]>`
    select ${instructionColumns(tx)} from processors_instructions i where i.tenant_id = ${tx.tenantId}
    order by i.at desc, i.id limit ${processorLimits.instructionsMax}`;
}

/** Every customer's; those that nothing was done about first. */
export async function selectAllInstructions(tx: OperatorTx): Promise<Instruction[]> {
  return tx.sql<Instruction[]>`
    select ${instructionColumns(tx)} from processors_instructions i
    order by i.done_at is not null, i.at desc limit ${processorLimits.listedMax}`;
}

/** False when it is not there, or was noted as done. */
export async function noteDone(
  tx: OperatorTx,
  input: {
    readonly tenantId: TenantId;
    readonly id: InstructionId;
    readonly done: string;
    readonly by: PrincipalId;
    readonly at: Date;
  },
): Promise<boolean> {
  const done = await tx.sql`
    update processors_instructions set done = ${input.done}, done_by = ${input.by}, done_at = ${input.at}
    where tenant_id = ${input.tenantId} and id = ${input.id} and done_at is null`;
  return done.count === 1;
}
