import { appealSchema, fileAppealSchema, type MeasuresReply, measuresReplySchema } from "@casaforte/contract/measures";
import { type Actor, parseId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { fileAppeal } from "./appeal.ts";
import { listSwitchedOff } from "./capability.ts";
import { toAppeal, toMeasure } from "./http-views.ts";
import type { MeasureServices } from "./services.ts";
import { selectAppeals, selectMeasures } from "./store.ts";
import type { MeasureId } from "./types.ts";

export interface MeasureConsoleServices extends Pick<MeasureServices, "db" | "clock" | "random"> {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "user" }>>;
}

/** What the customer sees of measures, and the objection (R64–R66). Never of one that must not be told. */
export function registerMeasureRoutes(app: Face, services: MeasureConsoleServices): void {
  const { db } = services;
  app.get("/api/measures", { schema: { response: { 200: measuresReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    return db.tenant(
      tenantId,
      async (tx): Promise<MeasuresReply> => {
        const appeals = await selectAppeals(tx, tenantId);
        const measures = (await selectMeasures(tx, { tenantId })).filter(({ isSilent }) => !isSilent);
        return {
          measures: measures.map((measure) => {
            const appeal = appeals.find(({ measureId }) => measureId === measure.id);
            return { ...toMeasure(measure), appeal: appeal ? toAppeal(appeal) : null };
          }),
          off: await listSwitchedOff(tx, tenantId),
        };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/measures/:id/appeal",
    {
      schema: { params: z.strictObject({ id: z.uuid() }), body: fileAppealSchema, response: { 201: appealSchema } },
    },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const input = { measureId: parseId<MeasureId>(request.params.id), body: request.body.body };
      const appeal = await db.tenant(actor.tenantId, (tx) => fileAppeal(tx, actor, input, services));
      return reply.status(201).send(toAppeal(appeal));
    },
  );
}
