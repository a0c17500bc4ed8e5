import { type Id, type MailAccountId, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";

export type StopReason = "rate" | "reports" | "by_hand";

export interface StoppedSender {
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly address: string;
  readonly reason: StopReason;
  readonly stoppedAt: Date;
}

/** `held`: recipients that its waiting mail is for. */
export interface ListedStop extends StoppedSender {
  readonly held: number;
}

/** Returns false when the account is stopped already. */
export async function insertStop(tx: TenantTx, stop: Omit<StoppedSender, "tenantId">): Promise<boolean> {
  const rows = await tx.sql`
    insert into mailflow_stopped_senders (tenant_id, mail_account_id, address, reason, stopped_at)
    values (${tx.tenantId}, ${stop.mailAccountId}, ${stop.address}, ${stop.reason}, ${stop.stoppedAt})
    on conflict do nothing returning 1`;
  return rows.length > 0;
}

export async function deleteStop(tx: TenantTx, account: MailAccountId): Promise<StoppedSender | null> {
  const [row] = await tx.sql<StoppedSender[]>`
    delete from mailflow_stopped_senders where tenant_id = ${tx.tenantId} and mail_account_id = ${account}
    returning tenant_id as "tenantId", mail_account_id as "mailAccountId", address, reason, stopped_at as "stoppedAt"`;
  return row ?? null;
}

/** `isLocked` lets nobody lift the stop until the end of the transaction. */
export async function isStopped(tx: TenantTx, account: MailAccountId, isLocked = false): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from mailflow_stopped_senders where tenant_id = ${tx.tenantId} and mail_account_id = ${account}
    ${isLocked ? tx.sql`for share` : tx.sql``}`;
  return rows.length > 0;
}

/** Newest first; of all tenants in an operator's transaction. */
export async function selectStops(tx: TenantTx | OperatorTx, limit: number): Promise<readonly ListedStop[]> {
  return tx.sql<ListedStop[]>`
    select s.tenant_id as "tenantId", s.mail_account_id as "mailAccountId", s.address, s.reason, s.stopped_at as "stoppedAt",
      (select count(*)::int from mailflow_queue q
        join mailflow_outgoing o on o.tenant_id = q.tenant_id and o.id = q.outgoing_id
        where q.tenant_id = s.tenant_id and q.state = 'waiting' and q.hold = 'held'
          and (o.mail_account_id = s.mail_account_id or o.rules_of = s.mail_account_id)) as held
    from mailflow_stopped_senders s where ${tx.scope === "tenant" ? tx.sql`s.tenant_id = ${tx.tenantId}` : tx.sql`true`}
    order by s.stopped_at desc limit ${limit}`;
}

/** Adds recipients that rules pass mail on to, and returns their sum in that hour; the row's lock makes the limit exact. */
export async function addPassedOn(
  tx: TenantTx,
  account: MailAccountId,
  hour: Date,
  recipients: number,
): Promise<number> {
  const [row] = await tx.sql<{ passedOn: number }[]>`
    insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients, passed_on)
    values (${tx.tenantId}, ${account}, ${hour}, 0, ${recipients})
    on conflict (tenant_id, mail_account_id, hour) do update set passed_on = mailflow_rates.passed_on + excluded.passed_on
    returning passed_on as "passedOn"`;
  return row?.passedOn ?? 0;
}

/** Adds recipients to the domain's hour and returns the sum, exactly. */
export async function addDomainRate(tx: TenantTx, domain: string, hour: Date, recipients: number): Promise<number> {
  const [row] = await tx.sql<{ recipients: number }[]>`
    insert into mailflow_domain_rates (tenant_id, domain, hour, recipients)
    values (${tx.tenantId}, ${domain}, ${hour}, ${recipients})
    on conflict (tenant_id, domain, hour) do update set recipients = mailflow_domain_rates.recipients + excluded.recipients
    returning recipients`;
  return row?.recipients ?? 0;
}

/** True for the first alarm of the domain's hour. */
export async function markDomainAlarmed(tx: TenantTx, domain: string, hour: Date): Promise<boolean> {
  const rows = await tx.sql`
    insert into mailflow_domain_rates (tenant_id, domain, hour, recipients, alarmed)
    values (${tx.tenantId}, ${domain}, ${hour}, 0, true)
    on conflict (tenant_id, domain, hour) do update set alarmed = true where not mailflow_domain_rates.alarmed
    returning 1`;
  return rows.length > 0;
}

/** Counts recipients that were refused beyond the limit and returns their sum in that hour. */
export async function addRefused(
  tx: TenantTx,
  account: MailAccountId,
  hour: Date,
  recipients: number,
): Promise<number> {
  const [row] = await tx.sql<{ refused: number }[]>`
    insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients, refused)
    values (${tx.tenantId}, ${account}, ${hour}, 0, ${recipients})
    on conflict (tenant_id, mail_account_id, hour) do update set refused = mailflow_rates.refused + excluded.refused
    returning refused`;
  return row?.refused ?? 0;
}

export async function deleteDomainRatesBefore(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from mailflow_domain_rates where tenant_id = ${tx.tenantId} and hour < ${before}`;
}

