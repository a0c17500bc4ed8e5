import type { Actor, Id, OperatorRole } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { z } from "zod";

export type ApprovalId = Id<"Approval">;
export type ApprovalState = "pending" | "approved" | "refused" | "withdrawn";
export type OperatorActor = Extract<Actor, { kind: "operator" }>;

/** Something that one person cannot complete (R91). The module whose act it is offers this; the composition root collects them. */
export interface ApprovalKind<Payload = unknown> {
  /** Dotted and stable: `catalogue.price`. */
  readonly kind: string;
  /** Who may ask for it and who may decide it. */
  readonly roles: readonly OperatorRole[];
  readonly payload: z.ZodType<Payload>;
  /** Does it, in the transaction that approves it. Whatever it throws leaves the request pending. */
  execute(
    tx: OperatorTx,
    actor: OperatorActor,
    payload: Payload,
    context: { readonly approvalId: ApprovalId; readonly nowMs: number },
  ): Promise<void>;
}

export interface Approval {
  readonly id: ApprovalId;
  readonly kind: string;
  readonly subject: string;
  readonly payload: unknown;
  readonly state: ApprovalState;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
}
