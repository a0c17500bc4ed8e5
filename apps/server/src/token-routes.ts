import type { TokenScope } from "@casaforte/contract/tokens";

/** How a request names the object that a bound token must hold: what it is, and where its name stands. */
export type NamedObject =
  `${"space" | "device" | "domain" | "domainName" | "address" | "mailAccount" | "mailAddress"} ${"params" | "query" | "body"}.${string}`;

/** What a token needs for a route: a scope, or to be a token at all. Without `object` a bound token has no business there. */
export interface TokenNeed {
  readonly scope: TokenScope | "any";
  readonly object?: NamedObject;
}

const need = (scope: TokenNeed["scope"], object?: NamedObject): TokenNeed => ({
  scope,
  ...(object === undefined ? {} : { object }),
});

/**
 * Every request of the console that a token may make (R78). A route that stands neither here nor in `peopleOnly` fails a
 * test, and no token reaches it.
 */
export const tokenRoutes: Readonly<Record<string, TokenNeed>> = {
  "GET /api/tenant": need("any"),
  "GET /api/provider": need("any"),
  "GET /openapi.json": need("any"),

  "GET /api/sites": need("backup:read"),
  "GET /api/spaces": need("backup:read"),
  "POST /api/spaces": need("backup:write"),
  "GET /api/spaces/:id": need("backup:read", "space params.id"),
  "PATCH /api/spaces/:id": need("backup:write", "space params.id"),
  "GET /api/spaces/:id/copies": need("backup:read", "space params.id"),
  "GET /api/spaces/:id/copies/blobs": need("backup:read", "space params.id"),
  "GET /api/devices": need("backup:read", "space query.spaceId"),
  "GET /api/devices/:id": need("backup:read", "device params.id"),
  "PATCH /api/devices/:id": need("backup:write", "device params.id"),
  "POST /api/devices/:id/revoke": need("backup:write", "device params.id"),
  "POST /api/devices/:id/key-proof": need("backup:write", "device params.id"),
  "POST /api/devices/:id/restore-tokens": need("backup:write", "device params.id"),
  "POST /api/devices/:id/points/:pointId/restores": need("backup:write", "device params.id"),
  "GET /api/devices/:id/files/:fileId": need("backup:read", "device params.id"),
  "GET /api/devices/:id/points": need("backup:read", "device params.id"),
  "GET /api/devices/:id/point-times": need("backup:read", "device params.id"),
  "POST /api/devices/:id/run": need("backup:write", "device params.id"),
  "PUT /api/devices/:id/policy": need("backup:write", "device params.id"),
  "PUT /api/devices/:id/pause": need("backup:write", "device params.id"),
  "POST /api/enrolments": need("backup:write", "space body.spaceId"),
  "GET /api/enrolments/:id": need("backup:read"),
  "GET /api/policies": need("backup:read"),
  "POST /api/policies": need("backup:write"),
  "GET /api/policies/:id": need("backup:read"),
  "PUT /api/policies/:id": need("backup:write"),
  "DELETE /api/policies/:id": need("backup:write"),
  "PUT /api/policies/:id/devices": need("backup:write"),
  "POST /api/policies/preview": need("backup:read"),
  "GET /api/backup-summary": need("backup:read"),
  "GET /api/points/:id/dependants": need("backup:read"),
  "POST /api/points/:id/verify": need("backup:write"),
  "POST /api/points/:id/undelete": need("backup:write"),
  "POST /api/points/:id/take-back": need("backup:write"),
  "GET /api/alarms": need("backup:read"),
  "POST /api/alarms/:id/settle": need("backup:write"),
  "GET /api/usage": need("backup:read", "space query.spaceId"),
  "GET /api/usage/csv": need("backup:read", "space query.spaceId"),
  "GET /api/scrubs": need("backup:read"),
  "GET /api/events": need("backup:read"),

  "GET /api/domains": need("mail:read"),
  "POST /api/domains": need("mail:write"),
  "POST /api/domains/:id/verify": need("mail:write", "domain params.id"),
  "GET /api/domains/:id/records": need("mail:read", "domain params.id"),
  "GET /api/domains/:id/reports": need("mail:read", "domain params.id"),
  "GET /api/domains/:id/certificates": need("mail:read", "domain params.id"),
  "POST /api/domains/:id/certificates/retries": need("mail:write", "domain params.id"),
  "PUT /api/domains/:id/sts": need("mail:write", "domain params.id"),
  "POST /api/domains/:id/dkim": need("mail:write", "domain params.id"),
  "PUT /api/domains/:id/alias": need("mail:write"),
  "DELETE /api/domains/:id": need("mail:write", "domain params.id"),
  "GET /api/addresses": need("mail:read", "domain query.domainId"),
  "POST /api/addresses": need("mail:write", "mailAddress body.address"),
  "PUT /api/addresses/:id": need("mail:write", "address params.id"),
  "POST /api/addresses/:id/test": need("mail:write", "address params.id"),
  "GET /api/addresses/:id/senders": need("mail:read", "address params.id"),
  "PUT /api/addresses/:id/senders": need("mail:write", "address params.id"),
  "DELETE /api/addresses/:id": need("mail:write", "address params.id"),
  "GET /api/mail-accounts": need("mail:read"),
  "GET /api/mail-accounts/export": need("mail:read"),
  "POST /api/mail-accounts/import": need("mail:write"),
  "GET /api/mail-accounts/:id": need("mail:read", "mailAccount params.id"),
  "POST /api/mail-accounts": need("mail:write", "mailAddress body.address"),
  "PATCH /api/mail-accounts/:id": need("mail:write", "mailAccount params.id"),
  "POST /api/mail-accounts/:id/invitation": need("mail:write", "mailAccount params.id"),
  "POST /api/mail-accounts/:id/password": need("mail:write", "mailAccount params.id"),
  "POST /api/mail-accounts/:id/disconnect": need("mail:write", "mailAccount params.id"),
  "GET /api/mail-accounts/:id/shares": need("mail:read", "mailAccount params.id"),
  "PUT /api/mail-accounts/:id/shares": need("mail:write"),
  "GET /api/mail-accounts/:id/deleted-messages": need("mail:write", "mailAccount params.id"),
  "POST /api/mail-accounts/:id/deleted-messages/restore": need("mail:write", "mailAccount params.id"),
  "DELETE /api/mail-accounts/:id": need("mail:write", "mailAccount params.id"),
  "POST /api/mail-accounts/:id/restore": need("mail:write", "mailAccount params.id"),
  "GET /api/mail-events": need("mail:read"),
  "GET /api/mail-transfers": need("mail:read"),
  "POST /api/mail-transfers": need("mail:write"),
  "GET /api/mail-transfers/:id": need("mail:read"),
  "POST /api/mail-transfers/:id/pause": need("mail:write"),
  "POST /api/mail-transfers/:id/cancel": need("mail:write"),
  "POST /api/mail-transfers/:id/resume": need("mail:write"),
  "GET /api/mail-stops": need("mail:read"),
  "POST /api/mail-stops/:id/lift": need("mail:write"),
  "GET /api/mail-quarantine": need("mail:read"),
  "POST /api/mail-quarantine/:id/release": need("mail:write"),
  "POST /api/mail-quarantine/:id/delete": need("mail:write"),
  "GET /api/mail-sender-rules": need("mail:read"),
  "POST /api/mail-sender-rules": need("mail:write"),
  "DELETE /api/mail-sender-rules/:id": need("mail:write"),
  "GET /api/mail-policies": need("mail:read"),
  "PUT /api/mail-policies/:domain": need("mail:write", "domainName params.domain"),

  "GET /api/offers": need("orders:read"),
  "GET /api/documents": need("orders:read"),
  "POST /api/estimates": need("orders:read"),
  "GET /api/services": need("orders:read"),
  "GET /api/applied": need("orders:read"),
  "POST /api/orders": need("orders:write"),
  "POST /api/services/:id/changes": need("orders:write"),

  "GET /api/costs": need("billing:read"),
  "GET /api/costs/export": need("billing:read"),
  "GET /api/licences": need("billing:read"),
  "GET /api/licences/export": need("billing:read"),
  "PUT /api/budget": need("billing:write"),
  "GET /api/invoices": need("billing:read"),
  "GET /api/invoices/:id": need("billing:read"),
  "GET /api/invoices/:id/lines/:line": need("billing:read"),
  "GET /api/invoices/:id/documents/:kind": need("billing:read"),

  "GET /api/tickets": need("support:read"),
  "POST /api/tickets": need("support:write"),
  "GET /api/tickets/:id": need("support:read"),
  "POST /api/tickets/:id/answers": need("support:write"),
  "POST /api/tickets/:id/solve": need("support:write"),
  "GET /api/tickets/:id/files/:fileId": need("support:read"),
  "GET /api/notices": need("support:read"),
  "GET /api/contacts": need("support:read"),
  "GET /api/measures": need("support:read"),

  "GET /api/webhooks": need("programs:read"),
  "GET /api/webhooks/:id/deliveries": need("programs:read"),
  "POST /api/webhooks/:id/deliveries/:deliveryId/resend": need("programs:write"),
  "POST /api/webhooks/:id/pause": need("programs:write"),
  "POST /api/webhooks/:id/resume": need("programs:write"),
  "POST /api/webhooks/:id/test": need("programs:write"),

  "GET /api/people": need("people:read"),
  "GET /api/processors": need("people:read"),

  "GET /api/audit": need("evidence:read"),
  "GET /api/audit/export": need("evidence:read"),
  "GET /api/audit/verification": need("evidence:read"),
  "GET /api/evidence": need("evidence:read"),
  "GET /api/evidence/:part": need("evidence:read"),
  "GET /api/evidence-pack": need("evidence:read"),
};

