import { approvalsReplySchema, decideApprovalSchema, decisionReplySchema } from "@casaforte/contract/approvals";
import type { Clock } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { ApprovalId, ApprovalKind, OperatorActor } from "./approval.ts";
import { decideApproval, mayApprove } from "./decide-approval.ts";
import { selectRequests } from "./store.ts";

export interface ApprovalHttpServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly kinds: readonly ApprovalKind[];
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read"): Promise<OperatorActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

const listed = 100;

/** The four-eyes list on the operator's face (R91). */
export function registerApprovalRoutes(app: Face, services: ApprovalHttpServices): void {
  const { db, clock, kinds } = services;
  app.get("/api/approvals", { schema: { response: { 200: approvalsReplySchema } } }, async (request) => {
    const actor = await services.operator(request, "read");
    const rows = await db.operator((tx) => selectRequests(tx, listed), { readOnly: true });
    return {
      approvals: rows.map((row) => ({
        ...row,
        payload: row.payload as Record<string, unknown>,
        isOwn: row.requestedBy === actor.principalId,
        mayApprove: mayApprove(actor, kinds, row, clock.nowMs()),
        requestedAt: row.requestedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        decidedAt: row.decidedAt?.toISOString() ?? null,
      })),
    };
  });
  app.post(
    "/api/approvals/:id/decision",
    {
      schema: {
        params: z.strictObject({ id: z.uuid() }),
        body: decideApprovalSchema,
        response: { 200: decisionReplySchema },
      },
    },
    async (request) => {
      const actor = await services.operator(request, "read");
      await services.assertFresh(request);
      const { decision, reason } = request.body;
      const state = await db.operator((tx) =>
        decideApproval(tx, actor, kinds, {
          id: request.params.id as ApprovalId,
          decision,
          reason: reason ?? null,
          nowMs: clock.nowMs(),
        }),
      );
      return { state: state === "pending" ? "withdrawn" : state };
    },
  );
}
