import type { NoticeRoad } from "@casaforte/modules/backup";
import type { LeavingService, ServiceKind } from "@casaforte/modules/departure";
import type { TenantTx } from "@casaforte/platform/db";

type Matter = Parameters<LeavingService["tell"]>[2];

interface Said {
  readonly name: string;
  readonly at: string;
  readonly isAsked: boolean;
}

const texts: Readonly<Record<"it" | "en", Readonly<Record<ServiceKind, (said: Said) => readonly [string, string]>>>> = {
  it: {
    space: ({ name, at, isAsked }) => [
      `Lo spazio «${name}» sarà cancellato il ${at}`,
      `Un amministratore della vostra organizzazione ha chiesto di ${isAsked ? "chiudere" : "cancellare subito"} lo spazio «${name}».\n\nIl ${at} (ora di Roma) si cancella tutto ciò che contiene, e non si può annullare dopo. Fino ad allora lo spazio funziona e si paga come prima, potete scaricarne i backup, e ogni titolare o amministratore può annullare la chiusura nella console, alla voce «I tuoi dati e la fine del contratto».\n\nSe non l’avete chiesta voi, annullatela e cambiate le password.\n`,
    ],
    mail_domain: ({ name, at, isAsked }) => [
      `La posta di ${name} sarà cancellata il ${at}`,
      `Un amministratore della vostra organizzazione ha chiesto di ${isAsked ? "chiudere" : "cancellare subito"} la posta di ${name}.\n\nIl ${at} (ora di Roma) si cancellano tutte le sue caselle con la posta che contengono, e non si può annullare dopo. Chi scrive a un indirizzo ${name} riceverà un rifiuto; la posta che in quel momento aspetta di partire non parte più. Fino ad allora tutto funziona e si paga come prima, potete scaricare la posta, e ogni titolare o amministratore può annullare la chiusura nella console, alla voce «I tuoi dati e la fine del contratto».\n\nSe il dominio continua altrove, cambiate prima i suoi record DNS. Se non avete chiesto voi la chiusura, annullatela e cambiate le password.\n`,
    ],
  },
  en: {
    space: ({ name, at, isAsked }) => [
      `The space “${name}” will be deleted on ${at}`,
      `An administrator of your organisation asked to ${isAsked ? "close" : "delete at once"} the space “${name}”.\n\nOn ${at} (time of Rome) everything in it is deleted, and that cannot be undone afterwards. Until then the space works and is paid as before, you can download its backups, and every owner or administrator can take the closing back in the console, under “Your data and the end of the contract”.\n\nIf it was not you who asked, take it back and change your passwords.\n`,
    ],
    mail_domain: ({ name, at, isAsked }) => [
      `The mail of ${name} will be deleted on ${at}`,
      `An administrator of your organisation asked to ${isAsked ? "close" : "delete at once"} the mail of ${name}.\n\nOn ${at} (time of Rome) all its mailboxes are deleted with the mail in them, and that cannot be undone afterwards. Whoever writes to an address of ${name} will be refused; mail that waits to be sent at that moment is not sent any more. Until then everything works and is paid as before, you can download the mail, and every owner or administrator can take the closing back in the console, under “Your data and the end of the contract”.\n\nIf the domain goes on elsewhere, change its DNS records first. If it was not you who asked, take it back and change your passwords.\n`,
    ],
  },
};

/** The end of a service was asked for, or its deletion before the window ends: every administrator learns it in time. */
export async function tellServiceEnd(
  tx: TenantTx,
  kind: ServiceKind,
  name: string,
  matter: Matter,
  road: NoticeRoad,
): Promise<void> {
  for (const { login, language } of await road.administrators(tx)) {
    const when = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "Europe/Rome" });
    const said = { name, at: when.format(new Date(matter.atMs)), isAsked: matter.kind === "asked" };
    const [subject, text] = texts[language === "it" ? "it" : "en"][kind](said);
    await road.send(tx, { to: login, subject, text, language });
  }
}
