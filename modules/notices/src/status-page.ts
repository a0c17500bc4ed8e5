import { formatRomeTime } from "@casaforte/kernel";
import { type Availability, percentOf } from "./availability.ts";
import { noticeLimits } from "./limits.ts";
import type { LinkKind } from "./links.ts";
import { serviceNames, stateNames } from "./notice-mail.ts";
import { everything, partName } from "./part-name.ts";
import type { NoticeServices } from "./services.ts";
import type { NoticeWithUpdates, PartState, Status, StatusPart } from "./status.ts";
import type { Language, SubscribedPart } from "./types.ts";

const words = {
  it: {
    title: "Stato dei servizi",
    well: "Tutti i servizi funzionano",
    unwell: "Alcuni servizi hanno problemi",
    unknown: "In questo momento lo stato non si può leggere",
    old: "Dati non aggiornati: l'ultima lettura riuscita è di questo momento",
    at: "Aggiornato",
    now: "Adesso",
    open: "In corso",
    planned: "Manutenzioni programmate",
    past: "Ultimi 90 giorni",
    none: "Nessun avviso.",
    state: { working: "funziona", maintenance: "manutenzione", degraded: "problemi", down: "non funziona" },
    history: (bad: number) => (bad === 0 ? "90 giorni senza problemi" : `${bad} giorni con avvisi negli ultimi 90`),
    measured: (percent: string, days: number) =>
      `Misurato ${days <= 1 ? "nell'ultimo giorno" : `negli ultimi ${days} giorni`}: disponibile per il ${percent} % del tempo`,
    interrupted: (time: string) => `interrotto per ${time}`,
    how: "Le misure guardano al passato: contano le interruzioni gravi e medie dall'inizio alla fine, non le manutenzioni programmate né i problemi minori. Non dicono quello che sarà.",
    report: "cause e rimedi",
    subscribe: "Ricevi gli avvisi per posta",
    address: "Indirizzo di posta",
    about: "Di che cosa",
    send: "Iscriviti",
    feeds: "Altri modi di seguire",
    calendar: "calendario delle manutenzioni",
    other: "English",
    from: "Dal",
    until: "al",
  },
  en: {
    title: "Service status",
    well: "All services are working",
    unwell: "Some services have problems",
    unknown: "The status cannot be read at the moment",
    old: "Not up to date: the last reading that succeeded is from this moment",
    at: "Updated",
    now: "Now",
    open: "Open",
    planned: "Planned maintenance",
    past: "Last 90 days",
    none: "No notices.",
    state: { working: "working", maintenance: "maintenance", degraded: "problems", down: "down" },
    history: (bad: number) => (bad === 0 ? "90 days without problems" : `${bad} of the last 90 days had notices`),
    measured: (percent: string, days: number) =>
      `Measured in the last ${days <= 1 ? "day" : `${days} days`}: available ${percent}% of the time`,
    interrupted: (time: string) => `interrupted for ${time}`,
    how: "These measurements look back: they count major and critical incidents from beginning to end, neither planned maintenance nor minor problems. They do not say what will be.",
    report: "cause and remedies",
    subscribe: "Get notices by mail",
    address: "Mail address",
    about: "About",
    send: "Subscribe",
    feeds: "Other ways to follow",
    calendar: "calendar of maintenance",
    other: "Italiano",
    from: "From",
    until: "to",
  },
} as const;

const marks: Readonly<Record<PartState, string>> = { working: "✓", maintenance: "⚙", degraded: "!", down: "✕" };

export const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[^\P{Cc}\n\t]/gu, " ");

/** `1 h 5 min`; less than a minute is `< 1 min`. The same in both languages. */
function lengthOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes === 0) return "< 1 min";
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter((part) => part !== "").join(" ");
}

function measuredLine(availability: Availability, language: Language): string {
  const said = words[language];
  const percent = percentOf(availability).toLocaleString(language, { maximumFractionDigits: 3 });
  const days = Math.max(1, Math.round(availability.watchedMs / noticeLimits.dayMs));
  const { interruptedMs } = availability;
  const line =
    said.measured(percent, days) + (interruptedMs > 0 ? `, ${said.interrupted(lengthOf(interruptedMs))}` : "");
  return `<p class="dim measured">${escapeMarkup(line)}</p>`;
}

const rowName = (part: StatusPart, language: Language): string =>
  serviceNames[language][part.service] + (part.siteName === null ? "" : ` · ${part.siteName}`);

/** Chooses one part to hear of; its value is what the script sends. */
function partChoice(parts: readonly StatusPart[], language: Language): string {
  const said = words[language];
  const options = parts.map(
    (part) =>
      `<option value="${escapeMarkup(JSON.stringify({ service: part.service, siteId: part.siteId }))}">${escapeMarkup(rowName(part, language))}</option>`,
  );
  return `<label for="part">${said.about}</label><select id="part" name="part"><option value="">${everything[language]}</option>${options.join("")}</select>`;
}

