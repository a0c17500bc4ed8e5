import { attempt, Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { loginTaken, parseLogin } from "./principals.ts";
import { selectTakenMailLogins } from "./store-mail-login.ts";

/**
 * What `createPrincipal` would say against each of these as a mailbox's login, in their order, and null where nothing. One
 * reading, whatever their number.
 */
export async function refusedMailLogins(tx: TenantTx, logins: readonly string[]): Promise<readonly (Failure | null)[]> {
  const parsed = logins.map((login) => attempt(() => parseLogin(login)));
  const taken = await selectTakenMailLogins(
    tx,
    parsed.filter((login) => typeof login === "string"),
  );
  return parsed.map((login) => (login instanceof Failure ? login : taken.has(login) ? loginTaken() : null));
}
