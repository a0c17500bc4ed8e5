import { listAudit } from "@casaforte/modules/audit";
import { listCopySums, listScrubs } from "@casaforte/modules/backup";
import { listAcceptances } from "@casaforte/modules/catalogue";
import { listPrincipals } from "@casaforte/modules/identity";
import { type EvidenceSource, inspectionLimits } from "@casaforte/modules/inspections";
import { listMeasures } from "@casaforte/modules/measures";
import { listOwnNotices } from "@casaforte/modules/notices";
import { listServices } from "@casaforte/modules/orders";
import { listSubprocessors } from "@casaforte/modules/processors";
import { listSites, listSpaces } from "@casaforte/modules/spaces";
import { readTenant } from "@casaforte/modules/tenancy";
import { runningBuild } from "../components.ts";
import { version } from "../version.ts";
import { checkChain } from "./chain-check.ts";
import { charter } from "./charter.ts";
import { processingRegister } from "./processing-register.ts";
import { runningReleaseTests, whyMissing } from "./release-tests.ts";
import { retentionSchedule } from "./retention.ts";
import {
  columns,
  levels,
  noticeKinds,
  noticeStates,
  outcomes,
  places,
  roles,
  states,
  statuses,
  wordFor,
} from "./words.ts";

const listed = inspectionLimits.logListed;

/**
 * The parts of the evidence room, in its order. Each reads the customer's own rows and no others (R69).
 */
