import {
  addDomainSchema,
  aliasDomainSchema,
  type DomainReply,
  dnsRecordListSchema,
  domainListSchema,
  domainSchema,
} from "@casaforte/contract/domains";
import { type DomainId, Failure, parseId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { activateDomain } from "./activate-domain.ts";
import { addDomain } from "./add-domain.ts";
import { checkRecords, type DnsLookups, orNothing } from "./check-records.ts";
import { generateDkimKey } from "./dkim-key.ts";
import { expectedRecords, verificationHost, verificationValue } from "./dns-records.ts";
import { registerAddressRoutes } from "./http-addresses.ts";
import type { DomainHttpServices } from "./http-services.ts";
import { getDomain, listDomains } from "./list-domains.ts";
import { removeDomain } from "./remove-domain.ts";
import { setAliasDomain } from "./set-alias-domain.ts";
import type { Domain } from "./types.ts";

const toDomainReply = (domain: Domain): DomainReply => ({
  id: domain.id,
  name: domain.name,
  state: domain.state,
  verificationHost: verificationHost(domain),
  verificationValue: verificationValue(domain),
  dkimSelector: domain.dkimSelector,
  createdAt: domain.createdAt.toISOString(),
  verifiedAt: domain.verifiedAt?.toISOString() ?? null,
  checkedAt: domain.checkedAt?.toISOString() ?? null,
  aliasOf: domain.aliasOf,
});
const idParams = z.object({ id: z.uuid() });
const nothing = z.object({});

/** The customer console's routes for domains, their DNS and addresses (R12, R93, R94). */
export function registerDomainRoutes(app: Face, services: DomainHttpServices): void {
  registerDomains(app, services);
  registerAddressRoutes(app, services);
}

function registerDomains(app: Face, services: DomainHttpServices): void {
  const { db, authorise } = services;
  app.get("/api/domains", { schema: { response: { 200: domainListSchema } } }, async (request) => {
    const actor = await authorise(request, "read");
    return { domains: (await db.tenant(actor.tenantId, listDomains)).map(toDomainReply) };
  });
  app.post(
    "/api/domains",
    { schema: { body: addDomainSchema, response: { 201: domainSchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const dkimKey = await generateDkimKey();
      const input = { name: request.body.name, dkimKey };
      const domain = await db.tenant(actor.tenantId, (tx) => addDomain(tx, actor, input, services));
      return reply.status(201).send(toDomainReply(domain));
    },
  );
  app.post(
    "/api/domains/:id/verify",
    { schema: { params: idParams, response: { 200: domainSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const domainId = parseId<DomainId>(request.params.id);
      const domain = await db.tenant(actor.tenantId, (tx) => getDomain(tx, domainId));
      const txt = await lookUp(services.dns, verificationHost(domain));
      return toDomainReply(
        await db.tenant(actor.tenantId, (tx) => activateDomain(tx, actor, { domainId, txt }, services)),
      );
    },
  );
  app.get(
    "/api/domains/:id/records",
    { schema: { params: idParams, response: { 200: dnsRecordListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const domain = await db.tenant(actor.tenantId, (tx) => getDomain(tx, parseId<DomainId>(request.params.id)));
      const records = await checkRecords(expectedRecords(domain, services.hosts), services.dns);
      return { records: records.map((record) => ({ ...record, found: [...record.found] })) };
    },
  );
  app.put(
    "/api/domains/:id/alias",
    { schema: { params: idParams, body: aliasDomainSchema, response: { 200: domainSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const domainId = parseId<DomainId>(request.params.id);
      const aliasOf = request.body.aliasOf === null ? null : parseId<DomainId>(request.body.aliasOf);
      return toDomainReply(await db.tenant(actor.tenantId, (tx) => setAliasDomain(tx, actor, { domainId, aliasOf })));
    },
  );
  app.delete("/api/domains/:id", { schema: { params: idParams, response: { 200: nothing } } }, async (request) => {
    const actor = await authorise(request, "write");
    const domainId = parseId<DomainId>(request.params.id);
    await db.tenant(actor.tenantId, (tx) => removeDomain(tx, actor, { domainId }));
    return {};
  });
}

async function lookUp(dns: DnsLookups, name: string): Promise<readonly (readonly string[])[]> {
  try {
    return await orNothing(dns.resolveTxt(name));
  } catch (cause) {
    throw new Failure("unavailable", "domains.dns", "the DNS does not answer; try again later", { cause });
  }
}
