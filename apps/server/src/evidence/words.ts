import type { Words } from "@casaforte/modules/inspections";

/** Heads of the evidence room's tables. */
export const columns = {
  row: { it: "Riga", en: "Row" },
  promise: { it: "Promessa", en: "Promise" },
  control: { it: "Controllo", en: "Control" },
  state: { it: "Stato", en: "State" },
  found: { it: "Evidenza", en: "Evidence" },
  test: { it: "Test", en: "Test" },
  file: { it: "File", en: "File" },
  outcome: { it: "Esito", en: "Outcome" },
  at: { it: "Quando", en: "When" },
  kind: { it: "Tipo", en: "Kind" },
  name: { it: "Nome", en: "Name" },
  version: { it: "Versione", en: "Version" },
  licence: { it: "Licenza", en: "Licence" },
  details: { it: "Dettagli", en: "Details" },
  from: { it: "Dal", en: "From" },
  until: { it: "Al", en: "Until" },
  address: { it: "Indirizzo", en: "Address" },
  fromAddress: { it: "Da quale indirizzo", en: "From which address" },
  role: { it: "Ruolo", en: "Role" },
  status: { it: "Accesso", en: "Access" },
  lastSignIn: { it: "Ultimo accesso", en: "Last sign-in" },
  who: { it: "Chi", en: "Who" },
  action: { it: "Azione", en: "Action" },
  object: { it: "Su che cosa", en: "On what" },
  space: { it: "Spazio", en: "Space" },
  place: { it: "Copia", en: "Copy" },
  site: { it: "Datacenter", en: "Datacentre" },
  jurisdiction: { it: "Giurisdizione", en: "Jurisdiction" },
  bytes: { it: "Byte", en: "Bytes" },
  parts: { it: "Parti", en: "Parts" },
  damaged: { it: "Danneggiate", en: "Damaged" },
  mended: { it: "Riparate", en: "Mended" },
  checked: { it: "Ultima verifica", en: "Last check" },
  behalf: { it: "In quale veste", en: "In which role" },
  asProcessor: { it: "responsabile, per conto del cliente", en: "processor, on the customer's behalf" },
  asController: { it: "titolare", en: "controller" },
  country: { it: "Paese", en: "Country" },
  purpose: { it: "Finalità", en: "Purpose" },
  persons: { it: "Persone", en: "Persons" },
  data: { it: "Dati", en: "Data" },
  kept: { it: "Per quanto", en: "For how long" },
  job: { it: "Lavoro", en: "Job" },
  reason: { it: "Motivazione", en: "Reasons" },
} as const satisfies Record<string, Words>;

export const states = {
  kept: { it: "mantenuta", en: "kept" },
  broken: { it: "da chiarire", en: "to be cleared up" },
  idle: { it: "non in uso", en: "not in use" },
  tested: { it: "superata nei test", en: "shown by tests" },
  failed: { it: "test non superato", en: "test failed" },
  untested: { it: "senza prova", en: "without proof" },
} as const satisfies Record<string, Words>;

export const outcomes = {
  passed: { it: "superato", en: "passed" },
  failed: { it: "non superato", en: "not passed" },
} as const satisfies Record<string, Words>;

export const places = {
  first: { it: "principale", en: "first" },
  replica: { it: "seconda sede", en: "second location" },
} as const satisfies Record<string, Words>;

export const roles = {
  owner: { it: "titolare", en: "owner" },
  admin: { it: "amministratore", en: "administrator" },
  billing: { it: "amministrazione", en: "billing" },
  technician: { it: "tecnico", en: "technician" },
  read_only: { it: "sola lettura", en: "read only" },
  auditor: { it: "revisore", en: "auditor" },
} as const satisfies Record<string, Words>;

export const statuses = {
  invited: { it: "invitato", en: "invited" },
  active: { it: "attivo", en: "active" },
  disabled: { it: "disattivato", en: "disabled" },
} as const satisfies Record<string, Words>;

export const noticeKinds = {
  incident: { it: "incidente", en: "incident" },
  maintenance: { it: "manutenzione", en: "maintenance" },
} as const satisfies Record<string, Words>;

export const noticeStates = {
  investigating: { it: "in esame", en: "being looked into" },
  identified: { it: "causa trovata", en: "cause found" },
  monitoring: { it: "sotto osservazione", en: "being watched" },
  resolved: { it: "risolto", en: "resolved" },
  planned: { it: "prevista", en: "planned" },
  started: { it: "in corso", en: "under way" },
  ended: { it: "conclusa", en: "ended" },
  cancelled: { it: "annullata", en: "cancelled" },
} as const satisfies Record<string, Words>;

export const levels = {
  warning: { it: "avvertimento", en: "warning" },
  restriction: { it: "restrizione", en: "restriction" },
  limitation: { it: "limitazione", en: "limitation" },
  suspension: { it: "sospensione", en: "suspension" },
} as const satisfies Record<string, Words>;

/** The words for a code, or the code itself. */
export const wordFor = (words: Readonly<Record<string, Words>>, code: string): Words | string => words[code] ?? code;
