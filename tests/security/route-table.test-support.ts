import { randomUUID } from "node:crypto";
import { policySettingsSchema } from "@casaforte/contract/policies";
import type { FaceName } from "../../apps/server/src/faces.ts";

export type ObjectKind =
  | "space"
  | "device"
  | "enrolment"
  | "policy"
  | "ticket"
  | "domain"
  | "address"
  | "mailAccount"
  | "deletedMailAccount"
  | "person"
  | "operatorPerson"
  | "session"
  | "tenant"
  /** A well-formed id of nothing. */
  | "nothing";

/** Who may use a route, on what, and what they are told. */
export interface RouteRule {
  /** `anyone` needs no session; `signed_in` any session of this face; else the roles, and the others get 403. */
  readonly who: "anyone" | "signed_in" | readonly string[];
  /** What the id in the path, body or query names; a stranger's id of that kind answers `elsewhere` (404 by default). */
  readonly on?: ObjectKind;
  readonly elsewhere?: number;
  readonly body?: (id: string) => Record<string, unknown>;
  readonly query?: (id: string) => string;
  /** What somebody permitted is told. */
  readonly done: number | readonly number[];
  /** The session is over afterwards. */
  readonly ends?: true;
  /** The answer goes on for minutes. */
  readonly stream?: true;
  /** Takes bytes of any type, not JSON. */
  readonly bytes?: true;
  /** Says the same to everybody, session or not, and may be kept by caches. */
  readonly isPublic?: true;
}

export type RouteTable = Readonly<Record<string, RouteRule>>;

const all = ["owner", "admin", "billing", "technician", "read_only"] as const;
const managers = ["owner", "admin"] as const;
const payers = ["owner", "admin", "billing", "read_only"] as const;
const workers = ["owner", "admin", "technician"] as const;
const askers = ["owner", "admin", "billing", "technician"] as const;
const readers = ["owner", "admin", "read_only"] as const;
const operators = ["support", "billing", "infra", "legal", "security"] as const;

const unique = () => randomUUID().slice(0, 8);
const linkToken = "a-token-that-nobody-was-ever-sent-by-mail";
const newPassword = "un'altra lunga frase per la prova";
const webAuthn = {
  id: "aaaa",
  rawId: "aaaa",
  type: "public-key",
  response: { clientDataJSON: "e30" },
  clientExtensionResults: {},
};
export const policySettings = policySettingsSchema.parse({
  sources: [{ kind: "directory", name: "documents", paths: ["/srv"] }],
  schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "Europe/Rome" },
  retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
  lockDays: null,
  bandwidth: { bytesPerSecond: null, windows: [] },
  hooks: { before: [], after: [] },
  compression: "fast",
  snapshot: "auto",
  chain: { incrementsMax: 14, repackBytesMax: 0 },
  verify: null,
  alerts: { onFailure: true, noSuccessDays: 3 },
});
let unusedMinutes = 0;
const days = "from=2026-01-01&to=2026-01-02";

const ordered = () => ({
  key: `order-${unique()}`,
  sku: "nothing",
  skuVersion: 1,
  quantity: 1,
  unit: "hour",
  priceMicros: 1,
  accepted: [],
});
/** Without a price it is not on sale, so nothing that other routes do depends on it. */
const sold = () => ({
  sku: `s-${unique()}`,
  product: "mail",
  name: { it: "n", en: "n" },
  description: { it: "d", en: "d" },
  siteId: null,
  capacityBytes: null,
  bandwidthBytesPerSecond: null,
  replicaPlan: "none",
  hostUse: "shared",
  ipAddresses: 0,
  quantityMax: 1,
  units: ["month"],
});

