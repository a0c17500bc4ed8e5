import { backupLimits, listCopySums, listScrubs } from "@casaforte/modules/backup";
import { listAcceptances, pendingDocuments } from "@casaforte/modules/catalogue";
import { identityLimits } from "@casaforte/modules/identity";
import { concernOf } from "@casaforte/modules/orders";
import { differences } from "@casaforte/modules/reconciliation";
import { readTenant } from "@casaforte/modules/tenancy";
import { lintThrough } from "@casaforte/platform/db";
import { backupReport } from "../data-planes.ts";
import { checkChain } from "./chain-check.ts";
import { claims, counted } from "./claims.ts";
import type { Control } from "./control.ts";
import { provenByTests, runningReleaseTests } from "./release-tests.ts";
import { testedPromises } from "./tested-promises-table.ts";

const nothingHere = { it: "Non in uso da questo cliente", en: "Not used by this customer" };

const leftovers = claims("R52", nothingHere, nothingHere, ["identity.recovery_codes_only_with_a_factor"]);

/** Promises that the running system itself shows, at the moment of reading, to be kept for a customer. */
const measured: readonly Control[] = [
  claims(
    "R2",
    {
      it: "Ogni spazio è una quota di disco su server veri, con indirizzi IP propri.",
      en: "Each space is a share of disk on real servers, with addresses of its own.",
    },
    {
      it: "Somma delle quote per server, indirizzi assegnati una volta sola",
      en: "Sum of shares per server, addresses given once",
    },
    ["placement.hosts_and_addresses_add_up"],
  ),
  {
    row: "R4",
    promise: {
      it: "Ciò che è stato ordinato è ciò che i server fanno.",
      en: "What was ordered is what the servers do.",
    },
    control: {
      it: "Spazio, velocità, copie, sito e indirizzi di ogni servizio, chiesti a chi li applica",
      en: "Space, rate, copies, site and addresses of each service, asked where they are applied",
    },
    async prove(tx, nowMs) {
      const ordered = await backupReport.desired(tx);
      if (ordered.length === 0) return { state: "idle", found: nothingHere, at: new Date(nowMs) };
      const found = differences(ordered, await backupReport.report(tx)).length;
      return { state: found === 0 ? "kept" : "broken", found: counted(found), at: new Date(nowMs) };
    },
  },
  claims(
    "R5",
    { it: "Lo spazio acquistato è garantito.", en: "The storage bought is guaranteed." },
    { it: "Byte riservati = quota di ogni spazio", en: "Bytes reserved = quota of each space" },
    ["placement.space_has_its_bytes", "spaces.metadata_within_reserve"],
  ),
  {
    row: "R28",
    promise: {
      it: "È noto dove sta ogni copia dei dati, e che è integra.",
      en: "It is known where each copy of the data lies, and that it is whole.",
    },
    control: { it: "Elenco delle copie e ultima verifica di ognuna", en: "List of copies and the last check of each" },
    async prove(tx, nowMs) {
      const sums = await listCopySums(tx, null);
      if (sums.length === 0) return { state: "idle", found: nothingHere, at: new Date(nowMs) };
      const blobs = sums.reduce((sum, each) => sum + each.blobs, 0n);
      const damaged = sums.reduce((sum, each) => sum + each.damagedBlobs, 0n);
      const waiting = sums.reduce((sum, each) => sum + each.waitingBlobs, 0n);
      return {
        state: damaged === 0n ? "kept" : "broken",
        found: {
          it: `${blobs} copie, ${damaged} danneggiate, ${waiting} in attesa`,
          en: `${blobs} copies, ${damaged} damaged, ${waiting} waiting`,
        },
        at: new Date(nowMs),
      };
    },
  },
  {
    row: "R30",
    promise: {
      it: "I file di backup sono conservati integri.",
      en: "Backup files are kept whole.",
    },
    control: {
      it: "Rilettura periodica di ogni parte e confronto con il suo hash",
      en: "Regular reading of every part against its hash",
    },
    async prove(tx, nowMs) {
      const [last] = await listScrubs(tx, 1);
      if (last === undefined) return { state: "idle", found: nothingHere, at: new Date(nowMs) };
      const isRecent = nowMs - last.finishedAt.getTime() <= 2 * backupLimits.scrubEveryMs;
      const isSound = last.damaged === last.mended;
      return {
        state: isRecent && isSound ? "kept" : "broken",
        found: {
          it: `${last.parts} parti rilette, ${last.damaged} danneggiate, ${last.mended} riparate`,
          en: `${last.parts} parts read, ${last.damaged} damaged, ${last.mended} mended`,
        },
        at: last.finishedAt,
      };
    },
  },
  claims(
    "R32",
    { it: "I dati restano nel datacenter scelto.", en: "Data stay in the datacentre chosen." },
    { it: "Sito di ogni spazio = sito dei suoi server", en: "Site of each space = site of its servers" },
    ["placement.space_lies_at_its_site"],
  ),
  claims(
    "R36",
    { it: "I servizi ordinati sono quelli che girano.", en: "The services ordered are those that run." },
    { it: "Servizi ordinati = spazi attivi", en: "Services ordered = active spaces" },
    ["orders.services_match_spaces"],
  ),
  claims(
    "R41",
    {
      it: "I consumi sono spiegabili e nessun istante si paga due volte.",
      en: "Usage can be explained, and no instant is paid for twice.",
    },
    { it: "Registro dei consumi senza sovrapposizioni", en: "Ledger of usage without overlaps" },
    ["metering.no_instant_twice"],
  ),
  claims(
    "R42",
    { it: "I conti delle fatture sono esatti.", en: "Invoices add up exactly." },
    { it: "Righe, IVA e totale di ogni fattura", en: "Lines, VAT and total of each invoice" },
    ["billing.invoices_add_up"],
  ),
  claims(
    "R49",
    { it: "Le fatture sono conservate come furono emesse.", en: "Invoices are kept as they were issued." },
    { it: "Hash di ogni documento archiviato", en: "Hash of each archived document" },
    ["billing.archive_is_whole"],
  ),
  {
    row: "R50",
    promise: {
      it: "I dati di un cliente sono separati da quelli degli altri.",
      en: "A customer's data are kept apart from everybody else's.",
    },
    control: {
      it: "Protezione per riga attiva e forzata su ogni tabella dei clienti, letta dal database",
      en: "Row security on and forced for each table of customers, read from the database",
    },
    async prove(tx, nowMs) {
      const breaches = await lintThrough(tx);
      return {
        state: breaches.length === 0 ? "kept" : "broken",
        found: counted(breaches.length),
        at: new Date(nowMs),
      };
    },
  },
  {
    row: "R52",
    promise: {
      it: "La verifica in due passaggi si può rendere obbligatoria.",
      en: "Two-step verification can be made compulsory.",
    },
    control: {
      it: "Regola del cliente; nessun codice di recupero senza un secondo fattore",
      en: "The customer's rule; no recovery code without a second factor",
    },
    async prove(tx, nowMs) {
      const isCompulsory = (await readTenant(tx, tx.tenantId)).requireTwoFactor;
      const left = await leftovers.prove(tx, nowMs);
      return {
        ...left,
        found: isCompulsory
          ? { it: "Obbligatoria per tutti", en: "Compulsory for everybody" }
          : {
              it: "Disponibile; il cliente non l’ha resa obbligatoria",
              en: "Available; the customer has not made it compulsory",
            },
      };
    },
  },
  {
    row: "R59",
    promise: {
      it: "I tentativi di indovinare una password sono frenati.",
      en: "Attempts to guess a password are slowed down.",
    },
    control: { it: "Impostazioni in vigore del freno", en: "Settings of the brake in force" },
    async prove(_tx, nowMs) {
      const { brakeFreeTries, brakeBaseMs, brakeCapMs } = identityLimits;
      const [from, to] = [brakeBaseMs / 1000, brakeCapMs / 60_000];
      return {
        state: "kept",
        found: {
          it: `Dopo ${brakeFreeTries} tentativi si attende, da ${from} secondi a ${to} minuti`,
          en: `After ${brakeFreeTries} tries there is a wait, of ${from} seconds to ${to} minutes`,
        },
        at: new Date(nowMs),
      };
    },
  },
  claims(
    "R61",
    { it: "Chi lascia il servizio non lascia dati.", en: "Who leaves the service leaves no data." },
    { it: "Ricerca di righe rimaste dopo una cancellazione", en: "Search for rows left after a deletion" },
    ["departure.erased_is_gone"],
  ),
  claims(
    "R66",
    { it: "Ogni provvedimento è motivato.", en: "Each measure is explained." },
    {
      it: "Motivazione di ogni provvedimento; interruttori = provvedimenti in vigore",
      en: "Statement of each measure; switches = measures in force",
    },
    ["measures.each_was_explained", "measures.switches_follow"],
  ),
  claims(
    "R67",
    {
      it: "I revisori accedono solo durante l’audit.",
      en: "Auditors have access during the audit only.",
    },
    { it: "Nessun accesso rimasto dopo la fine di un audit", en: "No access left after the end of an audit" },
    ["inspections.no_auditor_stays"],
  ),
  {
    row: "R72",
    promise: {
      it: "Le condizioni in vigore sono state accettate.",
      en: "The terms in force were accepted.",
    },
    control: { it: "Documenti in vigore e accettazioni", en: "Documents in force and acceptances" },
    async prove(tx, nowMs) {
      const accepted = await listAcceptances(tx);
      const pending = await pendingDocuments(tx, await concernOf(tx), nowMs);
      const at = accepted.at(-1)?.at ?? new Date(nowMs);
      return {
        state: pending.length === 0 ? "kept" : "broken",
        found: {
          it: `Accettazioni: ${accepted.length}; documenti da accettare: ${pending.length}`,
          en: `Acceptances: ${accepted.length}; documents to accept: ${pending.length}`,
        },
        at,
      };
    },
  },
  claims(
    "R77",
    { it: "Chi è stato disattivato non ha più accessi.", en: "Who was disabled has no access any more." },
    { it: "Nessuna sessione di persone disattivate", en: "No session of anybody disabled" },
    ["identity.no_session_of_the_disabled"],
  ),
  {
    row: "R89",
    promise: {
      it: "Il registro delle azioni non può essere alterato senza che si veda.",
      en: "The audit log cannot be altered without it showing.",
    },
    control: { it: "Ricalcolo dell’intera catena del cliente", en: "The customer's whole chain, computed anew" },
    async prove(tx, nowMs) {
      const { chained, findings, at } = await checkChain(tx, nowMs);
      return {
        state: findings.length === 0 ? "kept" : "broken",
        found: {
          it: `${chained} voci ricalcolate, ${findings.length} discordanze`,
          en: `${chained} entries computed anew, ${findings.length} discrepancies`,
        },
        at,
      };
    },
  },
  claims(
    "R93",
    { it: "Ogni indirizzo porta dove il cliente ha detto.", en: "Each address leads where the customer said." },
    {
      it: "Destinazione di ogni indirizzo; chiavi DKIM e dei certificati sigillate",
      en: "Target of each address; keys of DKIM and certificates sealed",
    },
    ["domains.address_leads_somewhere", "domains.key_is_sealed", "certificates.key_is_sealed"],
  ),
  claims(
    "R100",
    { it: "Nessun messaggio si perde in silenzio.", en: "No message is lost in silence." },
    {
      it: "Ogni consegna è conclusa o ha un lavoro in attesa",
      en: "Each delivery is done or has a job that waits",
    },
    ["mailflow.delivery_done_or_has_job", "mailflow.queue_done_or_has_job", "mailflow.system_mail_has_job"],
  ),
];

const tested: readonly Control[] = testedPromises.map(([row, promiseIt, promiseEn, controlIt, controlEn]) => ({
  row,
  promise: { it: promiseIt, en: promiseEn },
  control: { it: controlIt, en: controlEn },
  prove: async () => provenByTests(row, runningReleaseTests()),
}));

const numberOf = ({ row }: Control): number => Number(row.slice(1));

/**
 * The living charter: every row of docs/requirements.md, each with what shows that it is kept: the running system at the
 * moment of reading where it can, else the tests of this version.
 */
export const charter: readonly Control[] = [...measured, ...tested].sort((a, b) => numberOf(a) - numberOf(b));