export type AbuseCaseId = Id<"AbuseCase">;

export interface AbuseCase {
  readonly id: AbuseCaseId;
  readonly receivedAt: Date;
  /** RFC 5965 §3.1, such as `abuse`. */
  readonly feedbackType: string;
  readonly reporter: string;
  readonly sourceIp: string;
  readonly originalSender: string;
  readonly originalMessageId: string;
  readonly subject: string;
  readonly accused: { readonly tenantId: TenantId; readonly mailAccountId: MailAccountId } | null;
  readonly state: "open" | "closed";
}

interface CaseRow extends Omit<AbuseCase, "accused"> {
  accusedTenantId: TenantId | null;
  accusedAccountId: MailAccountId | null;
}

export async function insertAbuseCase(tx: TenantTx, found: AbuseCase): Promise<void> {
  await tx.sql`
    insert into mailflow_abuse_cases (tenant_id, id, received_at, feedback_type, reporter, source_ip, original_sender,
      original_message_id, subject, accused_tenant_id, accused_account_id, state)
    values (${tx.tenantId}, ${found.id}, ${found.receivedAt}, ${found.feedbackType}, ${found.reporter}, ${found.sourceIp},
      ${found.originalSender}, ${found.originalMessageId}, ${found.subject}, ${found.accused?.tenantId ?? null},
      ${found.accused?.mailAccountId ?? null}, 'open')`;
}

export async function selectAbuseCases(
  tx: OperatorTx,
  state: AbuseCase["state"],
  limit: number,
): Promise<readonly AbuseCase[]> {
  const rows = await tx.sql<CaseRow[]>`
    select id, received_at as "receivedAt", feedback_type as "feedbackType", reporter, source_ip as "sourceIp",
      original_sender as "originalSender", original_message_id as "originalMessageId", subject,
      accused_tenant_id as "accusedTenantId", accused_account_id as "accusedAccountId", state
    from mailflow_abuse_cases where tenant_id = ${providerTenantId} and state = ${state}
    order by received_at desc limit ${limit}`;
  return rows.map(({ accusedTenantId, accusedAccountId, ...row }) => ({
    ...row,
    accused:
      accusedTenantId === null || accusedAccountId === null
        ? null
        : { tenantId: accusedTenantId, mailAccountId: accusedAccountId },
  }));
}

/** Returns false when there is no such open case. */
export async function closeAbuseCase(tx: OperatorTx, id: AbuseCaseId, at: Date): Promise<boolean> {
  const rows = await tx.sql`
    update mailflow_abuse_cases set state = 'closed', closed_at = ${at}
    where tenant_id = ${providerTenantId} and id = ${id} and state = 'open' returning 1`;
  return rows.length > 0;
}
