import type { ComplaintServices } from "@casaforte/modules/complaints";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import { noteViolation } from "@casaforte/modules/measures";
import type { Services } from "./services.ts";

/** Complaints on the ports of everything else: receipts by mail, breaches to measures (R87). */
export function complaintDesk({ core, mailflow, measures }: Services): ComplaintServices {
  const { db, clock, random, config } = core;
  const { name: providerName, supportAddress } = config.provider;
  return {
    ...{ db, clock, random, providerName, supportAddress },
    mail: (tx, mail) => sendSystemMail(tx, { ...mail, fromName: providerName, replyTo: supportAddress }, mailflow),
    noteBreach: (tx, actor, { tenantId, product, severity, facts, complaintId }) =>
      noteViolation(
        tx,
        actor,
        {
          ...{ tenantId, product, severity, facts, nature: "unlawful_at_site", source: "operator" },
          occurredAtMs: clock.nowMs(),
          clause: "Regulation (EU) 2022/2065, art. 16",
          sourceKey: `complaint/${complaintId}`,
        },
        measures,
      ),
  };
}
