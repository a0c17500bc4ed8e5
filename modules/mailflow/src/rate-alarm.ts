import type { MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readMailAccount } from "@casaforte/modules/mailbox";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { limitOf } from "./recipients-an-hour.ts";
import { recordEvent } from "./record-event.ts";
import type { MailflowServices } from "./services.ts";
import { sendSystemMail } from "./system-mail.ts";
import type { TraceId } from "./types.ts";

export type AlarmServices = Pick<MailflowServices, "clock" | "random" | "jobs" | "providerDomain">;

/** The message with which the limit was reached. */
export interface RateLimited {
  readonly traceId: TraceId;
  readonly sender: string;
  readonly headerMessageId: string;
}

/** Tells desks, trace and audit log that an account's person, or its rules, reached what may be sent in an hour. */
export async function tellOfRate(
  tx: TenantTx,
  services: Omit<MailflowServices, "mailStore">,
  mailAccountId: MailAccountId,
  about: RateLimited,
  by: "person" | "rules",
): Promise<void> {
  await sendRateAlarm(tx, mailAccountId, by, services);
  await recordEvent(tx, services, "rate_limited", { ...about, recipient: "" }, by === "rules" ? "rules" : "");
  await recordAudit(
    tx,
    { kind: "system", name: "mailflow" },
    {
      action: "mailflow.rate_limited",
      object: { kind: "mail_account", id: mailAccountId },
      details: { recipientsPerHour: limitOf(services), by },
    },
  );
  const { tenantId } = tx;
  tx.afterCommit(() => {
    services.logger.warn("mailflow.rate_alarm", { tenantId, mailAccountId, by });
    services.onRateAlarm?.(tenantId, mailAccountId);
  });
}

const alarm = {
  it: {
    subject: {
      person: (address: string) => `Molti invii da ${address}`,
      rules: (address: string) => `Molti inoltri di ${address}`,
    },
    body: {
      person: (address: string) =>
        `L'account ${address} ha raggiunto il limite di destinatari in un'ora: i messaggi oltre il limite sono rifiutati fino alla prossima ora. Se continua, l'invio viene fermato.\n\nSe non ve lo aspettavate, qualcuno forse ne conosce la password: cambiatela.`,
      rules: (address: string) =>
        `Le regole dell'account ${address} hanno inoltrato a tanti destinatari quanti sono permessi in un'ora: i messaggi oltre il limite non sono inoltrati e restano nell'account, fino alla prossima ora.\n\nSe non ve lo aspettavate, guardatene le regole: qualcuno forse gli scrive molto, o ne conosce la password.`,
    },
  },
  en: {
    subject: {
      person: (address: string) => `Many messages from ${address}`,
      rules: (address: string) => `Many messages passed on by ${address}`,
    },
    body: {
      person: (address: string) =>
        `The account ${address} has reached the limit of recipients in an hour: more is refused until the next hour. If it goes on, sending is stopped.\n\nIf you did not expect this, somebody may know its password: change it.`,
      rules: (address: string) =>
        `The rules of the account ${address} have passed mail on to as many recipients as are allowed in an hour: more is not passed on and stays in the account, until the next hour.\n\nIf you did not expect this, look at its rules: somebody may be writing to it a lot, or know its password.`,
    },
  },
} as const;

/** Tells the abuse desk and the customer's postmaster that an account's person, or its rules, hit the limit. */
async function sendRateAlarm(
  tx: TenantTx,
  mailAccountId: MailAccountId,
  by: "person" | "rules",
  services: AlarmServices,
): Promise<void> {
  const account = await readMailAccount(tx, { kind: "system", name: "mailflow" }, { accountId: mailAccountId });
  const { language } = await readTenant(tx, tx.tenantId);
  const text = alarm[language];
  await tellDesks(
    tx,
    account.address,
    { subject: text.subject[by](account.address), text: text.body[by](account.address) },
    services,
  );
}

/** Mail to the abuse desk and to the postmaster of the address's domain. */
export async function tellDesks(
  tx: TenantTx,
  address: string,
  mail: { readonly subject: string; readonly text: string },
  services: AlarmServices,
): Promise<void> {
  const { language } = await readTenant(tx, tx.tenantId);
  const domain = address.slice(address.lastIndexOf("@") + 1);
  for (const to of new Set([`abuse@${services.providerDomain}`, `postmaster@${domain}`]))
    await sendSystemMail(tx, { to, ...mail, language }, services);
}
