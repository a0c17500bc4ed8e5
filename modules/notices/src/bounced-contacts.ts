import { type Actor, Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler } from "@casaforte/platform/jobs";
import { noticeLimits } from "./limits.ts";
import type { NoticeServices } from "./services.ts";
import { selectTenantsWithContact, updateBounced } from "./store-people.ts";
import type { ContactPurpose, Language } from "./types.ts";

const program: Actor = { kind: "system", name: "notices" };
const bouncedTask = "notices.bounced";

export interface Bounce {
  readonly recipient: string;
  /** What the other side said. */
  readonly reply: string;
}

/** A mail of the service came back for good; told in the transaction that notes it. A job does what follows (R102). */
export async function noteBounce(
  tx: TenantTx,
  { recipient, reply }: Bounce,
  { jobs }: Pick<NoticeServices, "jobs">,
): Promise<void> {
  const words = reply.replace(/\p{Cc}+/gu, " ").slice(0, noticeLimits.bounceReplyMax);
  await jobs.enqueue(tx, bouncedTask, { address: recipient, reply: words });
}

/**
 * Marks the contacts of an address that mail does not reach, and tells owners and administrators at their own addresses.
 * A mail of the provider's own queue may have been for any customer's contact; a customer's, for its own.
 */
export const bouncedHandler = (services: NoticeServices): JobHandler => ({
  task: bouncedTask,
  async run({ address, reply }, { tenantId }) {
    if (typeof address !== "string" || typeof reply !== "string")
      throw new Failure("invalid", "notices.not_found", "the job names no address");
    const { db } = services;
    const isOwn = tenantId !== null && tenantId !== providerTenantId;
    const tenants = isOwn
      ? [tenantId]
      : await db.operator((tx) => selectTenantsWithContact(tx, address), { readOnly: true });
    for (const each of tenants) await markBounced(services, each, { recipient: address, reply });
  },
});

const purposeNames: Readonly<Record<Language, Readonly<Record<ContactPurpose, string>>>> = {
  it: {
    incidents: "disservizi e manutenzioni",
    technical: "questioni tecniche",
    billing: "fatture e pagamenti",
    security: "sicurezza",
    legal: "questioni legali",
  },
  en: {
    incidents: "incidents and maintenance",
    technical: "technical matters",
    billing: "invoices and payments",
    security: "security",
    legal: "legal matters",
  },
};

async function markBounced(services: NoticeServices, tenantId: TenantId, { recipient, reply }: Bounce): Promise<void> {
  const { db, clock, consoleUrl, providerName } = services;
  await db.tenant(tenantId, async (tx) => {
    const at = new Date(clock.nowMs());
    const marked = await updateBounced(tx, { address: recipient, reply, at });
    if (marked.length === 0) return;
    for (const { id, purpose, address } of marked)
      await recordAudit(tx, program, {
        action: "notices.contact_bounced",
        object: { kind: "contact", id },
        details: { purpose, address, reply },
      });
    for (const { address: to, language } of await services.administrators(tx)) {
      if (to.toLowerCase() === recipient.toLowerCase()) continue;
      // Of a purpose that only a later version knows, its code.
      const names: Readonly<Record<string, string>> = purposeNames[language];
      const purposes = marked.map(({ purpose }) => names[purpose] ?? purpose).join(", ");
      const [subject, text] =
        language === "it"
          ? [
              `Un contatto non riceve i nostri messaggi: ${recipient}`,
              `I messaggi per ${recipient} (contatto per: ${purposes}) tornano indietro. La risposta del suo server:\n\n${reply}\n\nNon gli scriviamo più finché non è confermato di nuovo: i messaggi vanno agli altri contatti o, dove non ce n’è, ai titolari. Toglietelo e indicate un altro indirizzo: ${consoleUrl}/notices\n\n${providerName}`,
            ]
          : [
              `A contact does not receive our mail: ${recipient}`,
              `Mail to ${recipient} (contact for: ${purposes}) comes back. Its server said:\n\n${reply}\n\nWe write there no more until it is confirmed again: mail goes to the other contacts, or to the owners where there is none. Remove it and name another address: ${consoleUrl}/notices\n\n${providerName}`,
            ];
      await services.mail(tx, { to, language, subject, text });
    }
  });
}
