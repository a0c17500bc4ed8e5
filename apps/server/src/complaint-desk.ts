import { formatRomeTime, providerTenantId } from "@casaforte/kernel";
import type { ComplaintServices } from "@casaforte/modules/complaints";
import { listPrincipals } from "@casaforte/modules/identity";
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
    async alarm(tx, { number, receivedAt }) {
      const { people } = await listPrincipals(tx, { tenantId: providerTenantId, realm: "operator", count: 200 });
      for (const { login, language, status, operatorRoles } of people) {
        if (status !== "active" || !operatorRoles.some((role) => role === "legal" || role === "security")) continue;
        const when = formatRomeTime(receivedAt.getTime(), language);
        const [subject, text] =
          language === "it"
            ? [
                `Pericolo per la vita? Segnalazione C${number}`,
                `La segnalazione C${number} (${when}) dice che la vita o la sicurezza di qualcuno è in pericolo. Leggila subito nella console, pagina Segnalazioni: se è vero avvisa la polizia (112).\n`,
              ]
            : [
                `Danger to a life? Complaint C${number}`,
                `The complaint C${number} (${when}) says that somebody’s life or safety is in danger. Read it now in the console, page Complaints: if it is true, tell the police (112).\n`,
              ];
        await sendSystemMail(tx, { to: login, subject, text, language, fromName: providerName }, mailflow);
      }
    },
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
