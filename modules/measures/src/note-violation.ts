import { type Actor, Failure, newId, type PrincipalId, type SpaceId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Product } from "./capabilities.ts";
import { measureLimits } from "./limits.ts";
import { type Nature, type Severity, type Verdict, verdictOn } from "./measure-table.ts";
import type { MeasureServices } from "./services.ts";
import { countRecurrence, insertViolation, selectViolation, updateViolation } from "./store.ts";
import type { Violation, ViolationId, ViolationSource } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface NoteViolation {
  readonly tenantId: TenantId;
  readonly nature: Nature;
  readonly severity: Severity;
  readonly product: Product;
  /** The space that alone is concerned (R48). */
  readonly subjectId?: SpaceId | null;
  readonly occurredAtMs: number;
  readonly facts: string;
  readonly clause: string;
  readonly evidence?: string;
  readonly source: ViolationSource;
  /** What the source knows it by; the same is noted once. */
  readonly sourceKey: string;
  readonly authorityReference?: string;
  readonly isSilent?: boolean;
}

/**
 * Notes a breach for a person to look at; nothing happens to the customer. Programs call it where they see one, operators
 * by hand. Null when it was noted before. @throws invalid `measures.reference`, `measures.future`.
 */
export async function noteViolation(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  input: NoteViolation,
  services: Pick<MeasureServices, "clock" | "random">,
): Promise<ViolationId | null> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const authorityReference = input.authorityReference?.trim() ?? "";
  if ((input.nature === "authority_order") !== (authorityReference !== ""))
    throw new Failure("invalid", "measures.reference", "an authority's order has a reference, and nothing else has");
  if (input.occurredAtMs > nowMs)
    throw new Failure("invalid", "measures.future", "a breach has happened before it is noted");
  const id = newId<ViolationId>(clock, random);
  const isSilent = input.isSilent === true && input.nature === "authority_order";
  const isNew = await insertViolation(tx, {
    tenantId: input.tenantId,
    id,
    nature: input.nature,
    severity: input.severity,
    product: input.product,
    subjectId: input.subjectId ?? null,
    occurredAt: new Date(input.occurredAtMs),
    notedAt: new Date(nowMs),
    facts: input.facts.slice(0, measureLimits.factsCharsMax),
    clause: input.clause,
    evidence: input.evidence ?? "",
    source: input.source,
    sourceKey: input.sourceKey,
    authorityReference,
    isSilent,
    state: "suggested",
    approvalId: null,
    dismissal: "",
  });
  if (!isNew) return null;
  await recordAudit(tx, actor, {
    action: "measures.violation_noted",
    object: { kind: "violation", id },
    details: { nature: input.nature, severity: input.severity, product: input.product, source: input.source },
    ...(tx.scope === "operator" && !isSilent ? { tenantId: input.tenantId } : {}),
  });
  return id;
}

/** What the table makes of a breach: shown before anybody decides. */
export async function previewVerdict(
  tx: OperatorTx,
  facts: {
    readonly tenantId: TenantId;
    readonly nature: Nature;
    readonly severity: Severity;
    readonly product: Product;
    readonly occurredAt: Date;
  },
): Promise<Verdict & { readonly recurrence: number }> {
  const recurrence = await countRecurrence(tx, facts);
  return { ...verdictOn({ ...facts, recurrence }), recurrence };
}

/** @throws not_found `measures.not_found`, conflict `measures.decided` when somebody decided before. */
export async function requireSuggested(tx: OperatorTx, tenantId: TenantId, id: ViolationId): Promise<Violation> {
  const violation = await selectViolation(tx, tenantId, id);
  if (violation === null) throw new Failure("not_found", "measures.not_found", "there is no such violation");
  if (violation.state !== "suggested")
    throw new Failure("conflict", "measures.decided", "this violation was decided before");
  return violation;
}

/** Nothing follows from it, and the reason says why. @throws as requireSuggested. */
export async function dismissViolation(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly tenantId: TenantId; readonly id: ViolationId; readonly reason: string; readonly nowMs: number },
): Promise<void> {
  const violation = await requireSuggested(tx, input.tenantId, input.id);
  const by: PrincipalId = actor.principalId;
  await updateViolation(
    tx,
    { ...violation, state: "dismissed", dismissal: input.reason },
    { by, at: new Date(input.nowMs) },
  );
  await recordAudit(tx, actor, {
    action: "measures.violation_dismissed",
    object: { kind: "violation", id: input.id },
    details: { reason: input.reason },
    ...(violation.isSilent ? {} : { tenantId: input.tenantId }),
  });
}
