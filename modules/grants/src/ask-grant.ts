import { type Actor, Failure, newId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { grantsLimits } from "./limits.ts";
import type { GrantMail, GrantServices } from "./services.ts";
import { countAsked, insertGrant, markTold, selectGrant } from "./store.ts";
import type { Grant, GrantId, GrantScope } from "./types.ts";

export const tellTask = "grants.tell";
export type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface GrantRequest {
  readonly tenantId: TenantId;
  readonly ticketId: string;
  readonly scope: GrantScope;
  readonly hours: number;
  readonly reason: string;
}

/**
 * An operator asks a customer, out of one of its tickets, to be let into its console (R90). Nothing opens by it.
 * @throws not_found when the ticket is not this customer's, rate_limited `grants.too_many`.
 */
export async function askGrant(
  tx: OperatorTx,
  actor: OperatorActor,
  request: GrantRequest,
  operatorName: string,
  services: GrantServices,
): Promise<Grant> {
  const { clock, random } = services;
  const { tenantId, ticketId, scope, hours, reason } = request;
  await services.assertTicket(tx, tenantId, ticketId);
  if ((await countAsked(tx, tenantId)) >= grantsLimits.askedMax)
    throw new Failure("rate_limited", "grants.too_many", "this customer has enough requests to answer");
  const grant: Grant = {
    ...{ tenantId, id: newId<GrantId>(clock, random), ticketId, reason, operatorName },
    ...{ operatorId: actor.principalId, askedScope: scope, askedHours: hours, askedAt: new Date(clock.nowMs()) },
    ...{ state: "asked", answeredBy: null, scope: null, until: null, endedAt: null, endReason: null },
  };
  await insertGrant(tx, grant);
  await recordAudit(tx, actor, {
    action: "grants.asked",
    object: { kind: "grant", id: grant.id },
    details: { scope, hours, ticket: ticketId },
    tenantId,
  });
  await services.jobs.enqueue(tx, tellTask, { tenantId, grantId: grant.id }, { key: grant.id });
  return grant;
}

/** Writes to those who can answer, once. */
export async function tellAsked(tx: TenantTx, id: GrantId, services: GrantServices): Promise<void> {
  const grant = await selectGrant(tx, id);
  if (grant === null || !(await markTold(tx, id, new Date(services.clock.nowMs())))) return;
  for (const { login, language } of await services.administrators(tx))
    await services.send(tx, { to: login, language, ...askedMail(grant, language, services) });
}

function askedMail(
  { operatorName, reason, askedHours, askedScope }: Grant,
  language: "it" | "en",
  { providerName, consoleUrl }: Pick<GrantServices, "providerName" | "consoleUrl">,
): Omit<GrantMail, "to" | "language"> {
  const url = `${consoleUrl}/support-access`;
  if (language === "it")
    return {
      subject: "L’assistenza chiede di entrare nella vostra console",
      text: `${operatorName} dell’assistenza di ${providerName} chiede di entrare nella vostra console.\n\nPerché: ${reason}\nPer quanto: ${askedHours} ore\nChe cosa potrà fare: ${askedScope === "read" ? "solo guardare" : "guardare e modificare"}\n\nNessuno entra senza il vostro consenso. Non vedrà mai posta, file, password o chiavi. Rispondete nella console:\n${url}\n`,
    };
  return {
    subject: "Support asks to enter your console",
    text: `${operatorName} of ${providerName}’s support asks to enter your console.\n\nWhy: ${reason}\nFor how long: ${askedHours} hours\nWhat they could do: ${askedScope === "read" ? "look only" : "look and change"}\n\nNobody enters without your consent. They never see mail, files, passwords or keys. Answer in the console:\n${url}\n`,
  };
}
