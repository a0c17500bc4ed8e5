import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { addPassedOn } from "./store-abuse.ts";

export const hourMs = 3_600_000;
export const hourOf = (nowMs: number): Date => new Date(Math.floor(nowMs / hourMs) * hourMs);

/** Recipients of an account in an hour. */
export const limitOf = (services: Pick<MailflowServices, "recipientsPerHour">): number =>
  services.recipientsPerHour ?? mailflowLimits.recipientsPerHour;

/**
 * Counts what the rules of an account pass on in this hour, exactly, in the transaction that files the message. False beyond what
 * the account may send in an hour. Counted apart from that: strangers who write to it use up nothing of what its person may send.
 */
export async function mayPassOn(
  tx: TenantTx,
  services: Pick<MailflowServices, "clock" | "recipientsPerHour">,
  mailAccountId: MailAccountId,
  recipients: number,
): Promise<boolean> {
  return (await addPassedOn(tx, mailAccountId, hourOf(services.clock.nowMs()), recipients)) <= limitOf(services);
}
