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

/** `first_kept`: kept, and nothing was before in this hour. */
export type PassedOn = "passed_on" | "first_kept" | "kept";

/**
 * Counts what the rules of an account pass on in this hour, exactly, in the transaction that files the message. It is kept beyond
 * what the account may send in an hour. Counted apart from that: strangers who write to it use up nothing of what its person may
 * send.
 */
export async function countPassedOn(
  tx: TenantTx,
  services: Pick<MailflowServices, "clock" | "recipientsPerHour">,
  mailAccountId: MailAccountId,
  recipients: number,
): Promise<PassedOn> {
  const sum = await addPassedOn(tx, mailAccountId, hourOf(services.clock.nowMs()), recipients);
  if (sum <= limitOf(services)) return "passed_on";
  // What is kept counts too, so that the sum crosses the limit once.
  return sum - recipients <= limitOf(services) ? "first_kept" : "kept";
}
