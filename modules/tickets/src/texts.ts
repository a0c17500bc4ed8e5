import type { Language } from "./types.ts";

export type TicketMail = "opened" | "replied" | "asked" | "reminder" | "gave_up" | "solved" | "cause" | "merged";

type Text = readonly [subject: string, body: string];

/** `{name}` is replaced by a value. The number stands in the subject and in the text (R18). */
const templates: Readonly<Record<TicketMail, Readonly<Record<Language, Text>>>> = {
  opened: {
    it: [
      "{subject}",
      "Abbiamo ricevuto la tua richiesta: è il ticket numero {number}.\n\nUna persona la legge entro {due}. Per aggiungere qualcosa rispondi a questo messaggio, senza cambiare destinatario, oppure apri {link}.\n\n--- La tua richiesta ---\n{text}",
    ],
    en: [
      "{subject}",
      "We received your request: it is ticket number {number}.\n\nA person reads it by {due}. To add something, answer this message without changing the recipient, or open {link}.\n\n--- Your request ---\n{text}",
    ],
  },
  replied: {
    it: ["{subject}", "{text}\n\n--\nTicket {number} · per rispondere basta rispondere a questo messaggio, o {link}"],
    en: ["{subject}", "{text}\n\n--\nTicket {number} · to answer, just answer this message, or {link}"],
  },
  asked: {
    it: [
      "{subject}",
      "{text}\n\n--\nTicket {number} · aspettiamo una tua risposta per andare avanti: rispondi a questo messaggio, o {link}",
    ],
    en: [
      "{subject}",
      "{text}\n\n--\nTicket {number} · we wait for your answer to go on: answer this message, or {link}",
    ],
  },
  reminder: {
    it: [
      "{subject}",
      "Per il ticket {number} aspettiamo ancora una tua risposta. Senza, il {until} lo consideriamo risolto; si riapre rispondendo.\n\n{link}",
    ],
    en: [
      "{subject}",
      "For ticket {number} we still wait for your answer. Without it we count it as solved on {until}; an answer opens it again.\n\n{link}",
    ],
  },
  gave_up: {
    it: [
      "{subject}",
      "Non avendo avuto risposta, consideriamo risolto il ticket {number}. Se il problema c’è ancora, rispondi a questo messaggio entro 14 giorni: si riapre da solo.\n\n{link}",
    ],
    en: [
      "{subject}",
      "Without an answer we count ticket {number} as solved. If the problem is still there, answer this message within 14 days: it opens again by itself.\n\n{link}",
    ],
  },
  solved: {
    it: [
      "{subject}",
      "Il ticket {number} è risolto. Se non è così, rispondi a questo messaggio entro 14 giorni: si riapre da solo.\n\n{link}",
    ],
    en: [
      "{subject}",
      "Ticket {number} is solved. If it is not, answer this message within 14 days: it opens again by itself.\n\n{link}",
    ],
  },
  cause: {
    it: [
      "{subject}",
      "Per il ticket {number} la causa accertata è un uso non conforme del servizio. Motivo:\n\n{text}\n\nSe non sei d’accordo, rispondi a questo messaggio: lo riesamina un’altra persona.\n\n{link}",
    ],
    en: [
      "{subject}",
      "For ticket {number} the cause was found to be improper use of the service. Reason:\n\n{text}\n\nIf you disagree, answer this message: another person looks at it again.\n\n{link}",
    ],
  },
  merged: {
    it: [
      "{subject}",
      "I ticket {merged} e {number} riguardano la stessa cosa: da ora sono uno solo, il numero {number}. Ciò che è stato scritto in entrambi si legge lì, in ordine di tempo.\n\nVale ancora rispondere ai messaggi dell’uno o dell’altro: arriva nello stesso posto.\n\n{link}",
    ],
    en: [
      "{subject}",
      "Tickets {merged} and {number} are about the same thing: from now on they are one, number {number}. What was written in both is read there, in order of time.\n\nYou may still answer the messages of either: it arrives in the same place.\n\n{link}",
    ],
  },
};

/** Subject and plain text of a mail about a ticket, in one language. */
export function ticketText(
  mail: TicketMail,
  language: Language,
  values: Readonly<Record<string, string>>,
): { readonly subject: string; readonly text: string } {
  const [subject, body] = templates[mail][language];
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? "");
  return { subject: fill(subject).replace(/\p{Cc}+/gu, " "), text: `${fill(body)}\n` };
}
