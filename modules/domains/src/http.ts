import {
  addDomainSchema,
  aliasDomainSchema,
  type DnsRecordReply,
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
import { type CheckedRecord, checkRecords, type DnsLookups, orNothing } from "./check-records.ts";
import { generateDkimKey } from "./dkim-key.ts";
import { listDkimKeys, rotateDkimKeys, settleDkimKeys } from "./dkim-keys.ts";
import { expectedRecords, verificationHost, verificationValue } from "./dns-records.ts";
import { registerAddressRoutes } from "./http-addresses.ts";
import type { DomainHttpServices } from "./http-services.ts";
import { domainLimits } from "./limits.ts";
import { getDomain, listDomains } from "./list-domains.ts";
import { lookAtKeys } from "./look-at-keys.ts";
import { removeDomain } from "./remove-domain.ts";
import { setAliasDomain } from "./set-alias-domain.ts";
import type { Domain } from "./types.ts";

const toDomainReply = (domain: Domain): DomainReply => ({
  id: domain.id,
  name: domain.name,
  state: domain.state,
  verificationHost: verificationHost(domain),
  verificationValue: verificationValue(domain),
  createdAt: domain.createdAt.toISOString(),
  verifiedAt: domain.verifiedAt?.toISOString() ?? null,
  checkedAt: domain.checkedAt?.toISOString() ?? null,
  aliasOf: domain.aliasOf,
  stsMode: domain.stsMode,
});
const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function toRecordReply({ key, found, ...record }: CheckedRecord): DnsRecordReply {
  const keptUntil = key?.keptFrom ? new Date(key.keptFrom.getTime() + domainLimits.dkimKeptMs) : null;
  return {
    ...record,
    found: [...found],
    key: key
      ? {
          algorithm: key.algorithm,
          state: key.state,
          isShown: key.isShown,
          signingFrom: iso(key.signingFrom),
          keptUntil: iso(keptUntil),
        }
      : null,
  };
}
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
      const keys = await db.tenant(actor.tenantId, (tx) => listDkimKeys(tx, domainId));
      const sightings = await lookAtKeys(services.dns, keys);
      return toDomainReply(
        await db.tenant(actor.tenantId, async (tx) => {
          const active = await activateDomain(tx, actor, { domainId, txt }, services);
          await settleDkimKeys(tx, actor, { domainId, sightings }, services);
          return active;
        }),
      );
    },
  );
  app.get(
    "/api/domains/:id/records",
    { schema: { params: idParams, response: { 200: dnsRecordListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const domainId = parseId<DomainId>(request.params.id);
      const { domain, keys } = await db.tenant(actor.tenantId, async (tx) => ({
        domain: await getDomain(tx, domainId),
        keys: await listDkimKeys(tx, domainId),
      }));
      const records = await checkRecords(expectedRecords(domain, keys, services.hosts), services.dns);
      // A key that is over is shown only while its record is still there to be removed.
      const shown = records.filter(({ key, found }) => key?.state !== "retired" || found.length > 0);
      return { records: shown.map(toRecordReply) };
    },
  );
  app.post("/api/domains/:id/dkim", { schema: { params: idParams, response: { 200: nothing } } }, async (request) => {
    const actor = await authorise(request, "write");
    const domainId = parseId<DomainId>(request.params.id);
    const dkimKey = await generateDkimKey();
    await db.tenant(actor.tenantId, (tx) => rotateDkimKeys(tx, actor, { domainId, dkimKey }, services));
    return {};
  });
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