/** The same on three faces: how one signs in, and what a signed-in person does about themselves. */
const authentication: RouteTable = {
  "GET /healthz": { who: "anyone", done: 200 },
  "POST /api/auth/sign-in": {
    who: "anyone",
    done: 401,
    body: () => ({ login: `nobody-${unique()}@nowhere.test`, password: "wrong" }),
  },
  "POST /api/auth/sign-in/code": { who: "anyone", done: 401, body: () => ({ method: "totp", code: "000000" }) },
  "POST /api/auth/sign-in/passkey": { who: "anyone", done: 401, body: () => ({ response: webAuthn }) },
  "POST /api/auth/sign-in/passkey/options": { who: "anyone", done: 401, body: () => ({ alone: false }) },
  "POST /api/auth/password-reset": { who: "anyone", done: 202, body: () => ({ login: "nobody@nowhere.test" }) },
  "POST /api/auth/password-reset/confirm": {
    who: "anyone",
    done: 412,
    body: () => ({ token: linkToken, password: newPassword }),
  },
  "POST /api/auth/login-change/confirm": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "POST /api/auth/invitation/read": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "POST /api/auth/invitation/accept": {
    who: "anyone",
    done: 412,
    body: () => ({ token: linkToken, password: newPassword, displayName: "X", language: "it" }),
  },
  "GET /api/auth/session": { who: "signed_in", done: 200 },
  "POST /api/auth/sign-out": { who: "signed_in", done: 204, ends: true },
  "GET /api/auth/sessions": { who: "signed_in", done: 200 },
  "DELETE /api/auth/sessions": { who: "signed_in", done: 200 },
  "DELETE /api/auth/sessions/:id": { who: "signed_in", on: "session", done: 204 },
  "POST /api/auth/reauthenticate/options": { who: "signed_in", done: 200, body: () => ({}) },
  "POST /api/auth/reauthenticate": {
    who: "signed_in",
    done: 401,
    body: () => ({ method: "password", password: "wrong" }),
  },
  "POST /api/auth/password": { who: "signed_in", done: 200, ends: true, body: () => ({ password: newPassword }) },
  "POST /api/auth/login-change": {
    who: "signed_in",
    done: 202,
    body: () => ({ login: `moved-${unique()}@nowhere.test` }),
  },
  "POST /api/auth/totp": { who: "signed_in", done: 200 },
  "POST /api/auth/totp/confirm": { who: "signed_in", done: 422, body: () => ({ code: "000000" }) },
  "DELETE /api/auth/totp": { who: "signed_in", done: 404 },
  "POST /api/auth/recovery-codes": { who: "signed_in", done: 412 },
  "GET /api/auth/passkeys": { who: "signed_in", done: 200 },
  "POST /api/auth/passkeys/options": { who: "signed_in", done: 200 },
  "POST /api/auth/passkeys": { who: "signed_in", done: 401, body: () => ({ name: "k", response: webAuthn }) },
  "DELETE /api/auth/passkeys/:id": { who: "signed_in", on: "nothing", done: 404 },
};

const people = (managing: readonly string[], on: ObjectKind, roles: Record<string, unknown>): RouteTable => ({
  "GET /api/people": { who: managing, done: 200 },
  "POST /api/people": {
    who: managing,
    done: 201,
    body: () => ({ login: `invited-${unique()}@nowhere.test`, displayName: "", language: "it", ...roles }),
  },
  "POST /api/people/:id/invitation": { who: managing, on, elsewhere: 412, done: 412 },
  "PUT /api/people/:id/role": { who: managing, on, done: 204, body: () => roles },
  "PUT /api/people/:id/status": { who: managing, on, done: 204, body: () => ({ status: "disabled" }) },
  "DELETE /api/people/:id": { who: managing, on, done: 204 },
});

const audit = (who: readonly string[]): RouteTable => ({
  "GET /api/audit": { who, done: 200 },
  "GET /api/audit/export": { who, done: 200, query: () => "format=csv" },
  "GET /api/audit/verification": { who, done: 200 },
});

