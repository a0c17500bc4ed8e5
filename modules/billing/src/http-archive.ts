import { Readable } from "node:stream";
import { archiveQuerySchema, archiveReplySchema } from "@casaforte/contract/billing";
import { romeDate } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Face } from "@casaforte/platform/http";
import { isSound } from "./check-archive.ts";
import { type ArchiveExportServices, exportArchive } from "./export-archive.ts";
import type { OperatorBillingServices } from "./operator-http.ts";
import { selectArchiveCheck, selectArchiveYears } from "./store-archive.ts";

export type ArchiveHttpServices = OperatorBillingServices & ArchiveExportServices;

/** The archive of issued invoices: what its last look found, and a year of it to take away (R49). */
export function registerArchiveRoutes(app: Face, services: ArchiveHttpServices): void {
  const { db, clock } = services;
  app.get("/api/billing/archive", { schema: { response: { 200: archiveReplySchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator(
      async (tx) => {
        const last = await selectArchiveCheck(tx, "any");
        return {
          years: await selectArchiveYears(tx),
          lastCheck:
            last === null
              ? null
              : {
                  at: last.at.toISOString(),
                  documents: last.documents,
                  damaged: last.damaged,
                  isListKept: last.isListKept,
                  isSound: isSound(last),
                },
        };
      },
      { readOnly: true },
    );
  });

  app.get("/api/billing/archive/export", { schema: { querystring: archiveQuerySchema } }, async (request, reply) => {
    const actor = await services.operator(request, "write");
    const year = request.query.year ?? romeDate(clock.nowMs()).year;
    await db.operator((tx) =>
      recordAudit(tx, actor, { action: "billing.archive_exported", object: { kind: "archive", id: String(year) } }),
    );
    reply.header("content-disposition", `attachment; filename="invoices-${year}.zip"`);
    reply.type("application/zip");
    return reply.send(Readable.from(exportArchive(services, year), { objectMode: false }));
  });
}
