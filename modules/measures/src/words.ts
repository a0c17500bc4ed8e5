import type { Capability, Product } from "./capabilities.ts";
import type { Level, Nature, Severity } from "./measure-table.ts";

export type Language = "it" | "en";

interface Words {
  readonly subject: (level: string, product: string) => string;
  readonly opening: (provider: string) => string;
  readonly facts: string;
  readonly when: string;
  readonly clause: string;
  readonly authority: (reference: string) => string;
  readonly reckoning: (nature: string, severity: string, recurrence: number) => string;
  readonly measure: string;
  readonly nothingOff: string;
  readonly off: string;
  readonly on: string;
  readonly staysOn: readonly string[];
  readonly from: string;
  readonly until: string;
  readonly untilLifted: string;
  readonly byPerson: string;
  readonly byPersonAfterProgram: string;
  readonly remedies: (url: string, until: string) => string;
  readonly endSubject: (level: string) => string;
  readonly ended: Readonly<Record<"expired" | "lifted" | "overturned", string>>;
  readonly reason: string;
  readonly appealSubject: Readonly<Record<"upheld" | "rejected", string>>;
  readonly appeal: Readonly<Record<"upheld" | "rejected", string>>;
  readonly court: string;
  readonly level: Readonly<Record<Level, string>>;
  readonly product: Readonly<Record<Product, string>>;
  readonly nature: Readonly<Record<Nature, string>>;
  readonly severity: Readonly<Record<Severity, string>>;
  readonly capability: Readonly<Record<Capability, string>>;
}

/** The sentences of mails about measures. */
export const measureWords: Readonly<Record<Language, Words>> = {
  it: {
    subject: (level, product) => `${level}: ${product}`,
    opening: (provider) => `${provider} ha deciso la misura che segue. Qui trovi i motivi e come contestarla.`,
    facts: "Che cosa è successo",
    when: "Quando",
    clause: "Clausola o norma",
    authority: (reference) => `La misura è ordinata da un'autorità: ${reference}.`,
    reckoning: (nature, severity, recurrence) =>
      `Natura: ${nature}. Gravità: ${severity}. Precedenti della stessa natura negli ultimi dodici mesi: ${recurrence}. La misura segue da questi tre dati, uguale per tutti.`,
    measure: "Misura",
    nothingOff: "Nulla viene disattivato: è un richiamo.",
    off: "Che cosa non funziona",
    on: "Che cosa continua a funzionare",
    staysOn: [
      "leggere, ripristinare ed esportare i tuoi dati",
      "ricevere posta",
      "entrare nella console, pagare, chiedere assistenza",
    ],
    from: "Da",
    until: "Fino a",
    untilLifted: "quando la causa è risolta",
    byPerson: "La segnalazione e la decisione sono di una persona; nessuna decisione è stata presa da un programma.",
    byPersonAfterProgram:
      "Un programma ha segnalato il fatto; una persona lo ha verificato e ha deciso. Nessuna decisione è stata presa da un programma.",
    remedies: (url, until) =>
      `Puoi contestare la misura nella console (${url}) fino al ${until}: decide entro quattordici giorni chi non ha preso parte alla misura. Resta aperta la via del giudice.`,
    endSubject: (level) => `Terminata: ${level}`,
    ended: {
      expired:
        "La misura è terminata per decorso del tempo. Funziona di nuovo tutto ciò che nessun'altra misura disattiva.",
      lifted: "La misura è stata revocata. Funziona di nuovo tutto ciò che nessun'altra misura disattiva.",
      overturned: "La misura è stata annullata e non conta come precedente.",
    },
    reason: "Motivo",
    appealSubject: { upheld: "Contestazione accolta", rejected: "Contestazione respinta" },
    appeal: {
      upheld: "La tua contestazione è accolta: la misura è annullata.",
      rejected: "La tua contestazione è respinta: la misura resta.",
    },
    court: "Resta aperta la via del giudice.",
    level: { warning: "Richiamo", restriction: "Restrizione", limitation: "Limitazione", suspension: "Sospensione" },
    product: { backup: "Cloud Backup", mail: "Mail" },
    nature: {
      unsolicited_mail: "posta non richiesta",
      malicious_content: "contenuti dannosi",
      unlawful_at_site: "vietato dalla legge del luogo",
      overload: "uso che danneggia altri",
      nonpayment: "mancato pagamento",
      compromised_account: "account compromesso",
      authority_order: "ordine di un'autorità",
    },
    severity: { minor: "lieve", serious: "seria", grave: "grave" },
    capability: {
      "backup.new": "nuovi spazi e dispositivi",
      "backup.upload": "nuovi backup",
      "backup.manage": "modifiche a spazi, dispositivi e politiche",
      "mail.new": "nuovi domini e account di posta",
      "mail.send": "invio di posta",
      "mail.manage": "modifiche a domini, account e regole di consegna",
      "mail.programs": "programmi di posta (IMAP, POP3, SMTP, JMAP)",
    },
  },
  en: {
    subject: (level, product) => `${level}: ${product}`,
    opening: (provider) => `${provider} has decided the measure below. Here are the reasons, and how to contest it.`,
    facts: "What happened",
    when: "When",
    clause: "Clause or law",
    authority: (reference) => `The measure was ordered by an authority: ${reference}.`,
    reckoning: (nature, severity, recurrence) =>
      `Nature: ${nature}. Severity: ${severity}. Earlier ones of the same nature in the last twelve months: ${recurrence}. The measure follows from these three, the same for everybody.`,
    measure: "Measure",
    nothingOff: "Nothing is switched off: this is a warning.",
    off: "What does not work",
    on: "What goes on working",
    staysOn: ["reading, restoring and exporting your data", "receiving mail", "the console, payments and support"],
    from: "From",
    until: "Until",
    untilLifted: "its cause has ended",
    byPerson: "A person reported and decided this; no program took the decision.",
    byPersonAfterProgram:
      "A program reported the fact; a person looked at it and decided. No program took the decision.",
    remedies: (url, until) =>
      `You can contest the measure in the console (${url}) until ${until}: somebody who had no part in it decides within fourteen days. The courts remain open to you.`,
    endSubject: (level) => `Ended: ${level}`,
    ended: {
      expired: "The measure has run out. What no other measure switches off works again.",
      lifted: "The measure was lifted. What no other measure switches off works again.",
      overturned: "The measure was overturned and does not count as an earlier one.",
    },
    reason: "Reason",
    appealSubject: { upheld: "Objection upheld", rejected: "Objection rejected" },
    appeal: {
      upheld: "Your objection is upheld: the measure is overturned.",
      rejected: "Your objection is rejected: the measure stays.",
    },
    court: "The courts remain open to you.",
    level: { warning: "Warning", restriction: "Restriction", limitation: "Limitation", suspension: "Suspension" },
    product: { backup: "Cloud Backup", mail: "Mail" },
    nature: {
      unsolicited_mail: "unsolicited mail",
      malicious_content: "malicious content",
      unlawful_at_site: "forbidden by the law of the place",
      overload: "use that harms others",
      nonpayment: "nonpayment",
      compromised_account: "compromised account",
      authority_order: "order of an authority",
    },
    severity: { minor: "minor", serious: "serious", grave: "grave" },
    capability: {
      "backup.new": "new spaces and devices",
      "backup.upload": "new backups",
      "backup.manage": "changes to spaces, devices and policies",
      "mail.new": "new domains and mail accounts",
      "mail.send": "sending mail",
      "mail.manage": "changes to domains, accounts and delivery rules",
      "mail.programs": "mail programs (IMAP, POP3, SMTP, JMAP)",
    },
  },
};
