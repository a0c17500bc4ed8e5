import { type Actor, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import { type RateLimited, tellOfRate } from "./rate-alarm.ts";
import { hourMs, hourOf, limitOf } from "./recipients-an-hour.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { assertMaySend, sendDomainAlarm, stopSender } from "./stop-sender.ts";
import { addDomainRate, addRefused, markDomainAlarmed } from "./store-abuse.ts";
import { addRate, markAlarmed } from "./store-events.ts";

const limitOfDomain = (services: MailflowServices) =>
  services.recipientsPerHourOfDomain ?? mailflowLimits.recipientsPerHourOfDomain;

/**
 * Counts recipients of an account and of its domain in this hour, exactly, in the transaction that takes them.
 * @throws rate_limited `mailflow.rate_limit`, `mailflow.domain_rate_limit`; forbidden `mailflow.sender_stopped`.
 */
export async function countRecipients(
  tx: TenantTx,
  services: MailflowServices,
  mailAccountId: MailAccountId,
  domain: string,
  recipients: number,
): Promise<void> {
  await assertMaySend(tx, mailAccountId);
  const hour = hourOf(services.clock.nowMs());
  const ofDomain = await addDomainRate(tx, domain, hour, recipients);
  if (ofDomain > limitOfDomain(services))
    throw new Failure(
      "rate_limited",
      "mailflow.domain_rate_limit",
      "this domain has sent to too many recipients; try later",
      { details: { retryAtMs: hour.getTime() + hourMs } },
    );
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

/** Tells of a domain that reached its limit, once a domain and hour. */
export async function raiseDomainAlarm(
  services: MailflowServices,
  tenantId: TenantId,
  domain: string,
  about: RateLimited,
): Promise<void> {
  await services.db.tenant(tenantId, async (tx) => {
    if (!(await markDomainAlarmed(tx, domain, hourOf(services.clock.nowMs())))) return;
    await sendDomainAlarm(tx, domain, services);
    await recordEvent(tx, services, "rate_limited", { ...about, recipient: "" });
    await recordAudit(
      tx,
      { kind: "system", name: "mailflow" },
      {
        action: "mailflow.domain_rate_limited",
        object: { kind: "domain", id: domain },
        details: { recipientsPerHour: limitOfDomain(services) },
      },
    );
    tx.afterCommit(() => services.logger.warn("mailflow.domain_rate_alarm", { tenantId, domain }));
  });
}

/**
 * Tells of a limit that was hit, once an account and hour: often the first sign of a stolen password. An account that goes
 * on for twice as many recipients again is stopped.
 */
export async function raiseRateAlarm(
  services: MailflowServices,
  tenantId: TenantId,
  mailAccountId: MailAccountId,
  recipients: number,
  about: RateLimited,
): Promise<void> {
  const actor: Actor = { kind: "system", name: "mailflow" };
  await services.db.tenant(tenantId, async (tx) => {
    const hour = hourOf(services.clock.nowMs());
    const refused = await addRefused(tx, mailAccountId, hour, recipients);
    if (refused > limitOf(services) * mailflowLimits.stopAtLimitTimes)
      await stopSender(tx, actor, { mailAccountId, reason: "rate" }, services);
    if (await markAlarmed(tx, mailAccountId, hour)) await tellOfRate(tx, services, mailAccountId, about, "person");
  });
}
