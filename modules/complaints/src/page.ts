import type { ComplaintServices, Language } from "./complaint.ts";
import { complaintLimits } from "./limits.ts";

const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[^\P{Cc}\n\t]/gu, " ");

const words = {
  it: {
    title: "Contatti e segnalazioni",
    other: "English",
    users: "Per chi usa i servizi",
    usersText: "Scrivi in italiano o in inglese: risponde una persona.",
    authorities: "Per le autorità",
    authoritiesText:
      "Punto di contatto unico per le autorità degli Stati membri, la Commissione e il Comitato europeo per i servizi digitali (regolamento (UE) 2022/2065, art. 11). Lingue: italiano e inglese.",
    form: "Segnalare un contenuto illegale",
    formText:
      "Per spam e abusi via posta scrivi invece all’indirizzo abuse@ del nostro dominio. Ricevi subito un numero e, dopo l’esame, la decisione con i motivi.",
    location: "Dove si trova, con esattezza (collegamento, indirizzo, casella)",
    reasons: "Che cos’è e perché è illegale",
    name: "Nome e cognome",
    address: "Indirizzo di posta",
    children: "Riguarda abusi su minori (in questo caso nome e indirizzo sono facoltativi)",
    life: "C’è un pericolo per la vita o la sicurezza di qualcuno",
    lifeHint: "Se il pericolo è immediato chiama il 112.",
    faith: "Dichiaro in buona fede che le informazioni sono esatte e complete",
    send: "Invia la segnalazione",
    noScript: "Per inviare il modulo serve JavaScript. Senza, scrivi a",
  },
  en: {
    title: "Contact and complaints",
    other: "Italiano",
    users: "For users of the services",
    usersText: "Write in Italian or English: a person answers.",
    authorities: "For authorities",
    authoritiesText:
      "Single point of contact for the authorities of Member States, the Commission and the European Board for Digital Services (Regulation (EU) 2022/2065, art. 11). Languages: Italian and English.",
    form: "Report illegal content",
    formText:
      "For spam and abuse by mail write to abuse@ at our domain instead. You get a number at once and, after a person has looked at it, the decision with its reasons.",
    location: "Exactly where it is (link, address, mailbox)",
    reasons: "What it is, and why it is illegal",
    name: "Full name",
    address: "Mail address",
    children: "It is about the abuse of children (then name and address are optional)",
    life: "Somebody’s life or safety is in danger",
    lifeHint: "If the danger is immediate, call 112.",
    faith: "I state in good faith that the information is accurate and complete",
    send: "Send the complaint",
    noScript: "Sending this form needs JavaScript. Without it, write to",
  },
} as const;

/**
 * Contact points and the form, without a session (DSA, art. 11, 12, 16). The sheet is the status page's. The script sends
 * the form: until it runs nothing can be sent, so that no complaint ends up in an address line.
 */
export function contactPage(
  language: Language,
  { providerName, supportAddress }: Pick<ComplaintServices, "providerName" | "supportAddress">,
): string {
  const said = words[language];
  const other = language === "it" ? "en" : "it";
  const mail = `<a href="mailto:${escapeMarkup(supportAddress)}">${escapeMarkup(supportAddress)}</a>`;
  const check = (id: string, text: string, more = "") =>
    `<p><input type="checkbox" id="${id}" name="${id}"${more}> <label for="${id}">${text}</label></p>`;
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${said.title} · ${escapeMarkup(providerName)}</title>
<link rel="stylesheet" href="/status/page.css"><link rel="stylesheet" href="/contact/page.css"><script src="/contact/page.js" defer></script></head>
<body><header><p class="dim">${escapeMarkup(providerName)}</p><h1>${said.title}</h1><a href="/contact?lang=${other}" lang="${other}" hreflang="${other}">${said.other}</a></header><main>
<section><h2>${said.users}</h2><p>${mail}</p><p class="dim">${said.usersText}</p></section>
<section><h2>${said.authorities}</h2><p>${mail}</p><p class="dim">${said.authoritiesText}</p></section>
<section><h2>${said.form}</h2><p class="dim">${said.formText}</p>
<form id="complaint" method="post" data-lang="${language}">
<label for="location">${said.location}</label><input id="location" name="location" required maxlength="${complaintLimits.locationCharsMax}">
<label for="reasons">${said.reasons}</label><textarea id="reasons" name="reasons" rows="8" required maxlength="${complaintLimits.reasonsCharsMax}"></textarea>
<label for="name">${said.name}</label><input id="name" name="name" autocomplete="name" maxlength="200">
<label for="address">${said.address}</label><input id="address" name="address" type="email" autocomplete="email" maxlength="254">
${check("children", said.children)}
${check("life", said.life)}<p class="dim">${said.lifeHint}</p>
${check("faith", said.faith, " required")}
<noscript><p>${said.noScript} ${mail}</p></noscript><button disabled>${said.send}</button><p role="status" id="answer"></p></form></section></main></body></html>`;
}

/** Sends the form and says what came of it. */
export const contactScript = `const said = {
  it: { done: (n) => "Ricevuta: il numero è C" + n + ".", unsigned: "Scrivi nome e indirizzo di posta.", many: "Troppe segnalazioni da questa rete: riprova tra un'ora.", trouble: "Non è riuscito. Riprova tra poco." },
  en: { done: (n) => "Received: the number is C" + n + ".", unsigned: "Write your name and mail address.", many: "Too many complaints from this network: try again in an hour.", trouble: "That did not work. Try again soon." },
};
const form = document.getElementById("complaint");
form.querySelector("button").disabled = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { location, reasons, name, address, children, life, faith } = form.elements;
  const words = said[form.dataset.lang];
  const signed = name.value.trim() !== "" && address.value.trim() !== "";
  const body = { location: location.value, reasons: reasons.value, language: form.dataset.lang, isAboutChildren: children.checked, endangersLife: life.checked, isInGoodFaith: faith.checked, ...(signed ? { name: name.value, address: address.value } : {}) };
  const headers = { "content-type": "application/json" };
  const answer = document.getElementById("answer");
  if (!signed && !children.checked) { answer.textContent = words.unsigned; return; }
  const reply = await fetch("/api/complaints", { method: "POST", headers, body: JSON.stringify(body) }).catch(() => null);
  if (reply?.ok) { answer.textContent = words.done((await reply.json()).number); form.querySelector("button").remove(); }
  else answer.textContent = reply?.status === 429 ? words.many : words.trouble;
});
`;

export const contactStyle = `input[type=checkbox]+label{display:inline}form input:not([type=checkbox]),textarea{display:block;width:100%;margin-bottom:.75rem;font:inherit;padding:.5rem .75rem;border:1px solid var(--dim);border-radius:.375rem;background:var(--ground);color:var(--ink)}form button{margin-top:.5rem}input[type=checkbox]{width:1.25rem;height:1.25rem;vertical-align:-.2rem}`;
