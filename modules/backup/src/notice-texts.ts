import type { DueNotice, NoticeKind } from "./due-notices.ts";

type Text = readonly [subject: string, body: string];

const texts: Readonly<Record<NoticeKind, Readonly<Record<"it" | "en", Text>>>> = {
  run_failed: {
    it: [
      "Backup non riuscito: {name}",
      "Il backup di {name} del {at} non è riuscito. Apri il dispositivo nella console per leggere il motivo.\n\nNon scriveremo più finché un backup non riesce.",
    ],
    en: [
      "Backup failed: {name}",
      "The backup of {name} at {at} failed. Open the device in the console to read why.\n\nWe shall not write again until a backup succeeds.",
    ],
  },
  no_success: {
    it: [
      "Nessun backup da {days} giorni: {name}",
      "{name} non fa un backup riuscito da {days} giorni. Controlla che il dispositivo sia acceso e collegato.",
    ],
    en: [
      "No backup for {days} days: {name}",
      "{name} has had no good backup for {days} days. Check that the device is on and connected.",
    ],
  },
  quota: {
    it: [
      "Spazio pieno al {percent} %: {name}",
      "Lo spazio {name} è pieno al {percent} %. Quando è pieno del tutto i nuovi backup si fermano; ripristinare ed eliminare resta possibile.",
    ],
    en: [
      "Space {percent} % full: {name}",
      "The space {name} is {percent} % full. Once it is entirely full new backups stop; restoring and deleting go on.",
    ],
  },
  alarm: {
    it: [
      "Backup sospetto: {name}",
      "L'ultimo backup di {name} è molto diverso dai precedenti: sono spariti molti file, o quasi tutto è cambiato ({at}). Può essere un attacco. Nessun punto di ripristino di questo dispositivo verrà eliminato finché qualcuno non chiude l'allarme nella console.",
    ],
    en: [
      "Suspicious backup: {name}",
      "The last backup of {name} differs much from those before: many files are gone, or nearly everything has changed ({at}). It may be an attack. No restore point of this device will be deleted until somebody settles the alarm in the console.",
    ],
  },
};

/** Subject and body in a reader's language. Names cannot add lines. */
export function noticeText(
  notice: Pick<DueNotice, "kind" | "values">,
  language: "it" | "en",
): { readonly subject: string; readonly text: string } {
  const [subject, body] = texts[notice.kind][language];
  const values: Readonly<Record<string, string>> = notice.values;
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_whole, name: string) => (values[name] ?? "").replace(/\p{Cc}+/gu, " "));
  return { subject: fill(subject), text: `${fill(body)}\n` };
}
