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
  notice: Pick<Notice, "kind" | "services" | "siteId" | "titleIt" | "titleEn" | "plannedFrom" | "plannedUntil">,
  update: Pick<NoticeUpdate, "state" | "textIt" | "textEn" | "isReport">,
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

/** The mails that a notice would send as it is written so far, for whoever looks before publishing. */
export function previewMails(
  scope: Pick<Notice, "services" | "siteId">,
  draft: {
    readonly kind: Notice["kind"];
    readonly titleIt: string;
    readonly titleEn: string;
    readonly textIt: string;
    readonly textEn: string;
    readonly planned: { readonly from: string; readonly until: string } | null;
  },
  services: Parameters<typeof noticeMail>[3],
): Record<Language, { readonly subject: string; readonly text: string }> {
  const { kind, titleIt, titleEn, textIt, textEn, planned } = draft;
  const state: NoticeState = kind === "incident" ? "investigating" : "planned";
  const [plannedFrom, plannedUntil] = planned ? [new Date(planned.from), new Date(planned.until)] : [null, null];
  const of = (language: Language) => {
    const notice = { ...scope, kind, titleIt, titleEn, plannedFrom, plannedUntil };
    const { subject, text } = noticeMail(notice, { state, textIt, textEn, isReport: false }, language, services);
    return { subject, text };
  };
  return { it: of("it"), en: of("en") };
}

/** What is said in an open incident that takes more in: all of a site, or one more part of the same service. */
export const wideningTexts = {
  site: {
    textIt: "Ora nessuno dei server di questa sede risponde: l’incidente riguarda tutti gli spazi che vi si trovano.",
    textEn: "None of the servers of this site answers now: the incident concerns every space that lies there.",
  },
  part: {
    textIt: "Ora non risponde anche un’altra parte del servizio: chi riceve, invia o legge la posta può notarlo.",
    textEn: "Another part of the service does not answer now, too: whoever receives, sends or reads mail may notice.",
  },
} as const;

/** What is said when every part answers again. */
export const endingTexts = {
  textIt: "Il servizio risponde di nuovo. Causa e rimedi seguiranno qui.",
  textEn: "The service answers again. Cause and remedies will follow here.",
} as const;

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
