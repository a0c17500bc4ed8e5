import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { readMailAccount } from "@casaforte/modules/mailbox";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import { releaseToken } from "./quarantine-link.ts";
import type { MailflowServices } from "./services.ts";
import { type Quarantined, takeUntold } from "./store-quarantine.ts";
import { sendSystemMail } from "./system-mail.ts";

const words = {
  it: {
    subject: (count: number) => (count === 1 ? "Un messaggio trattenuto" : `${count} messaggi trattenuti`),
    intro: (address: string) => `Questi messaggi per ${address} sembrano indesiderati e sono in quarantena:`,
    open: "Per leggerlo lo stesso, apri",
    end: (days: number) => `Dopo ${days} giorni i messaggi trattenuti vengono cancellati.`,
    noSubject: "(senza oggetto)",
  },
  en: {
    subject: (count: number) => (count === 1 ? "One message held back" : `${count} messages held back`),
    intro: (address: string) => `These messages for ${address} look unwanted and are in quarantine:`,
    open: "To read it anyway, open",
    end: (days: number) => `Held messages are deleted after ${days} days.`,
    noSubject: "(no subject)",
  },
} as const;

/** Tells each account, in one mail, what was held back since the last time, with a link that releases each message. */
export async function sendQuarantineDigests(services: MailflowServices, tenantId: TenantId): Promise<void> {
  await services.db.tenant(tenantId, async (tx) => {
    const untold = await takeUntold(tx, mailflowLimits.quarantineDigestMax);
    if (untold.length === 0) return;
    const { language } = await readTenant(tx, tenantId);
    for (const [account, held] of Map.groupBy(untold, (one) => one.mailAccountId))
      await tell(tx, services, account, held, language);
  });
}

async function tell(
  tx: TenantTx,
  services: MailflowServices,
  accountId: MailAccountId,
  held: readonly Quarantined[],
  language: "it" | "en",
): Promise<void> {
  const account = await readMailAccount(tx, { kind: "system", name: "mailflow" }, { accountId }).catch(() => null);
  if (account === null || account.state === "deleted") return;
  const text = words[language];
  const days = Math.round(mailflowLimits.quarantineKeptMs / 86_400_000);
  const items = held.map((one) =>
    [
      `${one.headerFrom}`,
      `  ${one.subject === "" ? text.noSubject : one.subject}`,
      ...(services.webmailUrl === undefined
        ? []
        : [`  ${text.open} ${services.webmailUrl}/quarantine/${releaseToken(services, one)}`]),
    ].join("\n"),
  );
  const body = [text.intro(account.address), ...items, text.end(days)].join("\n\n");
  await sendSystemMail(tx, { to: account.address, subject: text.subject(held.length), text: body, language }, services);
}
