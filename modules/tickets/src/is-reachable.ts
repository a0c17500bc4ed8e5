import { Failure } from "@casaforte/kernel";
import { parseMailAddress } from "@casaforte/modules/domains";

/** Whether mail may reach an address: not where it is no mail address, nor under `.invalid` (RFC 2606), where nobody is. */
export function isReachable(address: string): boolean {
  try {
    return !/(^|\.)invalid$/.test(parseMailAddress(address).domain);
  } catch (error) {
    if (error instanceof Failure && error.code === "domains.address") return false;
    throw error;
  }
}
