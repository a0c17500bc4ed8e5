import { Failure } from "@casaforte/kernel";
import { isDomainHosted, parseAnyAddress } from "@casaforte/modules/domains";
import { type ExpandResult, expandRecipient } from "./expand-recipient.ts";
import type { MailflowServices } from "./services.ts";

/** `unreadable`: it is no address, here or elsewhere. */
export type ExpandAnyResult = ExpandResult | { readonly kind: "unreadable" };

/** As `expandRecipient`, for an address of anybody's: rules and envelopes name people elsewhere as nobody here is called. */
export async function expandAny(
  { db, providerDomain }: Pick<MailflowServices, "db" | "providerDomain">,
  address: string,
): Promise<ExpandAnyResult> {
  try {
    return await db.lookup((tx) => expandRecipient(tx, address, providerDomain), { readOnly: true });
  } catch (error) {
    if (!isNoAddress(error)) throw error;
  }
  try {
    const { domain } = parseAnyAddress(address);
    return {
      kind: (await db.lookup((tx) => isDomainHosted(tx, domain), { readOnly: true })) ? "unknown" : "not_hosted",
    };
  } catch (error) {
    if (!isNoAddress(error)) throw error;
    return { kind: "unreadable" };
  }
}

const isNoAddress = (error: unknown) => error instanceof Failure && error.code === "domains.address";
