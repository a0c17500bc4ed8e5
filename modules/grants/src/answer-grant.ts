import { type Actor, Failure } from "@casaforte/kernel";
import { type AuditDetails, recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { grantsLimits } from "./limits.ts";
import { lockGrant, markEnded, markGranted, markRefused } from "./store.ts";
import type { Grant, GrantEnd, GrantId, GrantScope } from "./types.ts";

export type UserActor = Extract<Actor, { kind: "user" }>;

const hourMs = 3_600_000;

const audit = (tx: TenantTx, actor: Actor, { id }: Grant, act: string, details: AuditDetails = {}) =>
  recordAudit(tx, actor, { action: `grants.${act}`, object: { kind: "grant", id }, details });

/** @throws not_found `grants.not_found`. */
async function requireGrant(tx: TenantTx, id: GrantId): Promise<Grant> {
  const grant = await lockGrant(tx, id);
  if (grant === null) throw new Failure("not_found", "grants.not_found", "there is no such request");
  return grant;
}

/** @throws also precondition `grants.answered`. */
async function requireAsked(tx: TenantTx, id: GrantId, nowMs: number): Promise<Grant> {
  const grant = await requireGrant(tx, id);
  if (grant.state !== "asked" || nowMs - grant.askedAt.getTime() >= grantsLimits.askedMs)
    throw new Failure("precondition", "grants.answered", "this request waits for no answer any more");
  return grant;
}

/** The customer lets the operator in: never for more or longer than was asked. @throws not_found, precondition, invalid. */
export async function giveGrant(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly id: GrantId; readonly scope: GrantScope; readonly hours: number },
  nowMs: number,
): Promise<void> {
  const grant = await requireAsked(tx, input.id, nowMs);
  const { scope, hours } = input;
  if (hours > grant.askedHours || (scope === "act" && grant.askedScope === "read"))
    throw new Failure("invalid", "grants.beyond", "this is more than was asked for");
  const until = new Date(nowMs + hours * hourMs);
  await markGranted(tx, grant, { scope, until, by: actor.principalId, at: new Date(nowMs) });
  await audit(tx, actor, grant, "given", { scope, until: until.toISOString(), operator: grant.operatorId });
}

/** @throws not_found, precondition `grants.answered`. */
export async function refuseGrant(tx: TenantTx, actor: UserActor, id: GrantId, nowMs: number): Promise<void> {
  const grant = await requireAsked(tx, id, nowMs);
  await markRefused(tx, grant, actor.principalId, new Date(nowMs));
  await audit(tx, actor, grant, "refused", { operator: grant.operatorId });
}

/** Ends it now: the next request of whoever is inside is refused. Again it does nothing. @throws not_found. */
export async function endGrant(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: GrantId; readonly reason: GrantEnd },
  nowMs: number,
): Promise<void> {
  const grant = await requireGrant(tx, input.id);
  if (grant.state === "asked" || grant.state === "refused")
    throw new Failure("precondition", "grants.not_given", "there is nothing to end");
  if (grant.state !== "granted") return;
  await markEnded(tx, grant, input.reason, new Date(nowMs));
  await audit(tx, actor, grant, input.reason, { operator: grant.operatorId });
}
