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

/** Every domain that takes mail has these (RFC 5321 §4.5.1, RFC 2142); the provider answers where the customer does not. */
const dutyNames = new Set(["postmaster", "abuse"]);

/**
 * Follows an address to accounts and forwards. A circle ends by itself; a forward to an unknown address of the same
 * tenant leads nowhere. @throws invalid `domains.address`.
 */
export async function expandRecipient(tx: Tx, address: string, providerDomain: string): Promise<ExpandResult> {
  const parsed = parseMailAddress(address);
  const start = await resolveRecipient(tx, parsed);
  if (start.kind === "not_hosted") return { kind: "not_hosted" };
  if (start.kind === "unknown") {
    const duty = `postmaster@${providerDomain}`;
    const isDuty = dutyNames.has(parsed.local) && address.toLowerCase() !== duty;
    if (!isDuty || (await resolveRecipient(tx, duty)).kind !== "found") return { kind: "unknown" };
    return { kind: "found", expansion: { tenantId: start.tenantId, accounts: [], forwards: [duty] } };
  }
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