export const evidenceSources: readonly EvidenceSource[] = [
  {
    name: "charter",
    title: { it: "Promesse e controlli", en: "Promises and controls" },
    hint: {
      it: "Ogni promessa con la sua evidenza più recente: un controllo eseguito adesso sul sistema in funzione o, dove il sistema da solo non può mostrarla, i test di questa versione. I nomi dei test sono in inglese.",
      en: "Each promise with its latest evidence: a control run now on the running system or, where the system cannot show it by itself, the tests of this version.",
    },
    async read(tx, nowMs) {
      const rows = [];
      for (const { row, promise, control, prove } of charter) {
        const { state, found, at } = await prove(tx, nowMs);
        rows.push([row, promise, control, states[state], found, at]);
      }
      return {
        columns: [columns.row, columns.promise, columns.control, columns.state, columns.found, columns.at],
        rows,
      };
    },
  },
  {
    name: "contract",
    title: { it: "Contratto", en: "Contract" },
    hint: {
      it: "L’organizzazione, i servizi ordinati e le condizioni accettate.",
      en: "The organisation, the services ordered and the terms accepted.",
    },
    async read(tx) {
      const { name, vatNumber, createdAt } = await readTenant(tx, tx.tenantId);
      const kinds = {
        customer: { it: "Organizzazione", en: "Organisation" },
        service: { it: "Servizio", en: "Service" },
        accepted: { it: "Condizioni accettate", en: "Terms accepted" },
      };
      return {
        columns: [columns.kind, columns.name, columns.details, columns.from, columns.until],
        rows: [
          [kinds.customer, name, vatNumber, createdAt, null],
          ...(await listServices(tx)).map((service) => [
            kinds.service,
            service.label,
            `${service.sku} v${service.skuVersion} × ${service.quantity}, ${service.siteId}`,
            service.startedAt,
            service.endedAt,
          ]),
          ...(await listAcceptances(tx)).map((each) => [
            kinds.accepted,
            `${each.documentId} v${each.version}`,
            `SHA-256 ${each.sha256}`,
            each.at,
            null,
          ]),
        ],
      };
    },
  },
  {
    name: "people",
    title: { it: "Chi ha accesso", en: "Who has access" },
    hint: {
      it: "Le persone dell’organizzazione e i revisori, con il ruolo e l’ultimo accesso.",
      en: "The people of the organisation and auditors, with their role and last sign-in.",
    },
    async read(tx) {
      const { people } = await listPrincipals(tx, { tenantId: tx.tenantId, realm: "user", count: 200 });
      return {
        columns: [columns.name, columns.address, columns.role, columns.status, columns.lastSignIn, columns.until],
        rows: people.map((person) => [
          person.displayName,
          person.login,
          wordFor(roles, person.role ?? ""),
          wordFor(statuses, person.status),
          person.lastSignInAt,
          person.endsAt,
        ]),
      };
    },
  },
  {
    name: "operators",
    title: { it: "Accessi del fornitore", en: "The provider's accesses" },
    hint: {
      it: "Le ultime azioni degli operatori sull’organizzazione, dal registro.",
      en: "The operators' latest acts on the organisation, from the log.",
    },
    async read(tx) {
      const { entries } = await listAudit(tx, { tenantId: tx.tenantId, actorKind: "operator", count: listed });
      return {
        columns: [columns.at, columns.who, columns.role, columns.action, columns.object],
        rows: entries.map((each) => [
          each.at,
          each.actorId,
          each.actorRoles.join(", "),
          each.action,
          `${each.objectKind} ${each.objectId}`,
        ]),
      };
    },
  },
  {
    name: "processing",
    title: { it: "Registro dei trattamenti", en: "Register of processing" },
    hint: {
      it: "Quali dati personali trattiamo, perché e per quanto (GDPR, art. 30).",
      en: "Which personal data we process, why and for how long (GDPR, art. 30).",
    },
    async read() {
      return {
        columns: [columns.name, columns.behalf, columns.purpose, columns.persons, columns.data, columns.kept],
        rows: processingRegister.map(({ name, onBehalfOf, purpose, persons, data, kept }) => [
          name,
          onBehalfOf === "customer" ? columns.asProcessor : columns.asController,
          purpose,
          persons,
          data,
          kept,
        ]),
      };
    },
  },
  {
    name: "retention",
    title: { it: "Tempi di conservazione", en: "How long data are kept" },
    hint: {
      it: "Per ogni tipo di dato: per quanto, perché, e quale lavoro lo cancella.",
      en: "For each kind of data: for how long, why, and which job deletes it.",
    },
    async read() {
      return {
        columns: [columns.data, columns.kept, columns.reason, columns.job],
        rows: retentionSchedule.map(({ what, kept, why, job }) => [what, kept, why, job]),
      };
    },
  },
  {
    name: "sub-processors",
    title: { it: "Altri responsabili", en: "Sub-processors" },
    hint: {
      it: "Chi altro tratta dati dei clienti per il fornitore, e dove (GDPR, art. 28).",
      en: "Who else processes customers' data for the provider, and where (GDPR, art. 28).",
    },
    async read(tx) {
      return {
        columns: [columns.name, columns.purpose, columns.country, columns.from, columns.until],
        rows: (await listSubprocessors(tx)).map((each) => [
          each.name,
          { it: each.serviceIt, en: each.serviceEn },
          ...[each.country, each.fromOn, each.untilOn],
        ]),
      };
    },
  },
  {
    name: "components",
    title: { it: "Componenti del programma", en: "Components of the program" },
    hint: {
      it: "Ogni pacchetto di terzi che gira in questa versione, con la sua licenza.",
      en: "Each package of third parties that runs in this version, with its licence.",
    },
    async read() {
      const { commit, components } = runningBuild();
      return {
        columns: [columns.name, columns.version, columns.licence],
        rows: [
          ["casaforte", commit === null ? version : `${version} (${commit})`, "Apache-2.0"],
          ...components.map((each) => [each.name, each.version, each.licence]),
        ],
      };
    },
  },
  {
    name: "release-tests",
    title: { it: "Test di questa versione", en: "Tests of this version" },
    hint: {
      it: "Ogni test che riguarda una promessa, com’è andato quando questa versione fu provata. I nomi sono in inglese.",
      en: "Each test of a promise, and how it went when this version was tested.",
    },
    async read() {
      const tests = runningReleaseTests();
      const heads = [columns.row, columns.test, columns.file, columns.outcome, columns.at];
      if (typeof tests === "string") return { columns: heads, rows: [[null, whyMissing(tests), null, null, null]] };
      const at = new Date(tests.at);
      return {
        columns: heads,
        rows: [
          [null, columns.version, tests.commit === null ? version : `${version} (${tests.commit})`, null, at],
          ...tests.rows.flatMap(({ row, tests: ofRow }) =>
            ofRow.map(({ file, title, passed }) => [row, title, file, outcomes[passed ? "passed" : "failed"], at]),
          ),
        ],
      };
    },
  },
  {
    name: "places",
    title: { it: "Dove stanno i dati", en: "Where the data lie" },
    hint: {
      it: "Ogni spazio con il suo datacenter, la giurisdizione e le copie.",
      en: "Each space with its datacentre, jurisdiction and copies.",
    },
    async read(tx) {
      const sites = await listSites(tx);
      const spaces = await listSpaces(tx);
      const sums = await listCopySums(tx, null);
      return {
        columns: [
          columns.space,
          columns.place,
          columns.site,
          columns.jurisdiction,
          columns.bytes,
          columns.damaged,
          columns.checked,
        ],
        rows: spaces.flatMap((space) => {
          const site = sites.find(({ id }) => id === space.siteId);
          const law = { it: site?.jurisdictionIt ?? "", en: site?.jurisdictionEn ?? "" };
          const copies = sums.filter(({ spaceId }) => spaceId === space.id);
          if (copies.length === 0) return [[space.name, null, site?.name ?? null, law, 0, 0, null]];
          return copies.map((copy) => [
            space.name,
            places[copy.place],
            (copy.place === "first" ? site?.name : site?.replicaName) ?? null,
            law,
            Number(copy.bytes),
            Number(copy.damagedBlobs),
            copy.checkedAt,
          ]);
        }),
      };
    },
  },
  {
    name: "backups",
    title: { it: "Verifiche dei backup", en: "Verification of backups" },
    hint: {
      it: "Le riletture di ciò che è conservato, confrontato con i suoi hash.",
      en: "The readings of what is stored, against its hashes.",
    },
    async read(tx) {
      return {
        columns: [
          columns.from,
          columns.until,
          columns.place,
          columns.parts,
          columns.bytes,
          columns.damaged,
          columns.mended,
        ],
        rows: (await listScrubs(tx, listed)).map((run) => [
          run.startedAt,
          run.finishedAt,
          places[run.place],
          Number(run.parts),
          Number(run.bytes),
          Number(run.damaged),
          Number(run.mended),
        ]),
      };
    },
  },
  {
    name: "notices",
    title: { it: "Incidenti e avvisi", en: "Incidents and notices" },
    hint: {
      it: "Ciò di cui l’organizzazione è stata avvisata.",
      en: "What the organisation was told of.",
    },
    async read(tx) {
      return {
        columns: [columns.kind, columns.name, columns.state, columns.from, columns.until],
        rows: (await listOwnNotices(tx)).map((notice) => [
          noticeKinds[notice.kind],
          { it: notice.titleIt, en: notice.titleEn },
          wordFor(noticeStates, notice.state),
          notice.openedAt,
          notice.closedAt,
        ]),
      };
    },
  },
  {
    name: "measures",
    title: { it: "Provvedimenti", en: "Measures" },
    hint: {
      it: "Avvertimenti, restrizioni e sospensioni, con la motivazione.",
      en: "Warnings, restrictions and suspensions, with their reasons.",
    },
    async read(tx) {
      // What an authority ordered not to be told is not told here either (R66).
      const measures = (await listMeasures(tx, { tenantId: tx.tenantId })).filter(({ isSilent }) => !isSilent);
      return {
        columns: [columns.kind, columns.from, columns.until, columns.reason],
        rows: measures.map((each) => [
          wordFor(levels, each.level),
          each.startsAt,
          each.endedAt ?? each.endsAt,
          each.statement,
        ]),
      };
    },
  },
  {
    name: "log",
    title: { it: "Registro delle azioni", en: "Audit log" },
    hint: {
      it: "Le voci più recenti; la prima riga è la verifica dell’intera catena. Il pacchetto contiene tutte le voci.",
      en: "The newest entries; the first row is the check of the whole chain. The pack holds every entry.",
    },
    async read(tx, nowMs) {
      const { chained, findings, at } = await checkChain(tx, nowMs);
      const { entries } = await listAudit(tx, { tenantId: tx.tenantId, count: listed });
      return {
        columns: [columns.at, columns.who, columns.action, columns.object, columns.fromAddress],
        rows: [
          [
            at,
            null,
            {
              it: findings.length === 0 ? "Catena integra" : "Catena interrotta",
              en: findings.length === 0 ? "Chain unbroken" : "Chain broken",
            },
            { it: `${chained} voci verificate`, en: `${chained} entries checked` },
            null,
          ],
          ...entries.map((each) => [
            each.at,
            each.actorId ?? each.actorKind,
            each.action,
            `${each.objectKind} ${each.objectId}`,
            each.actorIp,
          ]),
        ],
      };
    },
  },
];
