import { backupLimits } from "@casaforte/modules/backup";
import { complaintLimits } from "@casaforte/modules/complaints";
import type { RetentionClass } from "@casaforte/modules/compliance";
import { devicesLimits } from "@casaforte/modules/devices";
import { idempotencyLimits } from "@casaforte/modules/idempotency";
import { identityLimits } from "@casaforte/modules/identity";
import type { Words } from "@casaforte/modules/inspections";
import { mailboxLimits } from "@casaforte/modules/mailbox";
import { mailflowLimits } from "@casaforte/modules/mailflow";
import { noticeLimits } from "@casaforte/modules/notices";
import { filingLimits } from "@casaforte/modules/sieve";
import { webhooksLimits } from "@casaforte/modules/webhooks";
import { ageing } from "./ageing-class.ts";
import { certificateOrders } from "./certificate-orders.ts";
import { unfinishedSignUps } from "./unfinished-sign-ups.ts";

export { retentionGraceMs } from "./ageing-class.ts";

const dayMs = 86_400_000;
const complaintYears = Math.round(complaintLimits.keptMs / (365 * dayMs));

const security: Words = {
  it: "Sicurezza: vale solo finché serve per entrare",
  en: "Security: it counts only while it opens a door",
};
const tracing: Words = {
  it: "Rispondere a «dov’è finito il mio messaggio»",
  en: "Answering “where did my message go”",
};
const contract: Words = {
  it: "Fino alla fine del contratto, poi cancellato con tutto il resto",
  en: "Until the end of the contract, then deleted with everything else",
};

