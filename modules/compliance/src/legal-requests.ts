import { Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import { assertLegal, type OperatorActor, placeHold } from "./holds.ts";
import type { HoldId, LegalRequest, LegalRequestId, LegalScope } from "./legal-request.ts";
import { complianceLimits } from "./limits.ts";
import { insertRequest, selectRequest, updateClosed, updateDecision, updateDelivery, updateGagEnd } from "./store.ts";

export interface RegisterLegalRequest {
  readonly id: LegalRequestId;
  readonly kind: LegalRequest["kind"];
  readonly authority: string;
  readonly act: string;
  readonly legalBasis: string;
  readonly aboutTenant: TenantId;
  readonly scope: LegalScope;
  readonly receivedAtMs: number;
  /** When the act gives less time than the law. */
  readonly deadlineMs: number | null;
  readonly gag: boolean;
  readonly gagUntilMs: number | null;
  /** For the hold that a preservation request places at once. */
  readonly holdId: HoldId;
  readonly nowMs: number;
}

/**
 * All acts on a request go to the provider's own log, which no customer sees (security.md: acts under a gag). Other roles
 * than legal read it: what a request is about stands in the register alone.
 */
const record = (tx: OperatorTx, actor: OperatorActor, request: { id: string }, what: string, details = {}) =>
  recordAudit(tx, actor, {
    action: `compliance.request_${what}`,
    object: { kind: "legal_request", id: request.id },
    details,
  });

/** The earlier of what the law and the act give, from the moment it was received (R88). */
export function deadlineOf(kind: LegalRequest["kind"], receivedAtMs: number, askedMs: number | null): number {
  return Math.min(receivedAtMs + complianceLimits.deadlineMs[kind], askedMs ?? Number.POSITIVE_INFINITY);
}

/**
 * Notes what an authority asks for (R58). A request to preserve places its hold in the same moment.
 * @throws forbidden `compliance.role`, not_found `tenancy.no_tenant`, invalid `compliance.received`,
 * `compliance.no_parts`, `compliance.scope` when settings are asked for with accounts or dates.
 */
export async function registerLegalRequest(
  tx: OperatorTx,
  actor: OperatorActor,
  input: RegisterLegalRequest,
): Promise<void> {
  assertLegal(actor);
  await readTenant(tx, input.aboutTenant);
  if (input.receivedAtMs > input.nowMs)
    throw new Failure("invalid", "compliance.received", "a request was received before it is registered");
  const { parts, mailAccounts, from, until } = input.scope;
  if (parts.length === 0) throw new Failure("invalid", "compliance.no_parts", "say what is asked for");
  if (parts.includes("settings") && (mailAccounts || from || until))
    throw new Failure("invalid", "compliance.scope", "settings cannot be narrowed to accounts or dates");
  const { id, kind, authority, act, legalBasis, aboutTenant, scope, gag } = input;
  await insertRequest(tx, {
    ...{ id, kind, authority, act, legalBasis, aboutTenant, scope, gag },
    receivedAt: new Date(input.receivedAtMs),
    deadlineAt: new Date(deadlineOf(kind, input.receivedAtMs, input.deadlineMs)),
    gagUntil: gag && input.gagUntilMs !== null ? new Date(input.gagUntilMs) : null,
    registeredBy: actor.principalId,
    registeredAt: new Date(input.nowMs),
  });
  await record(tx, actor, input, "registered");
  if (kind === "preservation")
    await placeHold(tx, actor, { id: input.holdId, aboutTenant, requestId: id, reason: act, nowMs: input.nowMs });
}

async function requireRequest(
  tx: OperatorTx,
  actor: OperatorActor,
  id: LegalRequestId,
  states: readonly LegalRequest["state"][],
): Promise<LegalRequest> {
  assertLegal(actor);
  const request = await selectRequest(tx, id, true);
  if (request === null) throw new Failure("not_found", "compliance.no_request", "there is no such request");
  if (!states.includes(request.state))
    throw new Failure("conflict", "compliance.state", `this cannot be done with a request that is ${request.state}`);
  return request;
}

/**
 * A second person approves or refuses (R58). @throws forbidden `compliance.role`, `compliance.same_person`;
 * not_found `compliance.no_request`, conflict `compliance.state`, invalid `compliance.reason` for a refusal without one.
 */
export async function decideLegalRequest(
  tx: OperatorTx,
  actor: OperatorActor,
  input: {
    readonly id: LegalRequestId;
    readonly decision: "approve" | "refuse";
    readonly reason: string | null;
    readonly nowMs: number;
  },
): Promise<void> {
  const request = await requireRequest(tx, actor, input.id, ["registered"]);
  if (request.registeredBy === actor.principalId)
    throw new Failure("forbidden", "compliance.same_person", "another person decides this");
  if (input.decision === "refuse" && input.reason === null)
    throw new Failure("invalid", "compliance.reason", "say why it is refused");
  const state = input.decision === "approve" ? "approved" : "refused";
  const at = new Date(input.nowMs);
  await updateDecision(tx, input.id, { state, by: actor.principalId, at, reason: input.reason });
  await record(tx, actor, request, state);
}

/**
 * The request whose data may be handed out now; its scope is what was registered, and there is no other (R58).
 * @throws as decideLegalRequest; conflict `compliance.nothing_to_deliver` for a request that only preserves.
 */
export async function requireDeliverable(
  tx: OperatorTx,
  actor: OperatorActor,
  id: LegalRequestId,
): Promise<LegalRequest> {
  const request = await requireRequest(tx, actor, id, ["approved", "delivered"]);
  if (request.kind === "preservation")
    throw new Failure("conflict", "compliance.nothing_to_deliver", "this request only keeps data from being deleted");
  return request;
}

/** What was handed out, and its hash, once the last byte went (R58). */
export async function noteDelivery(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: LegalRequestId; readonly bytes: bigint; readonly sha256: Uint8Array; readonly nowMs: number },
): Promise<void> {
  const request = await requireRequest(tx, actor, input.id, ["approved", "delivered"]);
  const { bytes, sha256, nowMs } = input;
  await updateDelivery(tx, input.id, { by: actor.principalId, at: new Date(nowMs), bytes, sha256 });
  await record(tx, actor, request, "delivered", {
    bytes: String(bytes),
    sha256: Buffer.from(sha256).toString("hex"),
  });
}

/** The authority lets the customer know: it is told within a minute. @throws conflict `compliance.no_gag`. */
export async function endGag(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: LegalRequestId; readonly nowMs: number },
): Promise<void> {
  const request = await requireRequest(tx, actor, input.id, [
    "registered",
    "approved",
    "refused",
    "delivered",
    "closed",
  ]);
  if (!request.gag || (request.gagUntil !== null && request.gagUntil.getTime() <= input.nowMs))
    throw new Failure("conflict", "compliance.no_gag", "there is no gag to end");
  await updateGagEnd(tx, input.id, new Date(input.nowMs));
  await record(tx, actor, request, "gag_ended");
}

/** Nothing more is to be done. @throws conflict `compliance.state` before it was delivered, or approved to preserve. */
export async function closeLegalRequest(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: LegalRequestId; readonly nowMs: number },
): Promise<void> {
  const request = await requireRequest(tx, actor, input.id, ["approved", "delivered"]);
  if (request.state === "approved" && request.kind !== "preservation")
    throw new Failure("conflict", "compliance.state", "what was asked for is not delivered yet");
  await updateClosed(tx, input.id, new Date(input.nowMs));
  await record(tx, actor, request, "closed");
}