/**
 * What a person alone does, however wide the token: sign-in and factors, people and their rights, the contract itself,
 * what ends it, and what cannot be undone.
 */
export const peopleOnly: readonly string[] = [
  "/api/auth/",
  "/api/tokens",
  "POST /api/people",
  "PUT /api/people/",
  "DELETE /api/people/",
  "PATCH /api/tenant",
  "PUT /api/tenant/policy",
  "POST /api/acceptances",
  "POST /api/services/:id/end",
  "DELETE /api/spaces/:id",
  "DELETE /api/devices/:id",
  "DELETE /api/points/:id",
  "POST /api/mail-accounts/:id/purge",
  "/api/departure",
  "/api/exports",
  "/api/inspections",
  "POST /api/processors",
  "POST /api/contacts",
  "DELETE /api/contacts/:id",
  "/api/notices/calendar",
  "POST /api/measures/:id/appeal",
  "/api/support-access",
  "PUT /api/webhooks/:id",
  "DELETE /api/webhooks/:id",
  "POST /api/webhooks",
];

/** True for a route of the console that stands in `peopleOnly`. */
export const isPeopleOnly = (route: string): boolean =>
  peopleOnly.some((rule) => route.startsWith(rule) || route.slice(route.indexOf(" ") + 1).startsWith(rule));
