import { type Actor, type Clock, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { filingLimits } from "./limits.ts";
import { selectVacation, upsertVacation } from "./store.ts";
import { noVacation, type Vacation } from "./types.ts";

export const readVacation = async (tx: TenantTx, accountId: MailAccountId): Promise<Vacation> =>
  (await selectVacation(tx, accountId)) ?? noVacation;

/** @throws invalid `sieve.vacation_dates`; too_large `sieve.vacation_text`. */
export async function setVacation(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accountId: MailAccountId; readonly vacation: Vacation },
  { clock }: { readonly clock: Clock },
): Promise<void> {
  const { vacation, accountId } = input;
  const { fromAt, untilAt, subject, textBody, htmlBody } = vacation;
  if (fromAt && untilAt && untilAt <= fromAt)
    throw new Failure("invalid", "sieve.vacation_dates", "the answer ends before it begins");
  if (
    (subject ?? "").length > filingLimits.vacationSubjectMax ||
    Buffer.byteLength(textBody ?? "") > filingLimits.vacationTextBytesMax ||
    Buffer.byteLength(htmlBody ?? "") > filingLimits.vacationHtmlBytesMax
  )
    throw new Failure("too_large", "sieve.vacation_text", "the answer is too long");
  await upsertVacation(tx, accountId, vacation, new Date(clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "sieve.vacation_set",
    object: { kind: "mail_account", id: accountId },
    details: { enabled: vacation.isEnabled },
  });
}
