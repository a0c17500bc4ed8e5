import type { Bytes, Id } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";

export interface SinkMessage {
  readonly id: Id<"SinkMessage">;
  readonly at: Date;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly sizeBytes: bigint;
}

/** Keeps a message and lets go of those too old or too many. */
export async function insertSinkMessage(
  tx: TenantTx,
  message: Omit<SinkMessage, "sizeBytes"> & { readonly raw: Bytes },
): Promise<void> {
  await tx.sql`
    insert into mailflow_sink (tenant_id, id, at, sender, recipients, subject, size_bytes, raw)
    values (${tx.tenantId}, ${message.id}, ${message.at}, ${message.sender}, ${[...message.recipients]}, ${message.subject},
      ${BigInt(message.raw.length)}, ${Buffer.from(message.raw)})`;
  await tx.sql`
    delete from mailflow_sink where tenant_id = ${tx.tenantId} and (at < ${new Date(message.at.getTime() - mailflowLimits.sinkKeptMs)}
      or id in (select id from mailflow_sink where tenant_id = ${tx.tenantId} order by id desc offset ${mailflowLimits.sinkMessagesMax}))`;
}

/** Newest first, before the given id. */
export async function selectSink(
  tx: OperatorTx,
  page: { readonly before: string | null; readonly limit: number; readonly address: string | null },
): Promise<SinkMessage[]> {
  const rows = await tx.sql<
    { id: Id<"SinkMessage">; at: Date; sender: string; recipients: string[]; subject: string; size_bytes: bigint }[]
  >`select id, at, sender, recipients, subject, size_bytes from mailflow_sink
    where ${page.before === null ? tx.sql`true` : tx.sql`id < ${page.before}`}
      ${page.address === null ? tx.sql`` : tx.sql`and (sender = ${page.address} or ${page.address} = any(recipients))`}
    order by id desc limit ${page.limit}`;
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    sender: row.sender,
    recipients: row.recipients,
    subject: row.subject,
    sizeBytes: row.size_bytes,
  }));
}

export async function selectSinkRaw(tx: OperatorTx, id: string): Promise<Buffer | null> {
  const [row] = await tx.sql<{ raw: Buffer }[]>`select raw from mailflow_sink where id = ${id}`;
  return row?.raw ?? null;
}

export async function deleteSink(tx: OperatorTx): Promise<number> {
  return (await tx.sql`delete from mailflow_sink`).count;
}
