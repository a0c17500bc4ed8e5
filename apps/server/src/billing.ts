import { decimalOfCents } from "@casaforte/kernel";
import type { AskVat, BillingMessage, BillingServices } from "@casaforte/modules/billing";
import { listPrincipals } from "@casaforte/modules/identity";
import { sendSystemMail } from "@casaforte/modules/mailflow";
import { confirmedContacts } from "@casaforte/modules/notices";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { askVies } from "./ask-vies.ts";
import type { Core } from "./core.ts";
import { noteOverdue } from "./measure-desk.ts";

const away: AskVat = async () => ({
  outcome: "unavailable",
  evidence: { reason: "this installation asks nobody outside" },
});

/** What invoices stand on: VIES, and mail to those who look after money. An installation whose mail stays inside asks nobody. */
export function billingServices(core: Core): BillingServices {
  const { db, clock, random, jobs, logger, config } = core;
  const providerDomain = config.provider.supportAddress.slice(config.provider.supportAddress.indexOf("@") + 1);
  return {
    db,
    clock,
    random,
    logger: logger.with({ component: "billing" }),
    askVat: config.mail.outbound.mode === "sink" ? away : askVies,
    overdue: (tx, overdue) => noteOverdue(tx, overdue, { clock, random }),
    async mailBilling(tx, message) {
      const { language } = await readTenant(tx, tx.tenantId);
      const { subject, text } = words(message, language);
      for (const to of await moneyPeople(tx))
        await sendSystemMail(
          tx,
          { to, subject, text, language, fromName: config.provider.name },
          { clock, random, jobs, providerDomain },
        );
    },
  };
}

async function moneyPeople(tx: TenantTx): Promise<string[]> {
  const { people } = await listPrincipals(tx, { tenantId: tx.tenantId, realm: "user", count: 200 });
  const logins = people
    .filter((person) => person.status === "active" && (person.role === "owner" || person.role === "billing"))
    .map((person) => person.login);
  const named = (await confirmedContacts(tx, tx.tenantId, "billing")).map(({ address }) => address);
  return [...new Set([...logins, ...named])];
}

const euros = (cents: string | undefined, language: "it" | "en") => {
  const amount = decimalOfCents(BigInt(cents ?? "0"));
  return language === "it" ? `${amount.replace(".", ",")} €` : `€${amount}`;
};

/** The mails about money, in both languages (R96). */
export function words({ kind, values }: BillingMessage, language: "it" | "en"): { subject: string; text: string } {
  const total = euros(values["totalCents"], language);
  const { number = "", dueOn = "", step = "", service = "", percent = "" } = values;
  const isItalian = language === "it";
  switch (kind) {
    case "invoice_issued":
      return isItalian
        ? {
            subject: `Fattura ${number}`,
            text: `La fattura ${number} di ${total} è pronta nella console, pagina Fatture.\nScadenza: ${dueOn}.\n`,
          }
        : {
            subject: `Invoice ${number}`,
            text: `Invoice ${number} of ${total} is ready in the console, page Invoices.\nDue: ${dueOn}.\n`,
          };
    case "reminder":
      return isItalian
        ? {
            subject: `Promemoria ${step}: fattura ${number}`,
            text: `Della fattura ${number}, scaduta il ${dueOn}, restano da pagare ${total} per:\n${service}\n\nGli altri servizi non sono toccati. Se avete già pagato, grazie: ignorate questo messaggio.\n`,
          }
        : {
            subject: `Reminder ${step}: invoice ${number}`,
            text: `Of invoice ${number}, due on ${dueOn}, ${total} is still open for:\n${service}\n\nOther services are not concerned. If you have paid already, thank you: ignore this message.\n`,
          };
    case "budget":
      return isItalian
        ? {
            subject: `Costi: raggiunto il ${percent} % del budget`,
            text: `I costi di questo mese sono ${total} (senza IVA): il ${percent} % del vostro budget di ${euros(values["budgetCents"], language)}.\nI dettagli sono nella console, pagina Costi.\n`,
          }
        : {
            subject: `Costs: ${percent} % of the budget reached`,
            text: `This month's costs are ${total} (without VAT): ${percent} % of your budget of ${euros(values["budgetCents"], language)}.\nDetails are in the console, page Costs.\n`,
          };
  }
}