const customerConsole: RouteTable = {
  ...authentication,
  ...people(managers, "person", { role: "billing" }),
  "GET /api/departure": { who: managers, done: 200 },
  "POST /api/departure": { who: managers, done: 422, body: () => ({ confirmation: "not the name" }) },
  "DELETE /api/departure": { who: managers, done: 404 },
  "POST /api/departure/erasure": { who: managers, done: 404, body: () => ({ confirmation: "not the name" }) },
  "GET /api/departure-certificates/:claim": { who: "anyone", on: "nothing", done: 404 },
  "GET /api/exports": { who: managers, done: 200 },
  "POST /api/exports": { who: managers, done: [202, 429], body: () => ({ part: "settings" }) },
  "GET /api/exports/:id/archive": { who: managers, on: "nothing", done: 404 },
  "GET /api/exports/backups/:id": { who: managers, on: "space", done: 200 },
  ...audit(readers),
  "GET /api/tenant": { who: all, done: 200 },
  "PATCH /api/tenant": { who: ["owner", "admin", "billing"], done: 200, body: () => ({ city: "Roma" }) },
  "PUT /api/tenant/policy": { who: ["owner"], done: 200, body: () => ({ requireTwoFactor: false }) },
  "GET /api/provider": { who: all, done: 200 },
  "GET /api/price-list": { who: "anyone", done: 200 },
  "GET /api/offers": { who: all, done: 200 },
  "GET /api/documents": { who: all, done: 200 },
  "POST /api/acceptances": {
    who: managers,
    done: 422,
    body: () => ({ accepted: [{ documentId: "terms", version: 1, sha256: "0".repeat(64) }] }),
  },
  // Nothing has a price here: those permitted learn that much.
  "POST /api/estimates": {
    who: all,
    done: 412,
    body: () => ({ items: [{ sku: "nothing", unit: "hour", quantity: 1, count: 1 }] }),
  },
  "GET /api/costs": { who: payers, done: 200 },
  "GET /api/costs/export": { who: payers, done: 200, query: () => days },
  "PUT /api/budget": { who: ["owner", "admin", "billing"], done: 204, body: () => ({ monthlyCents: 10_000 }) },
  "GET /api/invoices": { who: payers, done: 200 },
  "GET /api/invoices/:id": { who: payers, on: "nothing", done: 404 },
  "GET /api/invoices/:id/lines/:line": { who: payers, on: "nothing", done: [404, 422] },
  "GET /api/invoices/:id/documents/:kind": { who: payers, on: "nothing", done: [404, 422] },
  "GET /api/services": { who: all, done: 200 },
  // Nothing is on sale here: those permitted learn that much.
  "POST /api/orders": { who: managers, done: 409, body: () => ({ ...ordered(), siteId: "mi1", label: "S" }) },
  "POST /api/services/:id/changes": { who: managers, on: "nothing", done: 404, body: ordered },
  "POST /api/services/:id/end": { who: managers, on: "nothing", done: 404, body: () => ({ confirmation: "x" }) },
  "GET /api/sites": { who: all, done: 200 },
  "GET /api/spaces": { who: all, done: 200 },
  "POST /api/spaces": {
    who: managers,
    done: 201,
    body: () => ({ siteId: "mi1", name: `S ${unique()}`, quotaBytes: 2 ** 30 }),
  },
  "GET /api/spaces/:id": { who: all, on: "space", done: 200 },
  "PATCH /api/spaces/:id": { who: managers, on: "space", done: 200, body: () => ({ name: `S ${unique()}` }) },
  // The name has to be typed once more; this one is wrong, and is told only to those who may delete.
  "DELETE /api/spaces/:id": { who: managers, on: "space", done: 422, body: () => ({ confirmation: "wrong" }) },
  "GET /api/devices": { who: all, on: "space", elsewhere: 200, done: 200, query: (id) => `spaceId=${id}` },
  "GET /api/devices/:id": { who: all, on: "device", done: 200 },
  "PATCH /api/devices/:id": { who: workers, on: "device", done: 204, body: () => ({ name: `D ${unique()}` }) },
  "DELETE /api/devices/:id": { who: workers, on: "device", done: 422, body: () => ({ confirmation: "wrong" }) },
  "POST /api/devices/:id/revoke": { who: workers, on: "device", done: 204 },
  "POST /api/devices/:id/restore-tokens": { who: workers, on: "device", done: 201, body: () => ({ hours: 1 }) },
  "POST /api/devices/:id/points/:pointId/restores": { who: workers, on: "device", done: 404 },
  "GET /api/devices/:id/files/:fileId": { who: workers, on: "device", done: 404 },
  "GET /api/devices/:id/points": { who: all, on: "device", done: 200, query: () => "limit=10" },
  "POST /api/enrolments": {
    who: workers,
    on: "space",
    done: 201,
    body: (id) => ({ spaceId: id, kind: "server" }),
  },
  "GET /api/enrolments/:id": { who: all, on: "enrolment", done: 200 },
  "GET /api/policies": { who: all, done: 200 },
  "POST /api/policies": {
    who: workers,
    done: 201,
    body: () => ({ name: `P ${unique()}`, settings: policySettings }),
  },
  "GET /api/policies/:id": { who: all, on: "policy", done: 200 },
  // The version is one that never was: only somebody who may change it is told that it moved.
  "PUT /api/policies/:id": {
    who: workers,
    on: "policy",
    done: 412,
    body: () => ({ name: `P ${unique()}`, settings: policySettings, version: 999 }),
  },
  "DELETE /api/policies/:id": { who: workers, on: "policy", done: [204, 404] },
  "PUT /api/policies/:id/devices": { who: workers, on: "policy", done: [200, 404], body: () => ({ deviceIds: [] }) },
  "POST /api/policies/preview": {
    who: all,
    on: "device",
    elsewhere: 200,
    done: 200,
    body: (id) => ({ schedule: policySettings.schedule, retention: policySettings.retention, deviceIds: [id] }),
  },
  "POST /api/devices/:id/run": { who: workers, on: "device", done: [202, 409] },
  "GET /api/backup-summary": { who: all, done: 200 },
  "POST /api/points/:id/undelete": { who: workers, on: "nothing", done: 404 },
  "GET /api/alarms": { who: all, done: 200 },
  "POST /api/alarms/:id/settle": { who: workers, on: "nothing", done: 404 },
  "GET /api/usage": { who: all, on: "space", elsewhere: 200, done: 200, query: (id) => `${days}&spaceId=${id}` },
  "GET /api/usage/csv": { who: all, on: "space", elsewhere: 200, done: 200, query: (id) => `${days}&spaceId=${id}` },
  "GET /api/scrubs": { who: all, done: 200 },
  "GET /api/spaces/:id/copies": { who: all, on: "space", done: 200 },
  "GET /api/spaces/:id/copies/blobs": { who: all, on: "space", done: 200, query: () => "limit=10" },
  "GET /api/events": { who: all, done: 200, stream: true },
  "GET /api/domains": { who: all, done: 200 },
  "POST /api/domains": { who: workers, done: 201, body: () => ({ name: `d-${unique()}.test` }) },
  // Without a DNS that answers, those permitted learn that much.
  "POST /api/domains/:id/verify": { who: workers, on: "domain", done: [200, 409, 412, 503] },
  "GET /api/domains/:id/records": { who: all, on: "domain", done: 200 },
  "PUT /api/domains/:id/alias": { who: workers, on: "domain", done: 200, body: () => ({ aliasOf: null }) },
  "DELETE /api/domains/:id": { who: workers, on: "domain", done: 200 },
  "GET /api/addresses": { who: all, on: "domain", elsewhere: 200, done: 200, query: (id) => `domainId=${id}` },
  "POST /api/addresses": {
    who: workers,
    on: "mailAccount",
    done: 201,
    body: (id) => ({ kind: "alias", address: `alias-${unique()}@alfa.test`, mailAccountId: id }),
  },
  "PUT /api/addresses/:id": {
    who: workers,
    on: "address",
    // It is an alias, which leads to a mail account: only those permitted are told.
    done: 422,
    body: () => ({ mailAccountId: null, forwardTo: [`x-${unique()}@elsewhere.test`] }),
  },
  "GET /api/addresses/:id/senders": { who: all, on: "address", done: 200 },
  "PUT /api/addresses/:id/senders": { who: workers, on: "address", done: 200, body: () => ({ mailAccountIds: [] }) },
  "DELETE /api/addresses/:id": { who: workers, on: "address", done: 200 },
  "GET /api/mail-accounts": { who: all, done: 200 },
  "GET /api/mail-accounts/export": { who: all, done: 200 },
  "POST /api/mail-accounts/import": {
    who: workers,
    done: 200,
    body: () => ({
      mode: "preview",
      rows: [{ line: 2, address: "x", displayName: "", quotaBytes: null, password: "" }],
    }),
  },
  "GET /api/mail-accounts/:id": { who: all, on: "mailAccount", done: 200 },
  "POST /api/mail-accounts": {
    who: workers,
    done: 201,
    body: () => ({ address: `new-${unique()}@alfa.test`, quotaBytes: null, password: newPassword }),
  },
  "PATCH /api/mail-accounts/:id": { who: workers, on: "mailAccount", done: 200, body: () => ({ displayName: "X" }) },
  "POST /api/mail-accounts/:id/password": {
    who: workers,
    on: "mailAccount",
    done: 200,
    body: () => ({ password: newPassword }),
  },
  "DELETE /api/mail-accounts/:id": { who: workers, on: "mailAccount", done: 200 },
  "POST /api/mail-accounts/:id/restore": { who: workers, on: "deletedMailAccount", done: 200 },
  "POST /api/mail-accounts/:id/purge": { who: workers, on: "deletedMailAccount", done: 200 },
  "GET /api/mail-events": { who: all, done: 200 },
  "GET /api/tickets": { who: all, done: 200 },
  "POST /api/tickets": {
    who: askers,
    done: 201,
    body: () => ({ kind: "question", severity: "low", subject: "Ciao", body: "Una domanda" }),
  },
  "GET /api/tickets/:id": { who: all, on: "ticket", done: 200 },
  "POST /api/tickets/:id/answers": { who: askers, on: "ticket", done: [200, 412], body: () => ({ body: "Ancora" }) },
  "POST /api/tickets/:id/solve": { who: askers, on: "ticket", done: [200, 412] },
  "GET /api/tickets/:id/files/:fileId": { who: all, on: "nothing", done: 404 },
  "GET /api/notices": { who: all, done: 200 },
  "GET /api/contacts": { who: all, done: 200 },
  "POST /api/contacts": {
    who: managers,
    done: 201,
    body: () => ({ purpose: "incidents", address: `c-${unique()}@nowhere.test`, language: "it" }),
  },
  "DELETE /api/contacts/:id": { who: managers, on: "nothing", done: 404 },
  "GET /status": { who: "anyone", done: 200, isPublic: true },
  "GET /status.json": { who: "anyone", done: 200, isPublic: true },
  "GET /status.atom": { who: "anyone", done: 200, isPublic: true },
  "GET /status/page.css": { who: "anyone", done: 200, isPublic: true },
  "GET /status/page.js": { who: "anyone", done: 200, isPublic: true },
  "GET /status/link/:token": { who: "anyone", done: 200 },
  "POST /status/link/:token": { who: "anyone", done: 404, bytes: true },
  "POST /api/status/subscriptions": {
    who: "anyone",
    done: 202,
    body: () => ({ address: "someone@nowhere.test", language: "it" }),
  },
  "GET /api/measures": { who: all, done: 200 },
  "POST /api/measures/:id/appeal": { who: askers, on: "nothing", done: 404, body: () => ({ body: "Non è così" }) },
  "GET /api/mail-stops": { who: all, done: 200 },
  "POST /api/mail-stops/:id/lift": { who: workers, on: "nothing", done: 404 },
  "GET /api/mail-quarantine": { who: all, done: 200 },
  "POST /api/mail-quarantine/:id/release": { who: workers, on: "nothing", done: 404 },
  "POST /api/mail-quarantine/:id/delete": { who: workers, on: "nothing", done: 404 },
  "GET /api/mail-sender-rules": { who: all, done: 200 },
  "POST /api/mail-sender-rules": {
    who: workers,
    on: "mailAccount",
    // A rule for an account that is not the tenant's filters nothing: no row of another tenant is read or written.
    elsewhere: 200,
    done: 200,
    body: (id) => ({ mailAccountId: id, verdict: "deny", pattern: `${unique()}.example` }),
  },
  "DELETE /api/mail-sender-rules/:id": { who: workers, on: "nothing", done: 404 },
  "GET /api/mail-policies": { who: all, done: 200 },
  "PUT /api/mail-policies/:domain": {
    who: workers,
    done: 404,
    body: () => ({ greylist: true, spamAction: "quarantine" }),
  },
};

