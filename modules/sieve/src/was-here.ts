import { Failure, type MailAccountId } from "@casaforte/kernel";
import { type MailAddress, parseMailAddress, resolveRecipients } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { filingLimits } from "./limits.ts";

/**
 * Whether rules of this account passed a message on before, or those of so many accounts that it circles: each redirect names in
 * Delivered-To the address it came to (RFC 5228 §4.2, §10). A script can make a new address at each step; with a plus part or
 * behind a catch-all all of them lead to the same account.
 */
export async function wasHere(
  tx: TenantTx,
  { accountId, recipient }: { readonly accountId: MailAccountId; readonly recipient: string },
  deliveredTo: readonly string[],
): Promise<boolean> {
  if (deliveredTo.length > filingLimits.redirectedMax) return true;
  const named = deliveredTo.map((value) => value.trim().replace(/^<(.*)>$/, "$1"));
  if (named.some((address) => address.toLowerCase() === recipient.toLowerCase())) return true;
  const addresses = named.flatMap(parse);
  if (addresses.length === 0) return false;
  const found = await resolveRecipients(tx, addresses);
  return found.some((one) => one.kind === "found" && one.mailAccountId === accountId);
}

/** Others write what they like into that field. */
function parse(text: string): readonly MailAddress[] {
  try {
    return [parseMailAddress(text)];
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
