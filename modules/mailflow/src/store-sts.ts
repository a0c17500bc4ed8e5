import type { TenantTx } from "@casaforte/platform/db";
import type { StsPolicy } from "./mta-sts.ts";

export interface KnownStsPolicy extends Omit<StsPolicy, "maxAgeMs"> {
  readonly policyId: string;
  readonly expiresAt: Date;
}

export async function selectStsPolicy(tx: TenantTx, domain: string): Promise<KnownStsPolicy | null> {
  const [row] = await tx.sql<KnownStsPolicy[]>`
    select policy_id as "policyId", mode, exchanges, expires_at as "expiresAt" from mailflow_sts_policies
    where tenant_id = ${tx.tenantId} and domain = ${domain}`;
  return row ?? null;
}

export async function upsertStsPolicy(tx: TenantTx, domain: string, policy: KnownStsPolicy): Promise<void> {
  await tx.sql`
    insert into mailflow_sts_policies (tenant_id, domain, policy_id, mode, exchanges, expires_at)
    values (${tx.tenantId}, ${domain}, ${policy.policyId}, ${policy.mode}, ${[...policy.exchanges]}, ${policy.expiresAt})
    on conflict (tenant_id, domain) do update set policy_id = excluded.policy_id, mode = excluded.mode,
      exchanges = excluded.exchanges, expires_at = excluded.expires_at`;
}

export async function deleteStsPoliciesBefore(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from mailflow_sts_policies where tenant_id = ${tx.tenantId} and expires_at < ${before}`;
}
