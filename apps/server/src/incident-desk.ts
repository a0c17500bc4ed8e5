import { formatRomeTime, type OperatorRole, providerTenantId, type TenantId } from "@casaforte/kernel";
import {
  type CustomerPost,
  draftOf,
  type LegalRequest,
  type RaiseAlarm,
  type RemindOfRequest,
} from "@casaforte/modules/compliance";
import { listPrincipals } from "@casaforte/modules/identity";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import type { OperatorTx } from "@casaforte/platform/db";
import { peopleToTell } from "./notice-road.ts";
import type { Services } from "./services.ts";

/** Owners and administrators, and who is named for security. */
const responsible = (tx: OperatorTx, tenantId: TenantId) => peopleToTell(tx, tenantId, "security");

/** Active operators who hold one of these roles. */
async function operatorsOf(tx: OperatorTx, roles: readonly OperatorRole[]) {
  const { people } = await listPrincipals(tx, { tenantId: providerTenantId, realm: "operator", count: 200 });
  return people.filter(
    ({ status, operatorRoles }) => status === "active" && operatorRoles.some((role) => roles.includes(role)),
  );
}

const requestKinds: Readonly<Record<"it" | "en", Readonly<Record<LegalRequest["kind"], string>>>> = {
  it: { production: "consegna di dati", emergency: "emergenza", preservation: "conservazione" },
  en: { production: "data to hand out", emergency: "emergency", preservation: "preservation" },
};

/** Whom incidents and the deadlines of authorities are told to, and how (R84, R85, R88). */
export function incidentDesk({ core, mailflow }: Pick<Services, "core" | "mailflow">): {
  readonly post: CustomerPost;
  readonly alarm: RaiseAlarm;
  readonly remind: RemindOfRequest;
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
      for (const { login, language } of await operatorsOf(tx, ["legal", "security"])) {
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
    // What a request is about stands in the register alone, whose readings are noted (R58).
    async remind(tx, { number, kind, deadlineAt }, isLate) {
      for (const { login, language } of await operatorsOf(tx, ["legal"])) {
        const what = requestKinds[language][kind];
        const when = formatRomeTime(deadlineAt.getTime(), language);
        const [subject, text] =
          language === "it"
            ? [
                isLate
                  ? `SCADUTA: richiesta ${number} di un’autorità`
                  : `In scadenza: richiesta ${number} di un’autorità`,
                `Richiesta ${number}: ${what}.\nTermine: ${when}.\n\nIl registro è nella console, pagina Autorità e vincoli.\n`,
              ]
            : [
                isLate ? `LATE: request ${number} of an authority` : `Due soon: request ${number} of an authority`,
                `Request ${number}: ${what}.\nDue: ${when}.\n\nThe register is in the console, page Authorities and holds.\n`,
              ];
        await sendSystemMail(tx, { to: login, subject, text, language, fromName }, mailflow);
      }
    },
  };
}
