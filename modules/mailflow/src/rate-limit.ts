import { type Actor, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { addRate, markAlarmed } from "./store-events.ts";
import type { TraceId } from "./types.ts";

const hourMs = 3_600_000;
const hourOf = (nowMs: number) => new Date(Math.floor(nowMs / hourMs) * hourMs);
const limitOf = (services: MailflowServices) => services.recipientsPerHour ?? mailflowLimits.recipientsPerHour;

/** Counts recipients of an account in this hour, exactly, in the transaction that takes them. @throws rate_limited `mailflow.rate_limit`. */
export async function countRecipients(
  tx: TenantTx,
  services: MailflowServices,
  mailAccountId: MailAccountId,
  recipients: number,
): Promise<void> {
  const hour = hourOf(services.clock.nowMs());
  const sum = await addRate(tx, mailAccountId, hour, recipients);
  if (sum > limitOf(services))
    throw new Failure(
      "rate_limited",
      "mailflow.rate_limit",
      "this account has sent to too many recipients; try later",
      {
        details: { recipientsPerHour: limitOf(services), retryAtMs: hour.getTime() + hourMs },
      },
    );
}

/** Tells of a limit that was hit, once an account and hour: often the first sign of a stolen password. */
export async function raiseRateAlarm(
  services: MailflowServices,
  tenantId: TenantId,
  mailAccountId: MailAccountId,
  about: { readonly traceId: TraceId; readonly sender: string; readonly headerMessageId: string },
): Promise<void> {
  const actor: Actor = { kind: "system", name: "mailflow" };
  await services.db.tenant(tenantId, async (tx) => {
    if (!(await markAlarmed(tx, mailAccountId, hourOf(services.clock.nowMs())))) return;
    await recordEvent(tx, services, "rate_limited", { ...about, recipient: "" }, `account ${mailAccountId}`);
    await recordAudit(tx, actor, {
      action: "mailflow.rate_limited",
      object: { kind: "mail_account", id: mailAccountId },
      details: { recipientsPerHour: limitOf(services) },
    });
    tx.afterCommit(() => {
      services.logger.warn("mailflow.rate_alarm", { tenantId, mailAccountId });
      services.onRateAlarm?.(tenantId, mailAccountId);
    });
  });
}