/** What ends by age, with the columns that tell it. */
export const ageingClasses = [
  ageing(
    "sessions",
    { what: { it: "Sessioni, programmi, inviti e link", en: "Sessions, programs, invitations, links" }, why: security },
    {
      keptMs: 0,
      job: "identity.sweep",
      rows: [
        ...["identity_sessions", "identity_tokens"].map((table) => ({ table, column: "expires_at" })),
        { table: "identity_programs", column: "ends_at" },
      ],
    },
  ),
  ageing(
    "device_tokens",
    {
      what: { it: "Codici di collegamento e di ripristino", en: "Codes to connect devices and restore" },
      why: security,
    },
    {
      keptMs: devicesLimits.tokensKeptMs,
      job: "devices.sweep",
      rows: [{ table: "devices_restore_tokens", column: "expires_at" }],
    },
  ),
  ageing(
    "device_reports",
    {
      what: { it: "Resoconti dei backup eseguiti", en: "Reports of backups that ran" },
      why: {
        it: "Mostrare un anno di esiti e spiegare i consumi",
        en: "Showing a year of results and explaining usage",
      },
    },
    {
      keptMs: devicesLimits.reportsKeptMs,
      job: "devices.sweep",
      rows: [{ table: "devices_reports", column: "received_at" }],
    },
  ),
  ageing(
    "backup_bin",
    {
      what: { it: "Punti di ripristino cancellati", en: "Deleted restore points" },
      why: { it: "Rimediare a una cancellazione per errore", en: "Undoing a deletion by mistake" },
    },
    {
      keptMs: backupLimits.binMs,
      job: "backup.collect",
      rows: [{ table: "backup_files", column: "deleted_at", state: "deleted" }],
    },
  ),
  ageing(
    "deleted_mailboxes",
    {
      what: { it: "Caselle cancellate", en: "Deleted mailboxes" },
      why: { it: "Rimediare a una cancellazione per errore", en: "Undoing a deletion by mistake" },
    },
    {
      keptMs: mailboxLimits.deletedAccountDays * dayMs,
      job: "mailbox.collect",
      rows: [{ table: "mailbox_accounts", column: "deleted_at", state: "deleted" }],
    },
  ),
  ageing(
    "mail_events",
    { what: { it: "Tracce delle consegne", en: "Traces of deliveries" }, why: tracing },
    {
      keptMs: mailflowLimits.eventsKeptMs,
      job: "mailflow.sweep",
      rows: [{ table: "mailflow_events", column: "at" }],
    },
  ),
  ageing(
    "deliveries",
    { what: { it: "Consegne concluse", en: "Finished deliveries" }, why: tracing },
    {
      keptMs: mailflowLimits.finishedKeptMs,
      job: "mailflow.sweep",
      rows: [
        { table: "mailflow_deliveries", column: "done_at", state: "done" },
        { table: "mailflow_rates", column: "hour" },
      ],
    },
  ),
  ageing(
    "quarantine",
    {
      what: { it: "Messaggi in quarantena", en: "Messages in quarantine" },
      why: { it: "Riprendere un messaggio trattenuto per errore", en: "Taking back a message held by mistake" },
    },
    {
      keptMs: mailflowLimits.quarantineKeptMs,
      job: "mailflow.sweep",
      rows: [{ table: "mailflow_quarantine", column: "held_at", state: "held" }],
    },
  ),
  ageing(
    "greylist",
    {
      what: { it: "Mittenti alla prima prova", en: "Senders at their first try" },
      why: {
        it: "Riconoscere chi riprova, come fanno i server veri",
        en: "Knowing who tries again, as real servers do",
      },
    },
    {
      keptMs: mailflowLimits.greylistPassedKeptMs,
      job: "mailflow.sweep",
      rows: [{ table: "mailflow_greylist", column: "seen_at" }],
    },
  ),
  ageing(
    "lessons",
    {
      what: { it: "Messaggi da cui il filtro ha imparato", en: "Messages the filter has learnt from" },
      why: { it: "Non imparare due volte dallo stesso messaggio", en: "Not learning twice from one message" },
    },
    {
      keptMs: mailflowLimits.learnedKeptMs,
      job: "mailflow.sweep",
      rows: [{ table: "mailflow_bayes_learned", column: "learned_at" }],
    },
  ),
  ageing(
    "domain_reports",
    {
      what: { it: "Rapporti DMARC e TLS", en: "DMARC and TLS reports" },
      why: { it: "Vedere un anno di chi scrive a nome del dominio", en: "A year of who writes in the domain's name" },
    },
    {
      keptMs: mailflowLimits.reportsKeptMs,
      job: "mailflow.sweep",
      rows: [{ table: "mailflow_domain_reports", column: "received_at" }],
    },
  ),
  ageing(
    "report_counts",
    {
      what: { it: "Conteggi per i rapporti ad altri domini", en: "Counts for reports to other domains" },
      why: {
        it: "Dire una volta al giorno a un dominio come va la sua posta",
        en: "Telling a domain once a day how its mail fares",
      },
    },
    {
      keptMs: mailflowLimits.reportCountsKeptMs,
      job: "mailflow.sweep",
      rows: [
        { table: "mailflow_report_counts", column: "counted_at" },
        { table: "mailflow_report_days", column: "first_at" },
      ],
    },
  ),
  certificateOrders,
  ageing(
    "automatic_replies",
    {
      what: { it: "Chi ha ricevuto una risposta automatica", en: "Who got an automatic reply" },
      why: { it: "Rispondere una volta sola", en: "Replying once only" },
    },
    {
      keptMs: filingLimits.repliesKeptDays * dayMs,
      job: "sieve.sweep",
      rows: [{ table: "sieve_replies", column: "replied_at" }],
    },
  ),
  ageing(
    "export_archives",
    {
      what: { it: "Archivi di esportazione", en: "Export archives" },
      why: { it: "Scaricarli; si possono rifare", en: "Downloading them; they can be made again" },
    },
    {
      keptMs: 0,
      job: "departure.clock",
      rows: [{ table: "departure_exports", column: "expires_at", state: "ready" }],
    },
  ),
  ageing(
    "unconfirmed_subscribers",
    {
      what: { it: "Iscrizioni agli avvisi mai confermate", en: "Subscriptions to notices never confirmed" },
      why: { it: "Attendere la conferma", en: "Waiting for the confirmation" },
    },
    {
      keptMs: noticeLimits.unconfirmedKeptMs,
      job: "notices.sweep",
      rows: [{ table: "notices_subscribers", column: "asked_at", empty: "confirmed_at" }],
    },
  ),
  ageing(
    "repeated_requests",
    {
      what: { it: "Risposte a richieste dei programmi", en: "Answers to programs’ requests" },
      why: { it: "Non fare due volte ciò che si chiede due volte", en: "Not doing twice what is asked twice" },
    },
    {
      keptMs: idempotencyLimits.keptMs,
      job: "idempotency.sweep",
      rows: [{ table: "idempotency_answers", column: "created_at" }],
    },
  ),
  ageing(
    "api_tokens",
    {
      what: { it: "Chiavi scadute per i programmi", en: "Expired tokens for programs" },
      why: { it: "Capire quale programma non entra più", en: "Knowing which program does not get in any more" },
    },
    {
      keptMs: identityLimits.apiTokenKeptMs,
      job: "identity.sweep",
      rows: [{ table: "identity_api_tokens", column: "expires_at" }],
    },
  ),
  ageing(
    "webhook_deliveries",
    {
      what: {
        it: "Che cosa fu inviato ai webhook e con quale esito; ciò che attende resta",
        en: "What was sent to webhooks and how it went; what still waits stays",
      },
      why: { it: "Capire che cosa un programma non ha ricevuto", en: "Knowing what a program has not received" },
    },
    {
      keptMs: webhooksLimits.deliveriesKeptMs,
      job: "webhooks.sweep",
      rows: ["delivered", "failed"].map((state) => ({ table: "webhooks_deliveries", column: "created_at", state })),
    },
  ),
  ageing(
    "mailbox_archives",
    {
      what: { it: "Archivi di una casella", en: "Archives of a mailbox" },
      why: { it: "Scaricarli; si possono rifare", en: "Downloading them; they can be made again" },
    },
    {
      keptMs: 0,
      job: "transfers.sweep",
      rows: [{ table: "transfers_takeouts", column: "expires_at", state: "ready" }],
    },
  ),
] as const;

