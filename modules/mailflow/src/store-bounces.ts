import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Outgoing, OutgoingId } from "./types.ts";

/** Whose queue a mail of the service went through; null when nothing is kept of it any more. */
export async function selectTenantOfSystemMail(tx: OperatorTx, id: OutgoingId): Promise<TenantId | null> {
  const [row] = await tx.sql<{ tenantId: TenantId }[]>`
    select tenant_id as "tenantId" from mailflow_outgoing
    where id = ${id} and is_system`;
  return row?.tenantId ?? null;
}

type FailedMail = Pick<Outgoing, "traceId" | "isSystem" | "sender" | "headerMessageId"> & {
  readonly recipient: string;
};

/**
 * What was handed to another server and is said to have failed there fails here, too. Null where this message did not go to
 * that recipient, or where it has failed before.
 */
export async function failSentEntry(
  tx: TenantTx,
  id: OutgoingId,
  said: { readonly recipient: string; readonly reply: string },
): Promise<FailedMail | null> {
  const [row] = await tx.sql<FailedMail[]>`
    update mailflow_queue q set state = 'failed', last_reply = ${said.reply} from mailflow_outgoing o
    where q.tenant_id = ${tx.tenantId} and q.outgoing_id = ${id} and lower(q.recipient) = lower(${said.recipient})
      and q.state = 'sent' and not q.is_delivered and o.tenant_id = q.tenant_id and o.id = q.outgoing_id
    returning q.recipient, o.trace_id as "traceId", o.is_system as "isSystem", o.sender,
      o.header_message_id as "headerMessageId"`;
  return row ?? null;
}
