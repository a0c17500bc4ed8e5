import { certificateListSchema, retryCertificateSchema } from "@casaforte/contract/certificates";
import { type Actor, type DomainId, parseId } from "@casaforte/kernel";
import { getDomain } from "@casaforte/modules/domains";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { listNames } from "./list-names.ts";
import { retryFromMs, retryName } from "./retry-name.ts";
import type { CertificateServices } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface CertificateHttpServices
  extends Pick<CertificateServices, "db" | "clock" | "jobs" | "authority" | "hostname"> {
  /** Who asks, for `read` or `write` of mail administration. @throws unauthenticated, forbidden. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
}

const idParams = z.object({ id: z.uuid() });

/** The customer console's routes for the certificates of a domain's host names. */
export function registerCertificateRoutes(app: Face, services: CertificateHttpServices): void {
  const { db, authorise, authority, hostname } = services;
  app.get(
    "/api/domains/:id/certificates",
    { schema: { params: idParams, response: { 200: certificateListSchema } } },
    async (request) => {
      const { tenantId } = await authorise(request, "read");
      const domainId = parseId<DomainId>(request.params.id);
      const names = await db.tenant(
        tenantId,
        async (tx) => {
          await getDomain(tx, domainId);
          return listNames(tx, domainId);
        },
        { readOnly: true },
      );
      return {
        isOn: authority !== null,
        hostname,
        names: names.map((each) => ({
          name: each.name,
          endsAt: each.issued?.endsAt.toISOString() ?? null,
          trouble: each.trouble,
          words: each.words,
          triedAt: each.triedAt?.toISOString() ?? null,
          retryFrom: new Date(retryFromMs(each)).toISOString(),
        })),
      };
    },
  );
  app.post(
    "/api/domains/:id/certificates/retries",
    { schema: { params: idParams, body: retryCertificateSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const input = { domainId: parseId<DomainId>(request.params.id), name: request.body.name };
      await db.tenant(actor.tenantId, (tx) => retryName(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}