/** The whole schedule: one class of data, one reason, one job (R104). */
export const retentionSchedule: readonly RetentionClass[] = [
  ...ageingClasses,
  unfinishedSignUps,
  {
    name: "expunged_mail",
    what: { it: "Messaggi cancellati", en: "Deleted messages" },
    why: { it: "Rimediare a una cancellazione per errore", en: "Undoing a deletion by mistake" },
    kept: { it: `${mailboxLimits.recoverDays} giorni`, en: `${mailboxLimits.recoverDays} days` },
    job: "mailbox.collect",
  },
  {
    name: "mail_changes",
    what: {
      it: "Che cosa è stato cancellato e quando, senza contenuto",
      en: "What was deleted and when, without content",
    },
    why: { it: "Dirlo ai programmi di posta che tornano", en: "Telling mail programs that come back" },
    kept: { it: `${mailboxLimits.tombstoneDays} giorni`, en: `${mailboxLimits.tombstoneDays} days` },
    job: "mailbox.prune",
  },
  {
    name: "push_subscriptions",
    what: { it: "Dove avvisare di nuova posta", en: "Where to tell of new mail" },
    why: { it: "Avvisare chi ha la posta chiusa", en: "Telling who has closed the mail" },
    kept: { it: "7 giorni dall’ultimo accesso o avviso", en: "7 days from the last visit or notification" },
    job: "mailbox.push",
  },
  {
    name: "transfers",
    what: { it: "Trasferimenti da un altro server", en: "Transfers from another server" },
    why: {
      it: "Sapere che cosa è arrivato; la password va via alla fine, o con la sosta",
      en: "Knowing what came over; the password goes at the end, or when it stands still",
    },
    kept: { it: "Finché esiste la casella", en: "As long as the mailbox" },
    job: "transfers.sweep",
  },
  {
    name: "complaints",
    what: { it: "Chi ha segnalato un contenuto, e con quali parole", en: "Who reported content, and in what words" },
    why: {
      it: "Rispondere di ciò che si è deciso (art. 2947 c.c.)",
      en: "Answering for what was decided (art. 2947 of the Italian civil code)",
    },
    kept: { it: `${complaintYears} anni dopo la decisione`, en: `${complaintYears} years after the decision` },
    job: "complaints.sweep",
  },
  {
    name: "restore_points",
    what: { it: "Punti di ripristino", en: "Restore points" },
    why: { it: "Sono il servizio", en: "They are the service" },
    kept: { it: "Secondo le regole scelte dal cliente", en: "By the rules that the customer chose" },
    job: "backup.retention",
  },
  {
    name: "auditors",
    what: { it: "Accessi dei revisori", en: "Auditors' access" },
    why: { it: "Vedere le evidenze durante un audit", en: "Seeing the evidence during an audit" },
    kept: { it: "Fino all’ultimo giorno dell’audit", en: "Until the last day of the audit" },
    job: "inspections.clock",
  },
  {
    name: "departed",
    what: { it: "Tutto di chi ha lasciato il servizio", en: "Everything of who has left" },
    why: { it: "Ritirare i propri dati", en: "Taking one's data along" },
    kept: { it: "Fino alla fine della finestra di ritiro", en: "Until the window to take them is over" },
    job: "departure.clock",
  },
  {
    name: "invoices",
    what: { it: "Fatture, consumi e pagamenti", en: "Invoices, usage and payments" },
    why: { it: "Obbligo fiscale (art. 2220 c.c.)", en: "Tax law (art. 2220 of the Italian civil code)" },
    kept: { it: "Dieci anni, anche dopo la fine del contratto", en: "Ten years, also after the end of the contract" },
    job: null,
  },
  {
    name: "messages",
    what: { it: "Posta conservata nelle caselle", en: "Mail kept in mailboxes" },
    why: { it: "È il servizio", en: "It is the service" },
    kept: contract,
    job: null,
  },
  {
    name: "support",
    what: { it: "Richieste di assistenza", en: "Requests to support" },
    why: { it: "Ricostruire che cosa si disse", en: "Knowing what was said" },
    kept: contract,
    job: null,
  },
  {
    name: "customer_notes",
    what: { it: "Note degli operatori su un cliente", en: "Notes of operators about a customer" },
    why: { it: "Sapere che cosa fu concordato con chi", en: "Knowing what was agreed with whom" },
    ...{ kept: contract, job: null },
  },
  {
    name: "data_protection",
    what: { it: "Opposizioni e istruzioni sul trattamento", en: "Objections and instructions on processing" },
    why: { it: "Dimostrare che cosa fu chiesto e fatto", en: "Showing what was asked and done" },
    kept: contract,
    job: null,
  },
  {
    name: "drifts",
    what: {
      it: "Differenze tra ordinato e attivo, anche risolte",
      en: "Differences between ordered and active, settled ones too",
    },
    why: { it: "Spiegare che cosa mancò e quando tornò", en: "Explaining what was missing and when it came back" },
    kept: contract,
    job: null,
  },
  {
    name: "log",
    what: { it: "Registro delle azioni", en: "Audit log" },
    why: { it: "Dimostrare chi fece che cosa", en: "Showing who did what" },
    ...{ kept: contract, job: null },
  },
];
