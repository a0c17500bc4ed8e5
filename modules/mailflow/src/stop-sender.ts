import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readMailAccount } from "@casaforte/modules/mailbox";
import { assertCapable, noteViolation } from "@casaforte/modules/measures";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { holdMail, letMailGo } from "./hold-mail.ts";
import { type AlarmServices, tellDesks } from "./rate-alarm.ts";
import type { MailflowServices } from "./services.ts";
import { deleteStop, insertStop, isStopped, type StopReason } from "./store-abuse.ts";

const words = {
  it: {
    subject: (address: string) => `Invio fermato: ${address}`,
    reason: {
      rate: "ha continuato a scrivere a molti più destinatari di quanti sono permessi in un'ora",
      reports: "più destinatari hanno segnalato i suoi messaggi come abuso",
      by_hand: "lo ha deciso un amministratore",
    },
    body: (address: string, why: string) =>
      `L'account ${address} non può più inviare posta: ${why}. Spesso vuol dire che qualcuno ne conosce la password.\n\nCosa fare: cambia la password dell'account, revoca le password per le app, controlla inoltri e regole, poi togli il blocco nella console (Posta, Consegna): la posta che aspettava di partire, anche quella che le regole inoltrano, è trattenuta fino ad allora. La posta in arrivo non è toccata.`,
  },
  en: {
    subject: (address: string) => `Sending stopped: ${address}`,
    reason: {
      rate: "it went on writing to many more recipients than are allowed in an hour",
      reports: "several recipients reported its messages as abuse",
      by_hand: "an administrator decided so",
    },
    body: (address: string, why: string) =>
      `The account ${address} may not send mail any more: ${why}. Often it means that somebody knows its password.\n\nWhat to do: change the account's password, revoke its app passwords, look at forwards and rules, then lift the stop in the console (Mail, Delivery): mail that was waiting to leave, also what rules pass on, is held until then. Incoming mail is not affected.`,
  },
} as const;

/**
 * Stops an account from sending, holds its waiting mail, and tells the provider's abuse desk and the customer's postmaster.
 * Does nothing to an account that is stopped already.
 * @throws not_found `mailbox.account_not_found`.
 */
export async function stopSender(
  tx: TenantTx,
  actor: Actor,
  input: { readonly mailAccountId: MailAccountId; readonly reason: StopReason },
  services: AlarmServices,
): Promise<boolean> {
  const { mailAccountId, reason } = input;
  const account = await readMailAccount(tx, { kind: "system", name: "mailflow" }, { accountId: mailAccountId });
  const stoppedAt = new Date(services.clock.nowMs());
  if (!(await insertStop(tx, { mailAccountId, address: account.address, reason, stoppedAt }))) return false;
  await holdMail(tx, mailAccountId, services);
  await recordAudit(tx, actor, {
    action: "mailflow.sender_stopped",
    object: { kind: "mail_account", id: mailAccountId },
    details: { reason },
  });
  const { language } = await readTenant(tx, tx.tenantId);
  const text = words[language];
  const why = text.reason[reason];
  // A person decides what follows for the customer; the stop itself holds the harm.
  if (reason !== "by_hand")
    await noteViolation(
      tx,
      { kind: "system", name: "mailflow" },
      {
        tenantId: tx.tenantId,
        nature: "unsolicited_mail",
        severity: reason === "reports" ? "serious" : "minor",
        product: "mail",
        occurredAtMs: stoppedAt.getTime(),
        facts: `${account.address}: ${why}`,
        clause: "",
        source: "sender_stop",
        sourceKey: `${mailAccountId}/${stoppedAt.toISOString()}`,
      },
      services,
    );
  const mail = { subject: text.subject(account.address), text: text.body(account.address, why) };
  await tellDesks(tx, account.address, mail, services);
  return true;
}

const domainAlarm = {
  it: {
    subject: (domain: string) => `Molti invii da ${domain}`,
    body: (domain: string) =>
      `Gli account del dominio ${domain} hanno raggiunto insieme il limite di destinatari in un'ora: i messaggi oltre il limite sono rifiutati fino alla prossima ora, di chiunque siano.\n\nSe non ve lo aspettavate, guardate nella console (Posta, Consegna) chi ha inviato: qualcuno forse ne conosce la password.`,
  },
  en: {
    subject: (domain: string) => `Many messages from ${domain}`,
    body: (domain: string) =>
      `The accounts of the domain ${domain} have together reached the limit of recipients in an hour: more is refused until the next hour, whoever sends it.\n\nIf you did not expect this, look in the console (Mail, Delivery) who has sent: somebody may know a password.`,
  },
} as const;

/** Tells the abuse desk and the customer's postmaster that a domain hit its limit. */
export async function sendDomainAlarm(tx: TenantTx, domain: string, services: AlarmServices): Promise<void> {
  const { language } = await readTenant(tx, tx.tenantId);
  const text = domainAlarm[language];
  await tellDesks(tx, `@${domain}`, { subject: text.subject(domain), text: text.body(domain) }, services);
}

/** Lets an account send again, and what was held go. @throws not_found `mailflow.not_stopped`. */
export async function resumeSender(
  tx: TenantTx,
  actor: Actor,
  input: { readonly mailAccountId: MailAccountId },
  services: Pick<MailflowServices, "clock" | "random" | "jobs">,
): Promise<void> {
  const stop = await deleteStop(tx, input.mailAccountId);
  if (stop === null) throw new Failure("not_found", "mailflow.not_stopped", "this account is not stopped");
  await letMailGo(tx, input.mailAccountId, services);
  await recordAudit(tx, actor, {
    action: "mailflow.sender_resumed",
    object: { kind: "mail_account", id: input.mailAccountId },
    details: { reason: stop.reason },
  });
}

/** @throws forbidden `mailflow.sender_stopped`, `measures.send_off`. */
export async function assertMaySend(tx: TenantTx, mailAccountId: MailAccountId): Promise<void> {
  await assertCapable(tx, "mail.send");
  if (await isStopped(tx, mailAccountId))
    throw new Failure(
      "forbidden",
      "mailflow.sender_stopped",
      "sending from this account is stopped; ask your administrator",
    );
}
