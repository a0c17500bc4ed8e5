import type { DisabledReason, Endpoint } from "./types.ts";

const reasons = {
  failing: {
    it: "Da tre giorni non risponde, o risponde con un errore.",
    en: "For three days it has not answered, or has answered with an error.",
  },
  gone: {
    it: "Ha risposto che non esiste più (410).",
    en: "It answered that it is gone (410).",
  },
  overflow: {
    it: "Gli eventi in attesa sono diventati troppi.",
    en: "Too many events were waiting for it.",
  },
} as const satisfies Record<DisabledReason, Record<"it" | "en", string>>;

/** What owners and administrators read when an endpoint is told nothing more. */
export function disabledMail(
  { name, url }: Pick<Endpoint, "name" | "url">,
  reason: DisabledReason,
  language: "it" | "en",
  consoleUrl: string,
): { readonly subject: string; readonly text: string } {
  const { host } = new URL(url);
  return language === "it"
    ? {
        subject: `Webhook fermato: ${name}`,
        text: `Non inviamo più eventi al webhook «${name}» (${host}).\n\nPerché: ${reasons[reason].it}\n\nQuando il vostro programma funziona di nuovo, riattivatelo nella console alla pagina Programmi. Gli eventi che erano in attesa partono allora; quelli accaduti nel frattempo non vengono inviati e si leggono con le API.\n\n${consoleUrl}/programs\n`,
      }
    : {
        subject: `Webhook stopped: ${name}`,
        text: `We send no more events to the webhook “${name}” (${host}).\n\nWhy: ${reasons[reason].en}\n\nWhen your program works again, turn it on in the console on the page Programs. Events that were waiting go out then; those that happened meanwhile are not sent and can be read by the API.\n\n${consoleUrl}/programs\n`,
      };
}
