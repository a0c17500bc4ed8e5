/**
 * What an operator reaches in a customer's console under the customer's grant (R90): `read` under any, `act` where the
 * customer allowed changes. What stands here shows or moves settings, states and figures. Never content, nor a way to it:
 * no mail, trace or quarantine, no file, restore or export, no key, password, token or secret, no forwarding, sharing or
 * mailbox, nobody's sign-in; nothing that costs, ends or deletes; no policy, since its commands run on the customer's
 * machines and its retention deletes, and no alarm, which holds points back; no answer to a request for access. A route
 * that is not here answers 403, also one that a later release adds.
 */
export const actingRoutes: Readonly<Record<string, "read" | "act">> = {
  "GET /api/auth/session": "read",
  "POST /api/auth/sign-out": "read",
  "GET /api/tenant": "read",
  "GET /api/provider": "read",

  "GET /api/sites": "read",
  "GET /api/spaces": "read",
  "GET /api/spaces/:id": "read",
  "PATCH /api/spaces/:id": "act",
  "GET /api/spaces/:id/copies": "read",
  "GET /api/devices": "read",
  "GET /api/devices/:id": "read",
  "GET /api/devices/:id/points": "read",
  "GET /api/devices/:id/point-times": "read",
  "PATCH /api/devices/:id": "act",
  "POST /api/devices/:id/run": "act",
  "GET /api/policies": "read",
  "GET /api/policies/:id": "read",
  "POST /api/policies/preview": "read",
  "GET /api/backup-summary": "read",
  "GET /api/alarms": "read",
  "GET /api/usage": "read",
  "GET /api/usage/csv": "read",
  "GET /api/scrubs": "read",

  "GET /api/domains": "read",
  "GET /api/domains/:id/records": "read",
  "GET /api/domains/:id/reports": "read",
  "POST /api/domains/:id/verify": "act",
  "PUT /api/domains/:id/sts": "act",
  "POST /api/domains/:id/dkim": "act",
  "GET /api/addresses": "read",
  "GET /api/addresses/:id/senders": "read",
  "GET /api/mail-accounts": "read",
  "GET /api/mail-accounts/:id": "read",
  "GET /api/mail-accounts/:id/shares": "read",
  "GET /api/mail-transfers": "read",
  "POST /api/mail-transfers/:id/pause": "act",
  "GET /api/mail-stops": "read",
  "POST /api/mail-stops/:id/lift": "act",
  "GET /api/mail-sender-rules": "read",
  "GET /api/mail-policies": "read",
  "PUT /api/mail-policies/:domain": "act",

  "GET /api/offers": "read",
  "GET /api/documents": "read",
  "GET /api/services": "read",
  "GET /api/applied": "read",
  "GET /api/costs": "read",
  "GET /api/licences": "read",
  "GET /api/invoices": "read",
  "GET /api/invoices/:id": "read",
  "GET /api/tickets": "read",
  "GET /api/tickets/:id": "read",
  "GET /api/notices": "read",
  "GET /api/contacts": "read",
  "GET /api/measures": "read",
  "GET /api/processors": "read",
  "GET /api/audit": "read",
};
