import type { TenantTx } from "@casaforte/platform/db";
import type { MailflowServices } from "./services.ts";
import type { Outgoing } from "./types.ts";

/** Tells the sender's account that something became of a message of its own, in the transaction that says what. */
export async function noteOutcome(
  tx: TenantTx,
  { mailStore }: Pick<MailflowServices, "mailStore">,
  outgoing: Pick<Outgoing, "id" | "mailAccountId">,
): Promise<void> {
  if (outgoing.mailAccountId !== null) await mailStore.noteOutcome(tx, outgoing.mailAccountId, outgoing.id);
}
