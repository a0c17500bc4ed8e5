import {
  type AddressReply,
  addAddressSchema,
  addressListSchema,
  addressQuerySchema,
  addressSchema,
  sendRightsSchema,
  setSendRightsSchema,
  updateAddressSchema,
} from "@casaforte/contract/domains";
import { type DomainId, Failure, type MailAccountId, parseId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { addAddress } from "./add-address.ts";
import type { DomainHttpServices } from "./http-services.ts";
import { pageAddresses } from "./list-domains.ts";
import { removeAddress } from "./remove-address.ts";
import { listSendRights, setSendRights } from "./send-rights.ts";
import { selectAddress } from "./store.ts";
import { selectMailboxAddresses } from "./store-addresses.ts";
import type { Address, AddressId } from "./types.ts";
import { updateAddress } from "./update-address.ts";

const toReply = (address: Address, own: ReadonlyMap<MailAccountId, string>): AddressReply => ({
  id: address.id,
  domainId: address.domainId,
  address: `${address.localPart}@${address.domainName}`,
  kind: address.kind,
  mailAccountId: address.mailAccountId,
  accountAddress: address.mailAccountId === null ? null : (own.get(address.mailAccountId) ?? null),
  forwardTo: [...address.forwardTo],
});
const idParams = z.object({ id: z.uuid() });
const nothing = z.object({});

/** The customer console's routes for addresses: aliases, forwards, groups, catch-alls, and who may send as them (R12). */
export function registerAddressRoutes(app: Face, services: DomainHttpServices): void {
  registerList(app, services);
  registerChanges(app, services);
  registerSendRights(app, services);
}

function registerList(app: Face, { db, authorise }: DomainHttpServices): void {
  app.get(
    "/api/addresses",
    { schema: { querystring: addressQuerySchema, response: { 200: addressListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const { domainId, mailAccountId, kind, search, after, limit } = request.query;
      const filter = {
        ...(domainId === undefined ? {} : { domainId: parseId<DomainId>(domainId) }),
        ...(mailAccountId === undefined ? {} : { mailAccountId: parseId<MailAccountId>(mailAccountId) }),
        ...(kind === undefined ? {} : { kinds: kind === "not_mailbox" ? notMailbox : [kind] }),
        ...(search === undefined ? {} : { search }),
        ...(after === undefined ? {} : { after }),
        ...(limit === undefined ? {} : { limit }),
      };
      return db.tenant(
        actor.tenantId,
        async (tx) => {
          const { addresses, next } = await pageAddresses(tx, filter);
          return { addresses: await toReplies(tx, addresses), next };
        },
        { readOnly: true },
      );
    },
  );
}

async function toOneReply(tx: TenantTx, address: Address): Promise<AddressReply> {
  const { mailAccountId } = address;
  return toReply(address, await selectMailboxAddresses(tx, mailAccountId === null ? [] : [mailAccountId]));
}

async function toReplies(tx: TenantTx, addresses: readonly Address[]): Promise<AddressReply[]> {
  const own = await selectMailboxAddresses(
    tx,
    addresses.flatMap(({ mailAccountId }) => mailAccountId ?? []),
  );
  return addresses.map((address) => toReply(address, own));
}

const notMailbox = ["alias", "forward", "catch_all", "group"] as const;

/** @throws not_found `domains.account_missing`. */
async function assertAccounts(
  { isMailAccount }: DomainHttpServices,
  tx: TenantTx,
  ids: readonly MailAccountId[],
): Promise<void> {
  for (const id of ids)
    if (!(await isMailAccount(tx, id)))
      throw new Failure("not_found", "domains.account_missing", "no such mail account");
}

function registerChanges(app: Face, services: DomainHttpServices): void {
  const { db, authorise } = services;
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
        await assertAccounts(services, tx, mailAccountId === undefined ? [] : [mailAccountId]);
        return toOneReply(tx, await addAddress(tx, actor, input, services));
      });
      return reply.status(201).send(added);
    },
  );
  app.put(
    "/api/addresses/:id",
    { schema: { params: idParams, body: updateAddressSchema, response: { 200: addressSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const addressId = parseId<AddressId>(request.params.id);
      const account = request.body.mailAccountId;
      const mailAccountId = account === null ? null : parseId<MailAccountId>(account);
      return db.tenant(actor.tenantId, async (tx) => {
        await assertAccounts(services, tx, mailAccountId === null ? [] : [mailAccountId]);
        const { forwardTo } = request.body;
        return toOneReply(tx, await updateAddress(tx, actor, { addressId, mailAccountId, forwardTo }));
      });
    },
  );
  app.delete("/api/addresses/:id", { schema: { params: idParams, response: { 200: nothing } } }, async (request) => {
    const actor = await authorise(request, "write");
    const addressId = parseId<AddressId>(request.params.id);
    await db.tenant(actor.tenantId, async (tx) => {
      if ((await selectAddress(tx, addressId))?.kind === "mailbox")
        throw new Failure("conflict", "domains.is_mailbox", "this address goes with its mail account");
      await removeAddress(tx, actor, { addressId });
    });
    return {};
  });
}

function registerSendRights(app: Face, services: DomainHttpServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/addresses/:id/senders",
    { schema: { params: idParams, response: { 200: sendRightsSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const addressId = parseId<AddressId>(request.params.id);
      return db.tenant(
        actor.tenantId,
        async (tx) => {
          const rights = await listSendRights(tx, addressId);
          const own = await selectMailboxAddresses(
            tx,
            rights.map(({ mailAccountId }) => mailAccountId),
          );
          return {
            senders: rights.map(({ mailAccountId: id, mode }) => ({ id, address: own.get(id) ?? "", mode })),
          };
        },
        { readOnly: true },
      );
    },
  );
  app.put(
    "/api/addresses/:id/senders",
    { schema: { params: idParams, body: setSendRightsSchema, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const addressId = parseId<AddressId>(request.params.id);
      const mailAccountIds = request.body.mailAccountIds.map((id) => parseId<MailAccountId>(id));
      const onBehalfIds = request.body.onBehalfIds?.map((id) => parseId<MailAccountId>(id));
      await db.tenant(actor.tenantId, async (tx) => {
        await assertAccounts(services, tx, [...mailAccountIds, ...(onBehalfIds ?? [])]);
        await setSendRights(
          tx,
          actor,
          { addressId, mailAccountIds, ...(onBehalfIds === undefined ? {} : { onBehalfIds }) },
          services,
        );
      });
      return {};
    },
  );
}
