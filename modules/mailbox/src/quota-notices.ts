import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { mailboxLimits } from "./limits.ts";
import { quotaText } from "./quota-texts.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { noteQuotaLevel, type QuotaCrossing, selectQuotaCrossings } from "./store-quota-levels.ts";

/** How people are written to of a mailbox that fills up; wired by the composition root. */
export interface QuotaNoticeRoad {
  languageOf(tx: TenantTx, account: MailAccountId): Promise<"it" | "en">;
  /** Who administers the organisation, each with their language. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promises a mail in this transaction. */
  send(
    tx: TenantTx,
    mail: { readonly to: string; readonly subject: string; readonly text: string; readonly language: "it" | "en" },
  ): Promise<void>;
  /** Told of each crossing upwards in the transaction that notes it. */
  filling?(tx: TenantTx, account: MailAccountId): Promise<void>;
}

export const quotaTask = "mailbox.quota_notices";

export const quotaNoticeSchedules: readonly JobSchedule[] = [{ task: quotaTask, everyMs: mailboxLimits.quotaNoticeMs }];

/** Warns by mail at 80, 95 and 100 % of a quota (R95). */
export const quotaNoticeHandlers = (
  services: Pick<MailboxEdgeServices, "db" | "clock">,
  road: QuotaNoticeRoad,
): readonly JobHandler[] => [
  {
    task: quotaTask,
    async run(_payload, context) {
      await sweepTenants(services.db, context, async ({ tenantId }) => {
        await sendQuotaNotices(services, road, tenantId);
      });
    },
  },
];

/**
 * One customer's mailboxes: each crossing upwards is written of once, to its owner, and from 95 % on to the administrators
 * too; the level and the mails are one transaction. Returns how many warnings there were.
 */
export async function sendQuotaNotices(
  { db, clock }: { readonly db: Db; readonly clock: MailboxEdgeServices["clock"] },
  road: QuotaNoticeRoad,
  tenantId: TenantId,
): Promise<number> {
  let warned = 0;
  for (;;) {
    const crossings = await db.tenant(tenantId, (tx) => selectQuotaCrossings(tx, mailboxLimits.pageMax), {
      readOnly: true,
    });
    for (const crossing of crossings)
      await db.tenant(tenantId, async (tx) => {
        if (!(await noteQuotaLevel(tx, crossing, new Date(clock.nowMs())))) return;
        if (crossing.after <= crossing.before) return;
        warned++;
        await warn(tx, road, crossing);
        await road.filling?.(tx, crossing.accountId);
      });
    if (crossings.length < mailboxLimits.pageMax) return warned;
  }
}

async function warn(tx: TenantTx, road: QuotaNoticeRoad, crossing: QuotaCrossing): Promise<void> {
  const { accountId, address, after } = crossing;
  const language = await road.languageOf(tx, accountId);
  await road.send(tx, { to: address, language, ...quotaText(crossing, "owner", language) });
  if (after < 95) return;
  for (const { login: to, language } of await road.administrators(tx))
    if (to !== address) await road.send(tx, { to, language, ...quotaText(crossing, "administrator", language) });
}
