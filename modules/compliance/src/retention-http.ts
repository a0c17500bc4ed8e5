import { retentionReplySchema } from "@casaforte/contract/compliance";
import type { Face } from "@casaforte/platform/http";
import { type RetentionServices, readRetention } from "./retention.ts";

export interface RetentionHttpServices extends Omit<RetentionServices, "clock"> {
  /** Any operator with a role. @throws unauthenticated, forbidden. */
  operator(request: unknown): Promise<unknown>;
}

/** The retention schedule and what outlived it, for operators (R104). */
export function registerRetentionRoutes(app: Face, services: RetentionHttpServices): void {
  app.get("/api/retention", { schema: { response: { 200: retentionReplySchema } } }, async (request) => {
    await services.operator(request);
    const found = await services.db.operator((tx) => readRetention(tx), { readOnly: true });
    return {
      classes: services.retention.map(({ name, what, why, kept, job, overdue }) => {
        const finding = found.get(name);
        return {
          ...{ name, what, why, kept, job },
          isCounted: overdue !== undefined,
          checkedAt: finding?.checkedAt.toISOString() ?? null,
          overdue: finding ? Number(finding.overdue) : null,
          held: finding?.held ?? 0,
        };
      }),
    };
  });
}
