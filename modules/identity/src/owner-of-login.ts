import { Failure, type PrincipalId, type TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import { isPlainlySpelled } from "./login-spelling.ts";
import { parseLogin } from "./principals.ts";
import { findLogin } from "./store-principals.ts";
import type { Realm } from "./types.ts";

/** Whose login a plainly spelled address is, people who are active only; null for anybody else and for what is no address. */
export async function ownerOfLogin(
  db: Db,
  realm: Realm,
  address: string,
): Promise<{ readonly tenantId: TenantId; readonly principalId: PrincipalId } | null> {
  if (!isPlainlySpelled(address)) return null;
  try {
    const login = parseLogin(address);
    const found = await db.lookup((tx) => findLogin(tx, realm, login), { readOnly: true });
    return found?.status === "active" ? { tenantId: found.tenantId, principalId: found.principalId } : null;
  } catch (error) {
    if (error instanceof Failure && error.kind === "invalid") return null;
    throw error;
  }
}
