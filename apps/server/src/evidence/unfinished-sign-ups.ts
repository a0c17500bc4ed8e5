import { providerTenantId } from "@casaforte/kernel";
import type { RetentionClass } from "@casaforte/modules/compliance";
import { countOverdueSignUps } from "@casaforte/modules/identity";
import { retentionGraceMs } from "./ageing-class.ts";

/** Requests for an account that nobody finished (R73): they belong to no tenant, so the provider's own look counts them. */
export const unfinishedSignUps: RetentionClass = {
  name: "sign_ups",
  what: { it: "Richieste di account mai concluse", en: "Requests for an account never finished" },
  why: { it: "Attendere il codice inviato per posta", en: "Waiting for the mailed code" },
  kept: { it: "1 ora", en: "1 hour" },
  job: "identity.sweep",
  overdue: async (tx, nowMs) =>
    tx.tenantId === providerTenantId ? countOverdueSignUps(tx, nowMs - retentionGraceMs) : 0,
};
