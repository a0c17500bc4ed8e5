import type { Actor, MailAccountId, SiteId } from "@casaforte/kernel";
import { publishDocument } from "@casaforte/modules/catalogue";
import { listMailAccounts } from "@casaforte/modules/mailbox";
import { appendUsage, type UsagePlan } from "@casaforte/modules/metering";
import { lockMailPlan, mailPlan, type OrderingServices } from "@casaforte/modules/orders";
import { seedSubprocessors } from "@casaforte/modules/processors";
import { syncSites } from "@casaforte/modules/spaces";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Core } from "./core.ts";

const program: Actor = { kind: "system", name: "ordering" };

/** What orders do to the mail product: each live mail account is metered under the plan that was ordered (R14). */
export function orderingServices({ db, clock, random, logger, config }: Core): OrderingServices {
  return {
    db,
    clock,
    random,
    logger: logger.with({ component: "orders" }),
    // Where core keeps mail: the first site of the configuration.
    mailSite: (config.sites[0]?.id ?? "") as SiteId,
    async mailPlanChanged(tx, plan, cause) {
      for await (const id of liveMailAccounts(tx))
        await meterMail(tx, id, { kind: "changed", plan }, cause, clock.nowMs());
    },
    async countMailAccounts(tx) {
      const { sums } = await listMailAccounts(tx, program, { states: ["active", "suspended"], limit: 1 });
      return sums?.total ?? 0;
    },
  };
}

async function* liveMailAccounts(tx: TenantTx): AsyncGenerator<MailAccountId> {
  let cursor: string | undefined;
  do {
    const page = await listMailAccounts(tx, program, {
      states: ["active", "suspended"],
      limit: 200,
      ...(cursor ? { cursor } : {}),
    });
    for (const account of page.accounts) yield account.id;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

const meterMail = (
  tx: TenantTx,
  subjectId: MailAccountId,
  change: { kind: "started" | "changed"; plan: UsagePlan | null } | { kind: "ended" },
  cause: string,
  nowMs: number,
): Promise<void> =>
  appendUsage(tx, {
    meter: "mail_account",
    source: "mailbox",
    eventId: `${subjectId}/${change.kind}/${cause}`,
    subjectId,
    atMs: nowMs,
    nowMs,
    ...change,
  });

/** A mail account came to live, under whatever plan the tenant has. */
export async function mailAccountStarted(tx: TenantTx, id: MailAccountId, nowMs: number): Promise<void> {
  await meterMail(tx, id, { kind: "started", plan: await mailPlan(tx) }, String(nowMs), nowMs);
}

/** A mail account is gone, at least for now. */
export const mailAccountEnded = (tx: TenantTx, id: MailAccountId, nowMs: number): Promise<void> =>
  meterMail(tx, id, { kind: "ended" }, String(nowMs), nowMs);

/** The contract ends: no mail account is metered any more. */
export async function endMailMetering(tx: TenantTx, nowMs: number): Promise<void> {
  await lockMailPlan(tx, "alone");
  for await (const id of liveMailAccounts(tx)) await meterMail(tx, id, { kind: "ended" }, "departed", nowMs);
}

/** Brings sites in line with the configuration, and the law of each as a document to accept (R31, R34). */
export async function syncPlaces(tx: OperatorTx, core: Pick<Core, "config" | "clock" | "random">): Promise<void> {
  const { config, clock } = core;
  const nowMs = clock.nowMs();
  await syncSites(
    tx,
    config.sites.map((site) => ({
      ...site,
      capacityBytes: site.capacityBytes ?? null,
      replicaName: site.replica?.name ?? null,
    })),
    nowMs,
  );
  const named = config.provider.subProcessors.map(({ name, service, country, since }) => ({
    ...{ name, country, since },
    serviceIt: service.it,
    serviceEn: service.en,
  }));
  await seedSubprocessors(tx, named, core);
  for (const site of config.sites)
    await publishDocument(tx, program, {
      id: `law-${site.id}`,
      kind: "jurisdiction",
      product: null,
      siteId: site.id,
      title: { it: `Legge applicabile: ${site.name}`, en: `Applicable law: ${site.name}` },
      body: site.jurisdiction,
      validFromMs: nowMs,
      nowMs,
    });
}
