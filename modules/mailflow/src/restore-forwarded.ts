import type { TenantId } from "@casaforte/kernel";
import { resolveRecipient } from "@casaforte/modules/domains";
import type { MailflowServices } from "./services.ts";
import { restoreSender } from "./srs.ts";

/** Who sent what was forwarded, and whose forward it was. */
export interface ForwardedSender {
  readonly tenantId: TenantId;
  readonly original: string;
}

/**
 * Who is meant by an address that we made for a forward: what comes there from the null sender goes back to who sent the
 * original. Null for every other address, and where its domain is not hosted here any more.
 */
export async function restoreForwarded(
  { db, secretKey, clock }: Pick<MailflowServices, "db" | "secretKey" | "clock">,
  address: string,
): Promise<ForwardedSender | null> {
  const original = restoreSender(address, secretKey, clock.nowMs());
  if (original === null) return null;
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
  const found = await db.lookup((tx) => resolveRecipient(tx, { local: "postmaster", domain }), { readOnly: true });
  return found.kind === "not_hosted" ? null : { tenantId: found.tenantId, original };
}
