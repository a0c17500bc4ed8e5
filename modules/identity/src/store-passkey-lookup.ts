import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { LookupTx } from "@casaforte/platform/db";
import type { Realm } from "./types.ts";

export interface PasskeyOwner {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly tenantState: "active" | "departed";
}

/** Whose passkey this is, before the tenant is known. */
export async function findPasskey(tx: LookupTx, credentialId: Buffer, realm: Realm): Promise<PasskeyOwner | null> {
  const [row] = await tx.sql<PasskeyOwner[]>`
    select tenant_id as "tenantId", principal_id as "principalId", tenant_state as "tenantState"
    from identity_find_passkey(${credentialId}, ${realm})`;
  return row ?? null;
}
