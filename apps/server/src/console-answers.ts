import { type Actor, parseId, type TenantId } from "@casaforte/kernel";
import { keepAnswers } from "@casaforte/modules/idempotency";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import type { Core } from "./core.ts";

/** Lets a customer's POST be sent twice (security.md, check 38). Before the routes are registered. */
export function keepConsoleAnswers(app: Face, core: Core, who: (request: FastifyRequest) => Promise<Actor>): void {
  const { db, clock, random } = core;
  keepAnswers(app, {
    ...{ db, clock, random },
    secret: core.secret("idempotency"),
    authenticate: (request) => who(request as FastifyRequest),
    isAnonymous: (url) => anonymous.some((path) => url.startsWith(path)),
    isRepeatable: (url) => repeatable.includes(url),
  });
}

/** Readings, and the look into the DNS, which must hold no transaction open. */
const repeatable = ["/api/estimates", "/api/policies/preview", "/api/domains/:id/verify"];
const anonymous = ["/api/status/", "/api/complaints"];

/** The same for operators, so that a double click or a lost answer makes one invoice, one ticket, one notice. */
export function keepOperatorAnswers(app: Face, core: Core, who: (request: FastifyRequest) => Promise<Actor>): void {
  const { db, clock, random } = core;
  keepAnswers(app, {
    ...{ db, clock, random },
    secret: core.secret("idempotency"),
    authenticate: (request) => who(request as FastifyRequest),
    scopeOf,
    isAnonymous: () => false,
    isRepeatable: (url) => !isOperatorAct(url),
  });
}

/**
 * Acts of operators that one transaction does whole. The others span customers (a run of invoices, a new customer with its
 * owner), or end in a state in which the same again is refused.
 */
export const isOperatorAct = (url: string): boolean =>
  exactly.includes(url) || operatorActs.some((act) => url.startsWith(act));

const ofOneCustomer = ["/api/billing/invoices/:tenantId/", "/api/mail-queue/:tenantId/"];
const operatorActs = [
  ...ofOneCustomer,
  "/api/desk/notices/:id/updates",
  "/api/desk/faults/",
  "/api/desk/complaints/",
  "/api/desk/processors",
  "/api/customer-audits/",
  "/api/departures",
  "/api/catalogue/",
  "/api/inventory/",
  "/api/enforcement/",
  "/api/legal-requests",
  "/api/legal-holds",
  "/api/security-incidents",
];
const exactly = [
  "/api/board/late/tickets",
  "/api/board/sites/:id/notes",
  "/api/desk/notices",
  "/api/desk/tickets",
  "/api/desk/tickets/:tenantId/:id/answers",
  "/api/desk/tickets/:tenantId/:id/cause",
  "/api/desk/tickets/:tenantId/:id/merge",
  "/api/desk/linked-tickets/:noticeId/answers",
];

function scopeOf(request: FastifyRequest): TenantId | "operator" {
  const url = request.routeOptions.url ?? "";
  if (!ofOneCustomer.some((act) => url.startsWith(act))) return "operator";
  return parseId<TenantId>((request.params as Readonly<Record<string, string>>)["tenantId"] ?? "");
}
