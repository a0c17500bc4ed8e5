import type { Clock } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { LegalRequest } from "./legal-request.ts";
import { selectToRemind, updateReminders } from "./store-deadlines.ts";

/** Says that a request is due soon, or late; promised in the same transaction. */
export type RemindOfRequest = (tx: OperatorTx, request: LegalRequest, isLate: boolean) => Promise<void>;

/**
 * Reminds of each request that waits for us, once when a quarter of its time is left and once when that is past (R88).
 * Returns how many reminders.
 */
export async function remindOfRequests(
  tx: OperatorTx,
  { clock }: { readonly clock: Clock },
  remind: RemindOfRequest,
): Promise<number> {
  const nowMs = clock.nowMs();
  const requests = await selectToRemind(tx, new Date(nowMs));
  for (const request of requests) {
    const isLate = request.deadlineAt.getTime() <= nowMs;
    await remind(tx, request, isLate);
    await updateReminders(tx, request.id, isLate ? 2 : 1);
  }
  return requests.length;
}

/** For other modules: how many requests of each kind are due. Figures alone, which name no customer and no act (R58). */
export { selectDueRequests as countDueRequests } from "./store-deadlines.ts";
