import type { Words } from "@casaforte/modules/inspections";

/** One processing activity (GDPR, art. 30), and the tables in which its data lie. */
export interface ProcessingActivity {
  readonly name: Words;
  /** `customer`: as processor, on the customer's behalf (art. 30 (2)); `provider`: as controller (art. 30 (1)). */
  readonly onBehalfOf: "customer" | "provider";
  readonly purpose: Words;
  readonly persons: Words;
  readonly data: Words;
  readonly kept: Words;
  /** Whole names, or beginnings that end in `_`. The longest that fits counts. */
  readonly tables: readonly string[];
}

const people: Words = { it: "Persone del cliente", en: "The customer's people" };
const contract: Words = { it: "Fino alla fine del contratto", en: "Until the end of the contract" };
const tenYears: Words = { it: "Dieci anni (obbligo fiscale)", en: "Ten years (tax law)" };

/** The register of processing (R83). A test holds it against every table of the database. */
export const processingRegister: readonly ProcessingActivity[] = [
  {
    name: { it: "Contratto", en: "Contract" },
    onBehalfOf: "provider",
    purpose: { it: "Concludere ed eseguire il contratto", en: "Making and performing the contract" },
    persons: people,
    data: {
      it: "Dati dell’organizzazione, chi ha accettato che cosa e quando, ordini",
      en: "Data of the organisation, who accepted what and when, orders",
    },
    kept: {
      it: "Fino alla fine del contratto; ordini e accettazioni dieci anni",
      en: "Until the end of the contract; orders and acceptances ten years",
    },
    tables: ["tenancy_", "catalogue_acceptances", "orders_", "approvals_", "processors_"],
  },
  {
    name: { it: "Accesso e sicurezza", en: "Access and security" },
    onBehalfOf: "provider",
    purpose: { it: "Far entrare chi deve e nessun altro", en: "Letting in who should come in, and nobody else" },
    persons: {
      it: "Persone del cliente, revisori, titolari di caselle",
      en: "The customer's people, auditors, holders of mailboxes",
    },
    data: {
      it: "Nome, indirizzo, ruolo, sessioni, fattori di accesso, indirizzi IP",
      en: "Name, address, role, sessions, factors of sign-in, IP addresses",
    },
    kept: contract,
    tables: ["identity_", "idempotency_"],
  },
  {
    name: { it: "Backup", en: "Backup" },
    onBehalfOf: "customer",
    purpose: {
      it: "Conservare copie di sicurezza cifrate dal cliente",
      en: "Keeping backups that the customer encrypted",
    },
    persons: { it: "Chiunque compaia nei dati del cliente", en: "Anybody in the customer's data" },
    data: {
      it: "Contenuto cifrato che non possiamo leggere; nomi di dispositivi, orari, dimensioni",
      en: "Encrypted content that we cannot read; names of devices, times, sizes",
    },
    kept: { it: "Secondo le regole scelte dal cliente", en: "By the rules that the customer chose" },
    tables: [
      "reconciliation_",
      "spaces_",
      "devices_",
      "policies_",
      "backup_",
      "placement_allocations",
      "placement_placements",
    ],
  },
  {
    name: { it: "Posta", en: "Mail" },
    onBehalfOf: "customer",
    purpose: { it: "Ricevere, conservare e inviare la posta", en: "Receiving, keeping and sending mail" },
    persons: { it: "Titolari delle caselle e chi scrive loro", en: "Holders of mailboxes and who writes to them" },
    data: {
      it: "Messaggi, indirizzi, filtri, consegne con data e indirizzo IP",
      en: "Messages, addresses, filters, deliveries with time and IP address",
    },
    kept: {
      it: "I messaggi fino alla cancellazione; le consegne sessanta giorni",
      en: "Messages until deleted; deliveries sixty days",
    },
    tables: ["domains_", "certificates_", "mailbox_", "mailflow_", "sieve_", "transfers_"],
  },
  {
    name: { it: "Consumi e fatture", en: "Usage and invoices" },
    onBehalfOf: "provider",
    purpose: { it: "Fatturare e incassare", en: "Billing and collecting" },
    persons: people,
    data: { it: "Dati di fatturazione, consumi, pagamenti", en: "Billing data, usage, payments" },
    kept: tenYears,
    tables: ["metering_", "billing_"],
  },
  {
    name: { it: "Assistenza", en: "Support" },
    onBehalfOf: "provider",
    purpose: { it: "Rispondere alle richieste", en: "Answering requests" },
    persons: { it: "Chi scrive all’assistenza", en: "Who writes to support" },
    data: { it: "Indirizzo, testo e allegati delle richieste", en: "Address, text and attachments of requests" },
    kept: contract,
    tables: ["tickets_", "grants_"],
  },
  {
    name: { it: "Note sui clienti", en: "Notes about customers" },
    onBehalfOf: "provider",
    purpose: {
      it: "Ricordare tra operatori ciò che serve al servizio",
      en: "Remembering, among operators, what service needs",
    },
    persons: {
      it: "Le persone del cliente che la nota nomina, e l’operatore che la scrive",
      en: "The customer's people whom a note names, and the operator who writes it",
    },
    data: { it: "Testo libero, autore, ora", en: "Free text, author, time" },
    kept: {
      it: "Finché l’autore la elimina, al più fino alla fine del contratto",
      en: "Until its author deletes it, at most until the end of the contract",
    },
    tables: ["tenancy_notes"],
  },
  {
    name: { it: "Avvisi", en: "Notices" },
    onBehalfOf: "provider",
    purpose: { it: "Informare di incidenti e manutenzioni", en: "Telling of incidents and maintenance" },
    persons: {
      it: "Referenti del cliente e iscritti alla pagina di stato",
      en: "The customer's contacts and subscribers of the status page",
    },
    data: { it: "Indirizzo, che cosa fu inviato e quando", en: "Address, what was sent and when" },
    kept: contract,
    tables: ["notices_"],
  },
  {
    name: { it: "Provvedimenti e abusi", en: "Measures and abuse" },
    onBehalfOf: "provider",
    purpose: { it: "Far rispettare il contratto e la legge", en: "Upholding the contract and the law" },
    persons: people,
    data: { it: "Fatti, provvedimento, motivazione, contestazioni", en: "Facts, measure, reasons, objections" },
    kept: contract,
    tables: ["complaints_", "measures_", "mailflow_abuse_cases"],
  },
  {
    name: { it: "Registro delle azioni", en: "Audit log" },
    onBehalfOf: "provider",
    purpose: { it: "Dimostrare chi ha fatto che cosa", en: "Proving who did what" },
    persons: { it: "Persone del cliente e operatori", en: "The customer's people and operators" },
    data: { it: "Identificativo, azione, ora, indirizzo IP", en: "Identifier, act, time, IP address" },
    kept: contract,
    tables: ["audit_"],
  },
  {
    name: { it: "Richieste delle autorità", en: "Requests of authorities" },
    onBehalfOf: "provider",
    purpose: { it: "Adempiere a un obbligo di legge", en: "Complying with a legal obligation" },
    persons: { it: "Le persone che la richiesta nomina", en: "Those whom the request names" },
    data: { it: "L’atto, il suo ambito, che cosa fu consegnato", en: "The act, its scope, what was handed out" },
    kept: { it: "Finché la legge lo chiede", en: "As long as the law demands" },
    tables: ["compliance_"],
  },
  {
    name: { it: "Fine del contratto", en: "End of the contract" },
    onBehalfOf: "customer",
    purpose: { it: "Restituire e cancellare i dati", en: "Handing back and deleting data" },
    persons: people,
    data: {
      it: "Chi chiese che cosa, archivi in attesa, certificato",
      en: "Who asked for what, archives that wait, certificate",
    },
    kept: { it: "Il certificato resta", en: "The certificate stays" },
    tables: ["departure_"],
  },
  {
    name: { it: "Webhook", en: "Webhooks" },
    onBehalfOf: "customer",
    purpose: { it: "Avvisare i programmi del cliente", en: "Telling the customer's programs" },
    persons: { it: "Chi ha creato un webhook", en: "Who made a webhook" },
    data: {
      it: "Indirizzo del programma; che cosa accadde a quale oggetto, senza contenuto; esito degli invii",
      en: "Address of the program; what happened to which object, without content; how sending went",
    },
    kept: {
      it: "Gli invii trenta giorni, il resto fino alla fine del contratto",
      en: "What was sent thirty days, the rest until the end of the contract",
    },
    tables: ["webhooks_"],
  },
  {
    name: { it: "Audit dei clienti", en: "Customers' audits" },
    onBehalfOf: "provider",
    purpose: { it: "Mostrare come manteniamo le promesse", en: "Showing how we keep our promises" },
    persons: { it: "Revisori", en: "Auditors" },
    data: { it: "Nome, indirizzo, società", en: "Name, address, firm" },
    kept: contract,
    tables: ["inspections_"],
  },
];

