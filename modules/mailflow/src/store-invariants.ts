import type { TenantTx } from "@casaforte/platform/db";

interface Found {
  id: string;
}
const ids = (rows: readonly Found[]) => rows.map((row) => row.id);

export async function findDeliveriesWithoutJob(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select d.id from mailflow_deliveries d where d.tenant_id = ${tx.tenantId} and d.state = 'accepted' and not exists (
        select 1 from jobs_jobs j where j.tenant_id = d.tenant_id and j.task = 'mailflow.deliver' and j.failed_at is null
          and j.payload->>'deliveryId' = d.id::text)`,
  );
}

export async function findEntriesWithoutJob(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select q.id from mailflow_queue q where q.tenant_id = ${tx.tenantId} and q.state = 'waiting' and not exists (
        select 1 from jobs_jobs j where j.tenant_id = q.tenant_id and j.task = 'mailflow.send' and j.failed_at is null
          and j.payload->>'queueId' = q.id::text)`,
  );
}

export async function findSystemMailWithoutJob(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select m.id from mailflow_system_mail m where m.tenant_id = ${tx.tenantId} and not exists (
        select 1 from jobs_jobs j where j.tenant_id = m.tenant_id and j.task = 'mailflow.compose' and j.failed_at is null
          and j.payload->>'mailId' = m.id::text)`,
  );
}

export async function findSharedBlobs(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select blob_id as id from (
        select blob_id from mailflow_deliveries where tenant_id = ${tx.tenantId}
        union all select blob_id from mailflow_quarantine where tenant_id = ${tx.tenantId} and state = 'held'
        union all select blob_id from mailflow_outgoing where tenant_id = ${tx.tenantId}) b
      group by blob_id having count(*) > 1`,
  );
}

export async function findOutgoingWithoutRecipient(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select o.id from mailflow_outgoing o where o.tenant_id = ${tx.tenantId} and not exists (
        select 1 from mailflow_queue q where q.tenant_id = o.tenant_id and q.outgoing_id = o.id)`,
  );
}

export async function findUnexplainedFinishes(tx: TenantTx): Promise<string[]> {
  return ids(
    await tx.sql<Found[]>`
      select d.id from mailflow_deliveries d where d.tenant_id = ${tx.tenantId} and d.state <> 'accepted' and not exists (
        select 1 from mailflow_events e where e.tenant_id = d.tenant_id and e.trace_id = d.trace_id and e.kind in ('delivered', 'failed', 'released'))`,
  );
}
