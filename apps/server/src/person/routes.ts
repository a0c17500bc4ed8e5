import { changeProfileSchema, eraseSelfSchema, personDataQuerySchema } from "@casaforte/contract/person";
import type { Authenticator, Identity } from "@casaforte/modules/identity";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { personCsv, personData } from "./person-data.ts";

/** What somebody may ask of us about themselves: a copy, a correction, the end (R80, R81). Mailboxes: a copy. */
export function registerPersonRoutes(app: Face, identity: Identity, who: Authenticator, isMailbox = false): void {
  app.get("/api/auth/data", { schema: { querystring: personDataQuerySchema } }, async (request, reply) => {
    await who.authenticate(request);
    const data = await personData(identity, await who.session(request), identity.context.clock.nowMs());
    const { format } = request.query;
    return reply
      .header("content-disposition", `attachment; filename="my-data.${format}"`)
      .type(format === "csv" ? "text/csv; charset=utf-8" : "application/json; charset=utf-8")
      .send(format === "csv" ? personCsv(data) : `${JSON.stringify(data, null, 2)}\n`);
  });
  if (isMailbox) return;
  app.put(
    "/api/auth/profile",
    { schema: { body: changeProfileSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.changeProfile(await who.session(request), request.body);
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/auth/account/erasure",
    { schema: { body: eraseSelfSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      await identity.eraseSelf(await who.session(request), request.body);
      return reply.header("clear-site-data", '"cache", "cookies", "storage"').status(204).send(null);
    },
  );
}
