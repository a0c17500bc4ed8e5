import { addCharge } from "@casaforte/modules/billing";
import { listPrincipals, readPrincipal } from "@casaforte/modules/identity";
import type { Inspection, InspectionServices } from "@casaforte/modules/inspections";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import { openTicket } from "@casaforte/modules/tickets";
import { certificateKey } from "./audit-anchors.ts";
import { evidenceSources } from "./evidence/sources.ts";
import type { Services } from "./services.ts";

/** Customers' audits on the ports of everything else (R67–R71). */
export function inspectionDesk(services: Services): InspectionServices {
  const { core, identity, mailflow, tickets } = services;
  const { db, clock, random, logger, config } = core;
  return {
    db,
    clock,
    random,
    logger: logger.with({ component: "inspections" }),
    providerName: config.provider.name,
    signingKey: certificateKey(core),
    evidence: evidenceSources,
    invite: identity.inviteAuditor,
    async inviteAgain(tx, actor, input) {
      if ((await readPrincipal(tx, input.principalId)).status === "invited")
        await identity.sendInvitation(tx, actor, input);
    },
    remove: (tx, actor, principalId) => identity.removePrincipal(tx, actor, { principalId }),
    charge: (tx, actor, charge) => addCharge(tx, actor, { ...charge, source: "inspections" }, { clock, random }),
    async tell(tx, inspection) {
      const { people } = await listPrincipals(tx, { tenantId: inspection.tenantId, realm: "user", count: 200 });
      for (const { login, language, role, status } of people) {
        if (status !== "active" || (role !== "owner" && role !== "admin")) continue;
        const { subject, text } = words(inspection, language);
        await sendSystemMail(tx, { to: login, subject, text, language, fromName: config.provider.name }, mailflow);
      }
    },
    async tellProvider(tx, inspection) {
      const { firm, fromOn, untilOn, scope, language, askedBy, tenantId } = inspection;
      const isItalian = language === "it";
      await openTicket(
        tx,
        { kind: "system", name: "inspections" },
        {
          tenantId,
          kind: "question",
          severity: "normal",
          channel: "portal",
          subject: isItalian ? `Preavviso di audit: ${firm}` : `Notice of audit: ${firm}`,
          body: isItalian
            ? `Audit dal ${fromOn} al ${untilOn}, eseguito da ${firm}.\n\nAmbito:\n${scope}\n`
            : `Audit from ${fromOn} to ${untilOn}, by ${firm}.\n\nScope:\n${scope}\n`,
          language,
          requesterAddress: (await readPrincipal(tx, askedBy)).login,
          requesterId: askedBy,
          confirms: true,
        },
        tickets,
      );
    },
  };
}

function words({ state, firm, fromOn, refusal }: Inspection, language: "it" | "en"): { subject: string; text: string } {
  if (state === "refused")
    return language === "it"
      ? {
          subject: "Audit non accettato",
          text: `L’audit di ${firm} previsto dal ${fromOn} non è stato accettato.\n\nMotivo: ${refusal}\n`,
        }
      : {
          subject: "Audit refused",
          text: `The audit by ${firm} planned from ${fromOn} was refused.\n\nReason: ${refusal}\n`,
        };
  return language === "it"
    ? {
        subject: "Preventivo per l’audit",
        text: `Per l’audit di ${firm} dal ${fromOn} c’è un preventivo nella console, pagina Audit. L’audit si tiene se lo accettate.\n`,
      }
    : {
        subject: "Quote for the audit",
        text: `There is a quote for the audit by ${firm} from ${fromOn} in the console, page Audits. The audit is held if you accept it.\n`,
      };
}
