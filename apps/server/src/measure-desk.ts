import type { Actor, ServiceId, SpaceId } from "@casaforte/kernel";
import { isOwed, type OverdueService } from "@casaforte/modules/billing";
import { listPrincipals } from "@casaforte/modules/identity";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import { type MeasureServices, noteViolation } from "@casaforte/modules/measures";
import { confirmedContacts } from "@casaforte/modules/notices";
import { requireService } from "@casaforte/modules/orders";
import { setSpacesSuspended } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import type { Core } from "./core.ts";

const program: Actor = { kind: "system", name: "measures" };

/** Measures on the ports of everything else: who is told, by which mail, and what follows in the vault. */
export function measureDesk(core: Core, consoleUrl: string): MeasureServices {
  const { db, clock, random, jobs, bus, config } = core;
  const providerDomain = config.provider.supportAddress.slice(config.provider.supportAddress.indexOf("@") + 1);
  return {
    db,
    clock,
    random,
    providerName: config.provider.name,
    consoleUrl,
    async recipients(tx, tenantId) {
      const { people } = await listPrincipals(tx, { tenantId, realm: "user", count: 200 });
      const own = people
        .filter(({ role, status }) => status !== "disabled" && (role === "owner" || role === "admin"))
        .map(({ login, language }) => ({ address: login, language }));
      const known = new Set(own.map(({ address }) => address.toLowerCase()));
      const named = await confirmedContacts(tx, tenantId, "legal");
      return [...own, ...named.filter(({ address }) => !known.has(address.toLowerCase()))];
    },
    async mail(tx, mail) {
      await sendSystemMail(
        tx,
        { ...mail, fromName: config.provider.name, replyTo: config.provider.supportAddress },
        { clock, random, jobs, providerDomain },
      );
    },
    async switched(tx, { tenantId, off, spaces, isSilent }) {
      const suspended = off.includes("backup.upload") ? "all" : spaces;
      // Open sessions of mail programs ask again whether they may stay.
      tx.afterCommit(() => bus.publish(`measures:${tenantId}`));
      await setSpacesSuspended(tx, program, { tenantId, suspended, isSilent, nowMs: clock.nowMs() });
    },
    isOwed(tenantId, sourceKey) {
      const [serviceId = "", ...number] = sourceKey.split("/");
      const due = { serviceId: serviceId as ServiceId, invoiceNumber: number.join("/") };
      return db.tenant(tenantId, (tx) => isOwed(tx, due), { readOnly: true });
    },
  };
}

/** The last reminder went out: a person is asked what follows. Nothing happens by itself (R48, R64). */
export async function noteOverdue(
  tx: TenantTx,
  overdue: OverdueService,
  services: Pick<MeasureServices, "clock" | "random">,
): Promise<void> {
  const { product, label, subjectId } = await requireService(tx, overdue.serviceId);
  const { invoiceNumber, dueOn, step, serviceId } = overdue;
  await noteViolation(
    tx,
    program,
    {
      tenantId: tx.tenantId,
      nature: "nonpayment",
      severity: "serious",
      product,
      subjectId: product === "backup" ? (subjectId as SpaceId) : null,
      occurredAtMs: services.clock.nowMs(),
      facts: `${invoiceNumber}, ${dueOn}: ${label}`,
      clause: "",
      evidence: `reminder ${step}`,
      source: "dunning",
      sourceKey: `${serviceId}/${invoiceNumber}`,
    },
    services,
  );
}