function partRow(part: StatusPart, language: Language): string {
  const said = words[language];
  const bad = part.days.filter((day) => day !== "working").length;
  return `<li><div class="row"><strong>${escapeMarkup(rowName(part, language))}</strong><span class="state ${part.state}"><span aria-hidden="true">${marks[part.state]}</span> ${said.state[part.state]}</span></div>
<div class="days" role="img" aria-label="${said.history(bad)}">${part.days.map((day) => `<i class="${day}"></i>`).join("")}</div>
${measuredLine(part.availability, language)}</li>`;
}

function noticeBlock(notice: NoticeWithUpdates, language: Language): string {
  const said = words[language];
  const time = (at: Date) =>
    `<time datetime="${at.toISOString()}">${escapeMarkup(formatRomeTime(at.getTime(), language))}</time>`;
  const title = language === "it" ? notice.titleIt : notice.titleEn;
  const planned =
    notice.plannedFrom && notice.plannedUntil
      ? `<p>${said.from} ${time(notice.plannedFrom)} ${said.until} ${time(notice.plannedUntil)}</p>`
      : "";
  const updates = notice.updates.toReversed().map((update) => {
    const state = update.isReport ? said.report : stateNames[language][update.state];
    return `<li><p><strong>${state}</strong> · ${time(update.at)}</p><p class="text">${escapeMarkup(language === "it" ? update.textIt : update.textEn)}</p></li>`;
  });
  return `<article id="${notice.id}"><h3>${escapeMarkup(title)}</h3><p class="dim">${notice.services.map((service) => serviceNames[language][service]).join(", ")}</p>${planned}<ul class="updates">${updates.join("")}</ul></article>`;
}

const section = (title: string, notices: readonly NoticeWithUpdates[], language: Language, empty: string): string =>
  notices.length === 0 && empty === ""
    ? ""
    : `<section><h2>${title}</h2>${notices.length === 0 ? `<p class="dim">${empty}</p>` : notices.map((notice) => noticeBlock(notice, language)).join("")}</section>`;

