import { Readable } from "node:stream";
import { mailAccountImportReplySchema, mailAccountImportSchema } from "@casaforte/contract/mail";
import type { Face } from "@casaforte/platform/http";
import { exportMailAccounts } from "./export-accounts.ts";
import type { MailAccountHttpServices } from "./http-services.ts";
import { importMailAccounts } from "./import-accounts.ts";

/** Mail accounts from a file and into one (R12). */
export function registerMailAccountFiles(app: Face, services: MailAccountHttpServices): void {
  app.post(
    "/api/mail-accounts/import",
    { schema: { body: mailAccountImportSchema, response: { 200: mailAccountImportReplySchema } } },
    async (request) => importMailAccounts(services, await services.authorise(request, "write"), request.body),
  );
  app.get("/api/mail-accounts/export", async (request, reply) => {
    const actor = await services.authorise(request, "read");
    reply.header("content-disposition", 'attachment; filename="mailboxes.csv"');
    reply.type("text/csv; charset=utf-8");
    return reply.send(Readable.from(exportMailAccounts(services.db, actor, actor.tenantId)));
  });
}
