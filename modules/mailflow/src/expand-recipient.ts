import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { parseMailAddress, resolveRecipient } from "@casaforte/modules/domains";
import type { Tx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";

/** Where one accepted address leads inside its tenant, forwards of forwards followed, each target once. */
export interface Expansion {
  readonly tenantId: TenantId;
  readonly accounts: readonly MailAccountId[];
  /** Addresses outside the tenant to pass the message on to. */
  readonly forwards: readonly string[];
}

export type ExpandResult =
  | { readonly kind: "not_hosted" }
  | { readonly kind: "unknown" }
  | { readonly kind: "found"; readonly expansion: Expansion };

/**
 * Follows an address to accounts and forwards. A circle ends by itself; a forward to an unknown address of the same
 * tenant leads nowhere. @throws invalid `domains.address`.
 */
export async function expandRecipient(tx: Tx, address: string): Promise<ExpandResult> {
  const start = await resolveRecipient(tx, parseMailAddress(address));
  if (start.kind === "not_hosted" || start.kind === "unknown") return { kind: start.kind };
  const accounts = new Set<MailAccountId>();
  const forwards = new Set<string>();
  const seen = new Set([address.toLowerCase()]);
  const waiting = [start];
  for (let found = waiting.shift(); found !== undefined; found = waiting.shift()) {
    if (found.mailAccountId !== null) accounts.add(found.mailAccountId);
    for (const target of found.forwardTo) {
      if (seen.has(target) || seen.size >= mailflowLimits.expansionMax) continue;
      seen.add(target);
      const next = await resolveRecipient(tx, target);
      if (next.kind === "found" && next.tenantId === start.tenantId) waiting.push(next);
      else if (next.kind !== "unknown" || next.tenantId !== start.tenantId) forwards.add(target);
    }
  }
  return { kind: "found", expansion: { tenantId: start.tenantId, accounts: [...accounts], forwards: [...forwards] } };
}
