import { providerTenantId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { idempotencyLimits } from "./limits.ts";

/** An act's own transaction: a tenant's, or the operators', whose answers are the provider's rows. */
export type ActTx = TenantTx | OperatorTx;
export const ownerOf = (tx: ActTx): TenantId => (tx.scope === "tenant" ? tx.tenantId : providerTenantId);

export interface AnswerKey {
  readonly callerId: string;
  readonly key: string;
}

/** Holds the key until the transaction ends. False: another request holds it now. */
export async function holdKey(tx: ActTx, { callerId, key }: AnswerKey): Promise<boolean> {
  const [row] = await tx.sql<{ held: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${`idempotency ${ownerOf(tx)} ${callerId} ${key}`}, 0)) as held`;
  return row?.held ?? false;
}

export interface KeptAnswer {
  readonly requestMac: Buffer;
  readonly status: number;
  readonly sealedAnswer: Buffer;
}

export async function selectAnswer(tx: ActTx, { callerId, key }: AnswerKey, after: Date): Promise<KeptAnswer | null> {
  const [row] = await tx.sql<KeptAnswer[]>`
    select request_mac as "requestMac", status, sealed_answer as "sealedAnswer" from idempotency_answers
    where tenant_id = ${ownerOf(tx)} and caller_id = ${callerId} and key = ${key} and created_at > ${after}`;
  return row ?? null;
}

/** Whether a caller's answers of `after` and later are as many as are kept. */
export async function isFull(tx: ActTx, callerId: string, after: Date): Promise<boolean> {
  const [row] = await tx.sql<{ full: boolean }[]>`
    select count(*) >= ${idempotencyLimits.answersPerCallerMax} as full from idempotency_answers
    where tenant_id = ${ownerOf(tx)} and caller_id = ${callerId} and created_at > ${after}`;
  return row?.full ?? false;
}

/** An older answer under the same key gives way. */
export async function putAnswer(tx: ActTx, { callerId, key }: AnswerKey, answer: KeptAnswer, at: Date): Promise<void> {
  await tx.sql`insert into idempotency_answers as a (tenant_id, caller_id, key, request_mac, status, sealed_answer, created_at)
    values (${ownerOf(tx)}, ${callerId}, ${key}, ${answer.requestMac}, ${answer.status}, ${answer.sealedAnswer}, ${at})
    on conflict (tenant_id, caller_id, key) do update set request_mac = excluded.request_mac, status = excluded.status,
      sealed_answer = excluded.sealed_answer, created_at = excluded.created_at
    where a.tenant_id = ${ownerOf(tx)}`;
}

/** The rest of very many goes at the next sweep; none of them is given again meanwhile. */
export async function deleteAnswers(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from idempotency_answers where tenant_id = ${tx.tenantId} and (caller_id, key) in (
    select caller_id, key from idempotency_answers where tenant_id = ${tx.tenantId} and created_at < ${before}
    order by created_at limit ${idempotencyLimits.sweepRowsMax})`;
}
