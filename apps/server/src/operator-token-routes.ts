import type { OperatorTokenScope } from "@casaforte/contract/operator-tokens";

/** What an operator's token needs for a route: a scope, or to be a token at all. */
export type OperatorTokenNeed = OperatorTokenScope | "any";

/**
 * Every request of the operators' console that a token may make (R78). A route that stands neither here nor in
 * `operatorsOnly` fails a test, and no token reaches it.
 */
export const operatorTokenRoutes: Readonly<Record<string, OperatorTokenNeed>> = {
  "GET /api/desk/openapi": "any",

  "GET /api/tenants": "customers:read",
  "POST /api/tenants": "customers:write",
  "GET /api/tenants/:id": "customers:read",
  "PATCH /api/tenants/:id": "customers:write",
  "POST /api/tenants/:id/vet": "customers:write",
  "GET /api/tenants/:id/services": "customers:read",
  "GET /api/tenants/:id/month": "billing:read",
  "GET /api/tenants/:id/notes": "customers:read",
  "POST /api/tenants/:id/notes": "customers:write",
  "POST /api/tenants/:id/notes/restore": "customers:write",
  "PATCH /api/tenants/:id/notes/:noteId": "customers:write",
  "DELETE /api/tenants/:id/notes/:noteId": "customers:write",
  "GET /api/departures": "customers:read",
  "GET /api/desk/processors": "customers:read",

  "GET /api/desk/tickets": "tickets:read",
  "POST /api/desk/tickets": "tickets:write",
  "GET /api/desk/tickets/:tenantId/:id": "tickets:read",
  "GET /api/desk/tickets/:tenantId/:id/files/:fileId": "tickets:read",
  "POST /api/desk/tickets/:tenantId/:id/answers": "tickets:write",
  "PATCH /api/desk/tickets/:tenantId/:id": "tickets:write",
  "POST /api/desk/tickets/:tenantId/:id/give": "tickets:write",
  "POST /api/desk/tickets/:tenantId/:id/merge": "tickets:write",
  "PUT /api/desk/tickets/:tenantId/:id/notice": "tickets:write",
  "GET /api/desk/linked-tickets": "tickets:read",
  "GET /api/desk/linked-tickets/:noticeId": "tickets:read",
  "POST /api/desk/linked-tickets/:noticeId/answers": "tickets:write",
  "GET /api/desk/grants": "tickets:read",

  "GET /api/desk/notices": "notices:read",
  "POST /api/desk/notices/preview": "notices:read",
  "POST /api/desk/notices": "notices:write",
  "POST /api/desk/notices/:id/updates": "notices:write",
  "POST /api/desk/faults/:id/acknowledge": "notices:write",
  "POST /api/desk/faults/:id/start": "notices:write",
  "POST /api/desk/faults/:id/replace": "notices:write",

  "GET /api/desk/complaints": "measures:read",
  "GET /api/abuse-cases": "measures:read",

  "GET /api/customer-audits": "inspections:read",
  "GET /api/customer-charter/:tenantId": "inspections:read",
  "POST /api/customer-audits/:tenantId/:id/quote": "inspections:write",
  "POST /api/customer-audits/:tenantId/:id/refusal": "inspections:write",

  "GET /api/catalogue": "catalogue:read",
  "POST /api/catalogue/versions": "catalogue:write",
  "POST /api/catalogue/withdrawals": "catalogue:write",
  "POST /api/catalogue/prices": "catalogue:write",
  "POST /api/catalogue/tax-rates": "catalogue:write",
  "POST /api/catalogue/documents": "catalogue:write",

  "GET /api/billing/invoices": "billing:read",
  "GET /api/billing/price-preview": "billing:read",
  "POST /api/billing/invoices/run": "billing:write",
  "POST /api/billing/invoices/receipts": "billing:write",
  "GET /api/billing/invoices/:tenantId/:id": "billing:read",
  "GET /api/billing/invoices/:tenantId/:id/lines/:line": "billing:read",
  "POST /api/billing/invoices/:tenantId/:id/payments": "billing:write",
  "POST /api/billing/invoices/:tenantId/:id/credit": "billing:write",
  "POST /api/billing/invoices/:tenantId/:id/transmissions": "billing:write",
  "GET /api/billing/archive": "billing:read",
  "GET /api/billing/archive/export": "billing:write",
  "GET /api/billing/settings": "billing:read",

  "GET /api/inventory": "inventory:read",
  "GET /api/inventory/tenants/:id/copies": "inventory:read",
  "POST /api/inventory/hosts": "inventory:write",
  "PATCH /api/inventory/hosts/:id": "inventory:write",
  "POST /api/inventory/addresses": "inventory:write",
  "GET /api/inventory/hosts/:id/spaces": "inventory:read",
  "POST /api/inventory/hosts/:id/evacuations": "inventory:write",
  "POST /api/inventory/spaces/:tenantId/:id/move": "inventory:write",
  "GET /api/drifts": "inventory:read",
  "POST /api/drifts/:tenantId/retry": "inventory:write",

  "GET /api/mail-queue": "mail:read",
  "POST /api/mail-queue/:tenantId/:id/retry": "mail:write",
  "POST /api/mail-queue/:tenantId/:id/drop": "mail:write",
  "GET /api/mail-events": "mail:read",
  "GET /api/mail-stops": "mail:read",
  "POST /api/mail-stops": "mail:write",
  "POST /api/mail-stops/:tenantId/:id/lift": "mail:write",
  "POST /api/mail-stops/:tenantId/:id/discard": "mail:write",

  "GET /api/health": "operation:read",
  "GET /api/operation": "operation:read",
  "GET /api/operation/sbom": "operation:read",
  "POST /api/operation/retries": "operation:write",
  "GET /api/retention": "operation:read",
  "GET /api/board": "operation:read",
  "POST /api/board/late/tickets": "tickets:write",
  "POST /api/board/sites/:id/notes": "inventory:write",
};

/**
 * What an operator alone does, however wide the token: sign-in, factors and people; the second pair of eyes, that of
 * improper use included; whatever tells of an authority's request or order, so the provider's log and the whole ledger of
 * violations, too; what a customer's rights hang on; and where money is paid to.
 */
export const operatorsOnly: readonly string[] = [
  "/api/auth/",
  "/api/desk/tokens",
  "/api/people",
  "POST /api/tenants/:id/owners",
  "/api/approvals",
  "/api/legal-requests",
  "/api/legal-holds",
  "/api/security-incidents",
  "/api/audit",
  "POST /api/departures",
  "POST /api/desk/grants",
  "POST /api/desk/tickets/:tenantId/:id/cause",
  "POST /api/desk/processors",
  "POST /api/desk/complaints",
  "POST /api/abuse-cases",
  "/api/sign-in-brakes",
  "/api/enforcement",
  "PUT /api/billing/settings",
  "POST /api/board/seen",
  "/api/mail-sink",
];

/** True when a scope opens anything; one that no longer does stays readable in tokens that have it. */
export const opensRoutes = (scope: OperatorTokenScope): boolean => Object.values(operatorTokenRoutes).includes(scope);

/** True for a route of the operators' console that stands in `operatorsOnly`. */
export const isOperatorsOnly = (route: string): boolean =>
  operatorsOnly.some((rule) => route.startsWith(rule) || route.slice(route.indexOf(" ") + 1).startsWith(rule));
