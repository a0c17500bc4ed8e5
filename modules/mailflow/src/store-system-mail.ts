import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { SystemMailId } from "./types.ts";

export interface SystemMailRow {
  readonly tenantId: TenantId;
  readonly id: SystemMailId;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly language: "it" | "en";
  readonly fromName: string;
  /** Empty: noreply@ the provider's domain. */
  readonly sender: string;
  readonly replyTo: string;
  readonly inReplyTo: string;
  /** RFC 8058; empty where nobody subscribed. */
  readonly unsubscribeUrl: string;
  readonly headerMessageId: string;
  readonly createdAt: Date;
}

export async function insertSystemMail(tx: TenantTx | OperatorTx, mail: SystemMailRow): Promise<void> {
  await tx.sql`
    insert into mailflow_system_mail (tenant_id, id, recipient, subject, body, language, from_name, sender, reply_to, in_reply_to, unsubscribe_url, header_message_id, created_at)
    values (${mail.tenantId}, ${mail.id}, ${mail.recipient}, ${mail.subject}, ${mail.text}, ${mail.language}, ${mail.fromName},
      ${mail.sender}, ${mail.replyTo}, ${mail.inReplyTo}, ${mail.unsubscribeUrl}, ${mail.headerMessageId}, ${mail.createdAt})`;
}

export async function selectSystemMail(tx: TenantTx, id: SystemMailId): Promise<SystemMailRow | null> {
  const [row] = await tx.sql<
    {
      recipient: string;
      subject: string;
      body: string;
      language: "it" | "en";
      from_name: string;
      sender: string;
      reply_to: string;
      in_reply_to: string;
      unsubscribe_url: string;
      header_message_id: string;
      created_at: Date;
    }[]
  >`select recipient, subject, body, language, from_name, sender, reply_to, in_reply_to, unsubscribe_url, header_message_id, created_at
    from mailflow_system_mail where tenant_id = ${tx.tenantId} and id = ${id}`;
  if (!row) return null;
  return {
    tenantId: tx.tenantId,
    id,
    recipient: row.recipient,
    subject: row.subject,
    text: row.body,
    language: row.language,
    fromName: row.from_name,
    sender: row.sender,
    replyTo: row.reply_to,
    inReplyTo: row.in_reply_to,
    unsubscribeUrl: row.unsubscribe_url,
    headerMessageId: row.header_message_id,
    createdAt: row.created_at,
  };
}

/** False when another run took it before. */
export async function deleteSystemMail(tx: TenantTx, id: SystemMailId): Promise<boolean> {
  const gone = await tx.sql`delete from mailflow_system_mail where tenant_id = ${tx.tenantId} and id = ${id}`;
  return gone.count > 0;
}

export async function selectOverdueSystemMail(tx: TenantTx, before: Date, limit: number): Promise<SystemMailId[]> {
  const rows = await tx.sql<{ id: SystemMailId }[]>`
    select id from mailflow_system_mail where tenant_id = ${tx.tenantId} and created_at < ${before} order by id limit ${limit}`;
  return rows.map((row) => row.id);
}