const company = (): Record<string, unknown> => ({
  name: `Nuova ${unique()}`,
  language: "it",
  owner: { login: `boss-${unique()}@nowhere.test`, displayName: "" },
});

const operatorConsole: RouteTable = {
  ...authentication,
  ...people(["security"], "operatorPerson", { operatorRoles: ["billing"] }),
  ...audit(["legal", "security"]),
  "POST /api/auth/bootstrap": {
    who: "anyone",
    done: 412,
    body: () => ({
      token: linkToken,
      login: "boss@provider.test",
      displayName: "",
      language: "it",
      password: newPassword,
    }),
  },
  "GET /api/tenants": { who: operators, done: 200 },
  "POST /api/tenants": { who: ["support", "billing", "security"], done: 201, body: company },
  "GET /api/tenants/:id": { who: operators, on: "tenant", done: 200 },
  "PATCH /api/tenants/:id": { who: ["support", "billing"], on: "tenant", done: 200, body: () => ({ city: "Bari" }) },
  "PUT /api/tenants/:id/state": {
    who: ["legal", "security"],
    on: "tenant",
    done: 200,
    body: () => ({ state: "suspended" }),
  },
  "POST /api/tenants/:id/owners": {
    who: ["support", "billing", "security"],
    on: "tenant",
    done: 201,
    body: () => ({ login: `owner-${unique()}@nowhere.test`, displayName: "" }),
  },
  "GET /api/health": { who: operators, done: 200 },
  "GET /api/legal-requests": { who: ["legal"], done: 200 },
  "POST /api/legal-requests": {
    who: ["legal"],
    on: "tenant",
    done: 201,
    body: (tenantId) => ({
      kind: "production",
      authority: "Procura della Repubblica",
      act: "Decreto 1/2026",
      legalBasis: "art. 254-bis c.p.p.",
      tenantId,
      scope: { parts: ["mail"], mailAccounts: ["chi@dove.test"] },
      receivedAt: "2026-01-01T00:00:00Z",
      gag: true,
    }),
  },
  "GET /api/legal-requests/:id/looks": { who: ["legal"], on: "nothing", done: 200 },
  "POST /api/legal-requests/:id/decision": {
    who: ["legal"],
    on: "nothing",
    done: 404,
    body: () => ({ decision: "approve" }),
  },
  "POST /api/legal-requests/:id/gag-end": { who: ["legal"], on: "nothing", done: 404 },
  "POST /api/legal-requests/:id/closing": { who: ["legal"], on: "nothing", done: 404 },
  "GET /api/legal-requests/:id/delivery": { who: ["legal"], on: "nothing", done: 404 },
  "GET /api/legal-holds": { who: ["legal"], done: 200 },
  "POST /api/legal-holds": {
    who: ["legal"],
    on: "tenant",
    done: 201,
    body: (tenantId) => ({ tenantId, reason: "Decreto 2/2026" }),
  },
  "POST /api/legal-holds/:id/lift": { who: ["legal"], on: "nothing", done: 404, body: () => ({ decision: "lift" }) },
  "GET /api/departures": { who: operators, done: 200 },
  "POST /api/departures": {
    who: ["billing", "legal"],
    on: "tenant",
    done: 202,
    body: (tenantId) => ({ tenantId, reason: "the contract was ended by letter" }),
  },
  "GET /api/approvals": { who: operators, done: 200 },
  "POST /api/approvals/:id/decision": {
    who: operators,
    on: "nothing",
    done: 404,
    body: () => ({ decision: "refuse" }),
  },
  "GET /api/catalogue": { who: operators, done: 200 },
  "POST /api/catalogue/versions": { who: ["billing"], done: 201, body: sold },
  "POST /api/catalogue/withdrawals": { who: ["billing"], done: 404, body: () => ({ sku: "nothing" }) },
  "POST /api/catalogue/prices": {
    who: ["billing"],
    done: 202,
    body: () => ({ sku: "nothing", unit: "hour", priceMicros: 1, validFrom: "2030-01-01T00:00:00Z" }),
  },
  "POST /api/catalogue/tax-rates": {
    who: ["billing"],
    done: 202,
    body: () => ({ country: "IT", basisPoints: 2200, validFrom: "2030-01-01T00:00:00Z" }),
  },
  "POST /api/catalogue/documents": {
    who: ["billing"],
    done: 201,
    body: () => ({
      id: `d-${unique()}`,
      kind: "charter",
      product: "mail",
      title: { it: "t", en: "t" },
      body: { it: "b", en: "b" },
    }),
  },
  "GET /api/billing/invoices": { who: operators, done: 200 },
  "POST /api/billing/invoices/run": { who: ["billing"], done: 200 },
  "POST /api/billing/invoices/receipts": { who: ["billing"], done: 422, body: () => ({ xml: "<a/>" }) },
  "GET /api/billing/invoices/:tenantId/:id": { who: operators, on: "nothing", done: 404 },
  "POST /api/billing/invoices/:tenantId/:id/payments": {
    who: ["billing"],
    on: "nothing",
    done: 404,
    body: () => ({ key: "k", cents: 1, paidOn: "2026-01-01", method: "other", reference: "" }),
  },
  "POST /api/billing/invoices/:tenantId/:id/credit": {
    who: ["billing"],
    on: "nothing",
    done: 404,
    body: () => ({ reason: "wrong" }),
  },
  "POST /api/billing/invoices/:tenantId/:id/transmissions": { who: ["billing"], on: "nothing", done: 404 },
  "GET /api/billing/settings": { who: operators, done: 200 },
  "PUT /api/billing/settings": {
    who: ["billing"],
    done: 204,
    body: () => ({ series: "CF", taxRegime: "RF01", paymentDays: 30, iban: null, usesOss: false }),
  },
  "GET /api/inventory": { who: operators, done: 200 },
  "GET /api/inventory/tenants/:id/copies": { who: operators, on: "tenant", done: 200 },
  "POST /api/inventory/hosts": {
    who: ["infra"],
    done: 201,
    body: () => ({ siteId: "fr1", name: `h-${unique()}`, rack: null, serial: null, capacityBytes: 10 ** 12 }),
  },
  "PATCH /api/inventory/hosts/:id": {
    who: ["infra"],
    on: "nothing",
    done: 404,
    body: () => ({ state: "draining" }),
  },
  "POST /api/inventory/addresses": {
    who: ["infra"],
    done: 200,
    body: () => ({ siteId: "fr1", addresses: ["203.0.113.7"] }),
  },
  "GET /api/desk/tickets": { who: operators, done: 200 },
  "POST /api/desk/tickets": {
    who: operators,
    on: "tenant",
    done: 201,
    body: (tenantId) => ({
      kind: "incident",
      severity: "high",
      subject: "Telefonata",
      body: "La posta è ferma",
      tenantId,
      requesterAddress: "chi@chiama.test",
    }),
  },
  "GET /api/desk/tickets/:tenantId/:id": { who: operators, on: "nothing", done: 404 },
  "GET /api/desk/tickets/:tenantId/:id/files/:fileId": { who: operators, on: "nothing", done: 404 },
  "POST /api/desk/tickets/:tenantId/:id/answers": {
    who: operators,
    on: "nothing",
    done: 404,
    body: () => ({ how: "note", body: "Visto" }),
  },
  "PATCH /api/desk/tickets/:tenantId/:id": {
    who: operators,
    on: "nothing",
    done: 404,
    body: () => ({ severity: "low" }),
  },
  "POST /api/desk/tickets/:tenantId/:id/cause": {
    who: operators,
    on: "nothing",
    done: 404,
    body: () => ({ cause: "provider", text: "" }),
  },
  "POST /api/desk/tickets/:tenantId/:id/give": {
    who: operators,
    on: "nothing",
    done: 404,
    body: (tenantId) => ({ tenantId }),
  },
  "GET /api/desk/notices": { who: operators, done: 200 },
  "POST /api/desk/notices/preview": {
    who: operators,
    done: 200,
    body: () => ({ services: ["mail"], siteId: null, hostId: null }),
  },
  "POST /api/desk/notices": {
    who: ["support", "infra", "security"],
    done: 201,
    body: () => ({
      kind: "incident",
      severity: "minor",
      services: ["backup"],
      siteId: "mi1",
      hostId: null,
      titleIt: "Prova",
      titleEn: "Test",
      textIt: "Una prova",
      textEn: "A test",
      planned: null,
    }),
  },
  "POST /api/desk/notices/:id/updates": {
    who: ["support", "infra", "security"],
    on: "nothing",
    done: 404,
    body: () => ({ state: "resolved", textIt: "Fatto", textEn: "Done" }),
  },
  "POST /api/desk/faults/:id/acknowledge": { who: ["support", "infra", "security"], on: "nothing", done: 404 },
  "GET /api/enforcement": { who: operators, done: 200 },
  "GET /api/enforcement/verdict": {
    who: operators,
    on: "tenant",
    done: 200,
    query: (id) => `tenantId=${id}&nature=overload&severity=minor&product=mail&occurredAt=2026-01-01T00:00:00Z`,
  },
  "POST /api/enforcement/violations": {
    who: ["legal", "security"],
    on: "tenant",
    done: 201,
    body: (tenantId) => ({
      tenantId,
      nature: "overload",
      severity: "minor",
      product: "backup",
      occurredAt: new Date(Date.UTC(2026, 0, 1) + unusedMinutes++ * 60_000).toISOString(),
      facts: "Facts",
      clause: "9",
    }),
  },
  "POST /api/enforcement/violations/:tenantId/:id/impose": {
    who: ["legal", "security"],
    on: "nothing",
    done: 404,
    body: () => ({ severity: "minor", facts: "Facts", clause: "9" }),
  },
  "POST /api/enforcement/violations/:tenantId/:id/dismiss": {
    who: ["legal", "security"],
    on: "nothing",
    done: 404,
    body: () => ({ reason: "No" }),
  },
  "POST /api/enforcement/measures/:tenantId/:id/lift": {
    who: ["legal", "security"],
    on: "nothing",
    done: 404,
    body: () => ({ reason: "No" }),
  },
  "POST /api/enforcement/appeals/:tenantId/:id/decision": {
    who: ["legal", "security"],
    on: "nothing",
    done: 404,
    body: () => ({ outcome: "rejected", text: "No" }),
  },
  "GET /api/mail-queue": { who: operators, done: 200 },
  "POST /api/mail-queue/:tenantId/:id/retry": { who: ["infra"], on: "nothing", done: 404 },
  "POST /api/mail-queue/:tenantId/:id/drop": { who: ["infra"], on: "nothing", done: 404 },
  "GET /api/mail-events": { who: operators, done: 200 },
  "GET /api/mail-stops": { who: operators, done: 200 },
  "POST /api/mail-stops": {
    who: ["infra", "security"],
    done: 404,
    body: () => ({ tenantId: randomUUID(), mailAccountId: randomUUID() }),
  },
  "POST /api/mail-stops/:tenantId/:id/lift": { who: ["infra", "security"], on: "nothing", done: 404 },
  "GET /api/abuse-cases": { who: operators, done: 200 },
  "POST /api/abuse-cases/:id/close": { who: ["infra", "security"], on: "nothing", done: 404 },
  "GET /api/mail-sink": { who: operators, done: 200 },
  "GET /api/mail-sink/:id/raw": { who: operators, on: "nothing", done: 404 },
  "GET /api/mail-sink/:id/text": { who: operators, on: "nothing", done: 404 },
  "DELETE /api/mail-sink": { who: ["infra"], done: 200 },
};

