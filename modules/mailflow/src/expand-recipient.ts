import { Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import {
  domainLimits,
  type MailAddress,
  parseMailAddress,
  type Resolution,
  resolveRecipient,
  resolveRecipients,
} from "@casaforte/modules/domains";
import type { Tx } from "@casaforte/platform/db";

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
  /** It leads to more addresses, or further on, than one may: nobody is left out in silence. */
  | { readonly kind: "too_many" }
  | { readonly kind: "found"; readonly expansion: Expansion };

/** An address that is there and leads nowhere: what it was forwarded to is gone. */
export const isNobody = ({ accounts, forwards }: Expansion): boolean => accounts.length + forwards.length === 0;

/** What RCPT says of such an address. */
export const tooManyTargets = () =>
  new Failure("too_large", "mailflow.expansion", "this address leads to too many others");

/** Every domain that takes mail has these (RFC 5321 §4.5.1, RFC 2142); the provider answers where the customer does not. */
const dutyNames = new Set(["postmaster", "abuse"]);

/**
 * Follows an address to accounts and forwards, one statement for each step away from it. A circle ends by itself; a forward
 * to an unknown address of the same tenant leads nowhere. What is found may lead to nobody. @throws invalid `domains.address`.
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
  let level: readonly Resolution[] = [start];
  for (let steps = 0; level.length > 0; steps++) {
    const targets = new Set<string>();
    for (const found of level) {
      if (found.kind !== "found") continue;
      if (found.mailAccountId !== null) accounts.add(found.mailAccountId);
      for (const target of found.forwardTo) if (!seen.has(target)) targets.add(target);
    }
    if (targets.size === 0) break;
    for (const target of targets) seen.add(target);
    // The address itself does not count, nor does it where addresses are made.
    if (seen.size - 1 > domainLimits.expansionMax || steps >= domainLimits.expansionStepsMax)
      return { kind: "too_many" };
    const asked = [...targets];
    const answers = await resolveRecipients(tx, asked);
    for (const [at, target] of asked.entries()) if (!isInside(answers[at], start.tenantId)) forwards.add(target);
    level = answers.filter((answer) => isInside(answer, start.tenantId));
  }
  return { kind: "found", expansion: { tenantId: start.tenantId, accounts: [...accounts], forwards: [...forwards] } };
}

/** One statement: the answer for an address that is nobody's here or an account's and no more; null for all others. */
export async function expandDirectly(tx: Tx, address: MailAddress): Promise<ExpandResult | null> {
  const found = await resolveRecipient(tx, address);
  if (found.kind === "not_hosted") return { kind: "not_hosted" };
  if (found.kind === "unknown" || found.mailAccountId === null || found.forwardTo.length > 0) return null;
  return {
    kind: "found",
    expansion: { tenantId: found.tenantId, accounts: [found.mailAccountId], forwards: [] },
  };
}

const isInside = (answer: Resolution | undefined, tenantId: TenantId): boolean =>
  answer !== undefined && answer.kind !== "not_hosted" && answer.tenantId === tenantId;