/** Tables that hold nothing about anybody: what is sold, where machines stand, the program's own clockwork. */
export const impersonalTables: readonly string[] = [
  "catalogue_",
  "placement_",
  "spaces_sites",
  "backup_clock",
  "billing_settings",
  "billing_numbers",
  "compliance_retention",
  "departure_retention",
  "processors_changes",
  "processors_subprocessors",
  "jobs_schedules",
  "mailflow_domain_rates",
  "mailflow_own_listings",
  "mailflow_report_days",
  "mailflow_sts_policies",
  "schema_migrations",
  // Ids of what is to be done; who it is about stands in the table that the job reads.
  "jobs_jobs",
];

/** Where a table belongs; null for one that nobody has thought about. */
export function activityOf(table: string): ProcessingActivity | "impersonal" | null {
  const fits = (pattern: string) => (pattern.endsWith("_") ? table.startsWith(pattern) : table === pattern);
  const found = [
    ...processingRegister.flatMap((activity) => activity.tables.map((pattern) => ({ pattern, activity }))),
    ...impersonalTables.map((pattern) => ({ pattern, activity: "impersonal" as const })),
  ]
    .filter(({ pattern }) => fits(pattern))
    .sort((a, b) => b.pattern.length - a.pattern.length);
  return found[0]?.activity ?? null;
}