const webmail: RouteTable = {
  ...authentication,
  // A mail account's address is its administrator's to change.
  "POST /api/auth/login-change": { who: "signed_in", done: 403, body: () => ({ login: "moved@nowhere.test" }) },
  "GET /api/auth/recovery-address": { who: "signed_in", done: 200 },
  "POST /api/auth/recovery-address": {
    who: "signed_in",
    done: [202, 429],
    body: () => ({ address: `elsewhere-${unique()}@nowhere.test` }),
  },
  "DELETE /api/auth/recovery-address": { who: "signed_in", done: 204 },
  "POST /api/auth/recovery-address/confirm": { who: "anyone", done: 412, body: () => ({ token: linkToken }) },
  "GET /api/auth/app-passwords": { who: "signed_in", done: 200 },
  "POST /api/auth/app-passwords": {
    who: "signed_in",
    done: 201,
    body: () => ({ name: "Phone", protocols: ["imap"], expiresAt: null }),
  },
  "DELETE /api/auth/app-passwords/:id": { who: "signed_in", on: "nothing", done: 404 },
  "GET /mail/config-v1.1.xml": { who: "anyone", done: 200 },
  "GET /.well-known/autoconfig/mail/config-v1.1.xml": { who: "anyone", done: 200 },
  "GET /.well-known/mta-sts.txt": { who: "anyone", done: 404 },
  "POST /autodiscover/autodiscover.xml": { who: "anyone", done: [415, 422], bytes: true },
  "POST /Autodiscover/Autodiscover.xml": { who: "anyone", done: [415, 422], bytes: true },
  "GET /api/mail-profile": { who: "signed_in", done: [200, 404] },
  "GET /api/filters": { who: "signed_in", done: 200 },
  "PUT /api/filters": { who: "signed_in", done: 200, body: () => ({ rules: [] }) },
  "GET /.well-known/jmap": { who: "anyone", done: 307 },
  "GET /jmap/session": { who: "signed_in", done: 200 },
  "POST /jmap/api": {
    who: "signed_in",
    done: 200,
    body: () => ({ using: ["urn:ietf:params:jmap:core"], methodCalls: [["Core/echo", {}, "a"]] }),
  },
  "GET /jmap/download/:accountId/:blobId/:name": { who: "signed_in", on: "nothing", done: 404 },
  "GET /jmap/events": { who: "signed_in", done: 200, stream: true, query: () => "types=*&closeafter=no&ping=0" },
  "GET /jmap/image": { who: "signed_in", done: [404, 422], query: () => "url=http%3A%2F%2F127.0.0.1%2Fa.png" },
  "GET /quarantine/:token": { who: "anyone", done: 200 },
  "GET /quarantine/release.js": { who: "anyone", done: 200 },
  "POST /api/quarantine-release": { who: "anyone", done: 404, body: () => ({ token: linkToken }) },
  "POST /jmap/upload/:accountId": { who: "signed_in", on: "nothing", done: 404, bytes: true },
};

/** Every route of the browsers' faces. One that is not here fails the tests, so none comes in unguarded. */
export const routeTables = { console: customerConsole, operator: operatorConsole, webmail } as const satisfies Partial<
  Record<FaceName, RouteTable>
>;