function frame(language: Language, provider: string, body: string): string {
  const said = words[language];
  const other = language === "it" ? "en" : "it";
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${said.title} · ${escapeMarkup(provider)}</title>
<link rel="stylesheet" href="/status/page.css"><link rel="alternate" type="application/atom+xml" href="/status.atom?lang=${language}" title="${said.title}"><script src="/status/page.js" defer></script></head>
<body><header><p class="dim">${escapeMarkup(provider)}</p><h1>${said.title}</h1><a href="/status?lang=${other}" lang="${other}" hreflang="${other}">${said.other}</a></header><main>${body}</main></body></html>`;
}

/** The page without a session and without a script that it needs: what works, what does not, what was (R29). */
export function statusPage(
  state: { readonly status: Status | null; readonly isFresh: boolean },
  language: Language,
  services: Pick<NoticeServices, "providerName">,
): string {
  const said = words[language];
  const { status } = state;
  if (status === null)
    return frame(language, services.providerName, `<p class="sum unknown" role="status">${said.unknown}</p>`);
  const isWell = status.parts.every((part) => part.state === "working");
  const live = status.notices.filter(({ closedAt, state: at }) => closedAt === null && at !== "planned");
  const planned = status.notices.filter((notice) => notice.state === "planned");
  const past = status.notices.filter(({ closedAt }) => closedAt !== null);
  const time = formatRomeTime(status.atMs, language);
  return frame(
    language,
    services.providerName,
    `<p class="sum ${isWell ? "working" : "degraded"}" role="status">${isWell ? said.well : said.unwell}</p>
<p class="dim">${state.isFresh ? said.at : said.old}: ${escapeMarkup(time)}</p>
${section(said.open, live, language, "")}
<section><h2>${said.now}</h2><ul class="parts">${status.parts.map((part) => partRow(part, language)).join("")}</ul><p class="dim">${said.how}</p></section>
${section(said.planned, planned, language, "")}
${section(said.past, past, language, said.none)}
<section><h2>${said.subscribe}</h2><form id="subscribe" data-lang="${language}">${partChoice(status.parts, language)}<label for="address">${said.address}</label><div class="row"><input id="address" name="address" type="email" autocomplete="email" required maxlength="254"><button>${said.send}</button></div><p role="status" id="answer"></p></form>
<p class="dim">${said.feeds}: <a href="/status.atom?lang=${language}">Atom</a>, <a href="/status.json">JSON</a>, <a href="/status.ics?lang=${language}">${said.calendar}</a></p></section>`,
  );
}

const linkWords = {
  it: {
    contact: ["Ricevere gli avvisi a questo indirizzo?", "Conferma"],
    subscribe: ["Ricevere gli avvisi sullo stato dei servizi?", "Conferma"],
    unsubscribe: ["Non ricevere più gli avvisi sullo stato dei servizi?", "Cancella l'iscrizione"],
    gone: ["Questo collegamento non vale più.", ""],
  },
  en: {
    contact: ["Receive notices at this address?", "Confirm"],
    subscribe: ["Receive notices about the services' status?", "Confirm"],
    unsubscribe: ["Receive no more notices about the services' status?", "Unsubscribe"],
    gone: ["This link is not valid any more.", ""],
  },
} as const;

/** Asks before it does, so that a scanner which opens links confirms nothing. */
export function linkPage(
  { kind, part }: { readonly kind: LinkKind | "gone"; readonly part: SubscribedPart | null },
  language: Language,
  services: Pick<NoticeServices, "providerName" | "sites">,
): string {
  const [question, action] = linkWords[language][kind];
  const about =
    part === null
      ? ""
      : `<p>${words[language].about}: <strong>${escapeMarkup(partName(part, language, services))}</strong></p>`;
  const button =
    action === ""
      ? ""
      : `<form id="follow" data-lang="${language}"><button>${action}</button><p role="status" id="answer"></p></form>`;
  return frame(language, services.providerName, `<h2>${question}</h2>${about}${button}`);
}

/** Sends what the two forms ask; the words of the answers are here because nothing else on the page moves. */
export const pageScript = `const said = {
  it: { asked: "Ti arriva un messaggio: aprilo e conferma. A ogni indirizzo ne mandiamo uno al giorno.", done: "Fatto.", trouble: "Non è riuscito. Riprova tra poco." },
  en: { asked: "A message is on its way: open it and confirm. Each address gets one a day.", done: "Done.", trouble: "That did not work. Try again soon." },
};
for (const form of document.querySelectorAll("form"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = said[form.dataset.lang];
    const isLink = form.id === "follow";
    const lang = form.dataset.lang;
    const part = isLink ? "" : form.elements.part.value;
    const asked = isLink ? {} : { address: form.elements.address.value, language: lang };
    const body = part === "" ? asked : { ...asked, part: JSON.parse(part) };
    const url = isLink ? location.pathname : "/api/status/subscriptions";
    const headers = { "content-type": "application/json" };
    const reply = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
    const answer = form.querySelector("[role=status]");
    answer.textContent = reply?.ok ? (isLink ? words.done : words.asked) : words.trouble;
    if (reply?.ok && isLink) form.querySelector("button").remove();
  });
`;

export const pageStyle = `:root{color-scheme:light dark;--ink:#1a1f24;--dim:#4d5761;--ground:#fff;--line:#d5dae0;--working:#0b6b3a;--maintenance:#1a5fa8;--degraded:#8a4b00;--down:#b3261e;--link:#1a5fa8}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebee;--dim:#a9b3bd;--ground:#15191d;--line:#39424b;--working:#5fd08f;--maintenance:#8ec0ff;--degraded:#ffb958;--down:#ff938a;--link:#8ec0ff}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
header,main{max-width:48rem;margin:0 auto;padding:0 1rem}header{padding-top:2rem}h1{margin:0;font-size:clamp(1.5rem,7vw,2rem);overflow-wrap:anywhere}h2{margin:2rem 0 .75rem;font-size:1.25rem}h3{margin:0;font-size:1.05rem}p{margin:.25rem 0}
a{color:var(--link);overflow-wrap:anywhere}.dim{color:var(--dim)}.sum{font-size:1.25rem;font-weight:600;padding:1rem;border:2px solid;border-radius:.5rem;margin:1.5rem 0 .5rem}
ul{list-style:none;margin:0;padding:0}.parts>li,article{border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin-bottom:.75rem}
.row{display:flex;gap:.75rem;justify-content:space-between;flex-wrap:wrap;align-items:center}.state{font-weight:600;white-space:nowrap}.working{color:var(--working)}.maintenance{color:var(--maintenance)}.degraded{color:var(--degraded)}.down{color:var(--down)}.unknown{color:var(--dim)}
.days{display:flex;gap:1px;height:1.75rem;margin-top:.5rem}.days i{flex:1;background:currentColor;border-radius:1px;min-width:1px}.days i.working{opacity:.55}
.updates>li{border-top:1px solid var(--line);padding-top:.5rem;margin-top:.5rem}.text{white-space:pre-line;overflow-wrap:anywhere}
label{display:block;font-weight:600;margin-top:.5rem}input{flex:1 1 14rem}input,select,button{max-width:100%;font:inherit;padding:.5rem .75rem;border:1px solid var(--dim);border-radius:.375rem;background:var(--ground);color:var(--ink)}button{background:var(--link);color:var(--ground);border-color:var(--link);font-weight:600;cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}`;
