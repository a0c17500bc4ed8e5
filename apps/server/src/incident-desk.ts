import { formatRomeTime, providerTenantId, type TenantId } from "@casaforte/kernel";
import { type CustomerPost, draftOf, type RaiseAlarm } from "@casaforte/modules/compliance";
import { listPrincipals } from "@casaforte/modules/identity";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Services } from "./services.ts";

async function responsible(tx: OperatorTx, tenantId: TenantId) {
  const { people } = await listPrincipals(tx, { tenantId, realm: "user", count: 200 });
  return people.filter(({ role, status }) => status === "active" && (role === "owner" || role === "admin"));
}

/** Whom incidents are told to, and how (R84, R85). */
export function incidentDesk({ core, mailflow }: Pick<Services, "core" | "mailflow">): {
  readonly post: CustomerPost;
  readonly alarm: RaiseAlarm;
} {
  const fromName = core.config.provider.name;
  return {
    post: {
      async tell(tx, tenantId, message) {
        const people = await responsible(tx, tenantId);
        for (const { login, language } of people)
          await sendSystemMail(tx, { to: login, ...message[language], language, fromName }, mailflow);
        return people.length;
      },
      reaches: async (tx, tenantId) => (await responsible(tx, tenantId)).length > 0,
    },
    async alarm(tx, incident, { step, dueAt }, isLate) {
      const { people } = await listPrincipals(tx, { tenantId: providerTenantId, realm: "operator", count: 200 });
      for (const { login, language, status, operatorRoles } of people) {
        if (status !== "active" || !operatorRoles.some((role) => role === "legal" || role === "security")) continue;
        const what = draftOf(incident, step, language).subject;
        const when = formatRomeTime(dueAt.getTime(), language);
        const { number, title } = incident;
        const [subject, text] =
          language === "it"
            ? [
                isLate ? `SCADUTO: incidente ${number}` : `In scadenza: incidente ${number}`,
                `${title}\n\n${what}\nScadenza: ${when}.\n\nTesto e registro sono nella console, pagina Violazioni e incidenti.\n`,
              ]
            : [
                isLate ? `LATE: incident ${number}` : `Due soon: incident ${number}`,
                `${title}\n\n${what}\nDue: ${when}.\n\nText and register are in the console, page Breaches and incidents.\n`,
              ];
        await sendSystemMail(tx, { to: login, subject, text, language, fromName }, mailflow);
      }
    },
  };
}
