import { formatRomeTime } from "@casaforte/kernel";
import type { NoticeServices } from "./services.ts";
import type { Language, Notice, NoticeService, NoticeState, NoticeUpdate } from "./types.ts";

export const serviceNames: Readonly<Record<Language, Readonly<Record<NoticeService, string>>>> = {
  it: { backup: "Cloud Backup", mail: "Mail", console: "Console" },
  en: { backup: "Cloud Backup", mail: "Mail", console: "Console" },
};
export const stateNames: Readonly<Record<Language, Readonly<Record<NoticeState, string>>>> = {
  it: {
    investigating: "in esame",
    identified: "causa trovata",
    monitoring: "sotto osservazione",
    resolved: "risolto",
    planned: "programmata",
    started: "iniziata",
    ended: "terminata",
    cancelled: "annullata",
  },
  en: {
    investigating: "investigating",
    identified: "cause found",
    monitoring: "monitoring",
    resolved: "resolved",
    planned: "planned",
    started: "started",
    ended: "ended",
    cancelled: "cancelled",
  },
};

const words = {
  it: {
    kind: { incident: "Disservizio", maintenance: "Manutenzione" },
    services: "Servizi",
    site: "Sede",
    from: "Dal",
    until: "al",
    report: "cause e rimedi",
    more: "Lo storico e lo stato attuale",
    unsubscribe: "Per non ricevere più questi messaggi",
  },
  en: {
    kind: { incident: "Incident", maintenance: "Maintenance" },
    services: "Services",
    site: "Site",
    from: "From",
    until: "to",
    report: "cause and remedies",
    more: "History and current state",
    unsubscribe: "To receive these messages no more",
  },
} as const;

/** What a recipient reads of one update. Never names a host or another customer. */
export function noticeMail(
  notice: Notice,
  update: NoticeUpdate,
  language: Language,
  services: Pick<NoticeServices, "sites" | "consoleUrl" | "providerName">,
): { readonly subject: string; readonly text: string; readonly unsubscribe: string } {
  const said = words[language];
  const title = language === "it" ? notice.titleIt : notice.titleEn;
  const state = update.isReport ? said.report : stateNames[language][update.state];
  const site = services.sites.find(({ id }) => id === notice.siteId);
  const time = (at: Date) => formatRomeTime(at.getTime(), language);
  const parts = [
    language === "it" ? update.textIt : update.textEn,
    [
      `${said.services}: ${notice.services.map((service) => serviceNames[language][service]).join(", ")}`,
      ...(site ? [`${said.site}: ${site.name}`] : []),
      ...(notice.plannedFrom && notice.plannedUntil
        ? [`${said.from} ${time(notice.plannedFrom)} ${said.until} ${time(notice.plannedUntil)}`]
        : []),
    ].join("\n"),
    `${said.more}: ${services.consoleUrl}/status`,
    services.providerName,
  ];
  return {
    subject: `${said.kind[notice.kind]} (${state}): ${title}`,
    text: parts.join("\n\n"),
    unsubscribe: said.unsubscribe,
  };
}

/** What the watcher says of a part that does not answer. */
export function automaticTexts(service: NoticeService, site: string | null) {
  const of = (language: Language) => serviceNames[language][service] + (site === null ? "" : ` (${site})`);
  return {
    titleIt: `${of("it")}: il servizio non risponde`,
    titleEn: `${of("en")}: the service does not answer`,
    textIt:
      "I nostri controlli non ricevono risposta da più tempo del solito. I tecnici sono avvisati; scriveremo appena sappiamo di più.",
    textEn:
      "Our checks have had no answer for longer than usual. Our engineers have been called; we shall write as soon as we know more.",
  };
}
