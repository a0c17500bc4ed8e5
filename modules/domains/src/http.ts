import {
  type AddressReply,
  addAddressSchema,
  addDomainSchema,
  addressListSchema,
  addressSchema,
  type DomainReply,
  dnsRecordListSchema,
  domainListSchema,
  domainSchema,
} from "@casaforte/contract/domains";
import { type Actor, type DomainId, Failure, type MailAccountId, parseId } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { activateDomain } from "./activate-domain.ts";
import { addAddress } from "./add-address.ts";
import { addDomain } from "./add-domain.ts";
import { checkRecords, type DnsLookups, orNothing } from "./check-records.ts";
import { generateDkimKey } from "./dkim-key.ts";
import { expectedRecords, type MailHosts, verificationHost, verificationValue } from "./dns-records.ts";
import { getDomain, listAddresses, listDomains } from "./list-domains.ts";
import { removeAddress } from "./remove-address.ts";
import { removeDomain } from "./remove-domain.ts";
import type { Address, AddressId, Domain, DomainServices } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface DomainHttpServices extends DomainServices {
  readonly db: Db;
  readonly dns: DnsLookups;
  readonly hosts: MailHosts;
  /** Who asks, for `read` or `write` of mail administration; throws unauthenticated or forbidden. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
  /** True when the account is one of the tenant's: the mail store's to say. */
  readonly isMailAccount: (tx: TenantTx, mailAccountId: MailAccountId) => Promise<boolean>;
}

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
});
const toAddressReply = (address: Address): AddressReply => ({
  id: address.id,
  domainId: address.domainId,
  address: `${address.localPart}@${address.domainName}`,
  kind: address.kind,
  mailAccountId: address.mailAccountId,
  forwardTo: [...address.forwardTo],
});
const idParams = z.object({ id: z.uuid() });
const nothing = z.object({});

/** The customer console's routes for domains, their DNS and addresses (R12, R93, R94). */
export function registerDomainRoutes(app: Face, services: DomainHttpServices): void {
  registerDomains(app, services);
  registerAddresses(app, services);
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

function registerAddresses(app: Face, services: DomainHttpServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/addresses",
    {
      schema: {
        querystring: z.object({ domainId: z.uuid().optional(), mailAccountId: z.uuid().optional() }),
        response: { 200: addressListSchema },
      },
    },
    async (request) => {
      const actor = await authorise(request, "read");
      const { domainId, mailAccountId } = request.query;
      const filter = {
        ...(domainId === undefined ? {} : { domainId: parseId<DomainId>(domainId) }),
        ...(mailAccountId === undefined ? {} : { mailAccountId: parseId<MailAccountId>(mailAccountId) }),
      };
      const addresses = await db.tenant(actor.tenantId, (tx) => listAddresses(tx, filter));
      return { addresses: addresses.map(toAddressReply) };
    },
  );
  app.post(
    "/api/addresses",
    { schema: { body: addAddressSchema, response: { 201: addressSchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const { kind, address, forwardTo } = request.body;
      const mailAccountId =
        request.body.mailAccountId === undefined ? undefined : parseId<MailAccountId>(request.body.mailAccountId);
      const input = {
        kind,
        address,
        ...(mailAccountId === undefined ? {} : { mailAccountId }),
        ...(forwardTo === undefined ? {} : { forwardTo }),
      };
      const added = await db.tenant(actor.tenantId, async (tx) => {
        if (mailAccountId !== undefined && !(await services.isMailAccount(tx, mailAccountId)))
          throw new Failure("not_found", "domains.account_missing", "no such mail account");
        return addAddress(tx, actor, input, services);
      });
      return reply.status(201).send(toAddressReply(added));
    },
  );
  app.delete("/api/addresses/:id", { schema: { params: idParams, response: { 200: nothing } } }, async (request) => {
    const actor = await authorise(request, "write");
    const addressId = parseId<AddressId>(request.params.id);
    await db.tenant(actor.tenantId, async (tx) => {
      const address = (await listAddresses(tx)).find((one) => one.id === addressId);
      if (address?.kind === "mailbox")
        throw new Failure("conflict", "domains.is_mailbox", "this address goes with its mail account");
      await removeAddress(tx, actor, { addressId });
    });
    return {};
  });
}
