import { createHash } from "node:crypto";
import { Failure, type TenantId } from "@casaforte/kernel";
import { clientNetwork } from "@casaforte/kernel/addresses";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { hasPassed, knock, markPassed } from "./store-arrival-rules.ts";

/** Servers of one sender stand side by side: the /24 of an IPv4 address, the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  const network = clientNetwork(address, { ipv4: 24, ipv6: 64 });
  // As it was written before networks had their length in them: what waits or has passed is found by it.
  return network.replace(/\.0\/24$|::\/64$/, "");
}

const digest = (...parts: readonly string[]) => createHash("sha256").update(parts.join("\0")).digest().subarray(0, 16);

/**
 * Puts off the first message of a network, sender and recipient (RFC 6647): who tries again after some minutes is let
 * in, and then so is his whole network, for weeks. @throws rate_limited `mailflow.greylisted`.
 */
export async function assertKnown(
  services: Pick<MailflowServices, "db" | "clock">,
  tenantId: TenantId,
  who: { readonly remoteAddress: string; readonly sender: string; readonly recipient: string },
): Promise<void> {
  const nowMs = services.clock.nowMs();
  const at = new Date(nowMs);
  const network = digest("network", networkOf(who.remoteAddress));
  const mail = digest("mail", networkOf(who.remoteAddress), who.sender.toLowerCase(), who.recipient.toLowerCase());
  const isKnown = await services.db.tenant(tenantId, async (tx) => {
    if (await hasPassed(tx, network)) {
      await markPassed(tx, network, at);
      return true;
    }
    const { firstAt } = await knock(tx, mail, at);
    const waitedMs = nowMs - firstAt.getTime();
    if (waitedMs < mailflowLimits.greylistWaitMs) return false;
    await markPassed(tx, network, at);
    return true;
  });
  if (!isKnown)
    throw new Failure("rate_limited", "mailflow.greylisted", "this server is new to us; try again in five minutes");
}
