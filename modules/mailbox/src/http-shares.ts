import { mailSharesSchema, setMailSharesSchema } from "@casaforte/contract/mail";
import { type MailAccountId, type MailboxId, parseId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { MailAccountHttpServices } from "./http-services.ts";
import { listShares, setShares } from "./share-account.ts";
import { endFolderShares, listFolderShares } from "./share-folder.ts";

const idParams = z.object({ id: z.uuid() });

/** The customer console's routes for who may use whose mail (R12). */
export function registerShareRoutes(app: Face, services: MailAccountHttpServices): void {
  const { db, authorise } = services;
  app.get(
    "/api/mail-accounts/:id/shares",
    { schema: { params: idParams, response: { 200: mailSharesSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const accountId = parseId<MailAccountId>(request.params.id);
      const [shares, folders] = await db.tenant(
        actor.tenantId,
        (tx) => Promise.all([listShares(tx, actor, { accountId }), listFolderShares(tx, actor, { accountId })]),
        { readOnly: true },
      );
      return {
        shares: shares.map(({ memberId, address, access }) => ({ accountId: memberId, address, access })),
        folders: folders.map(({ mailboxId, path, memberId, address, access }) => ({
          folderId: mailboxId,
          folder: path,
          accountId: memberId,
          address,
          access,
        })),
      };
    },
  );
  app.put(
    "/api/mail-accounts/:id/shares",
    { schema: { params: idParams, body: setMailSharesSchema, response: { 200: z.object({}) } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      const shares = request.body.shares.map(({ accountId: id, access }) => ({
        memberId: parseId<MailAccountId>(id),
        access,
      }));
      const ends = (request.body.endFolders ?? []).map(({ folderId, accountId: id }) => ({
        mailboxId: parseId<MailboxId>(folderId),
        memberId: parseId<MailAccountId>(id),
      }));
      await db.tenant(actor.tenantId, async (tx) => {
        await setShares(tx, actor, { accountId, shares }, services);
        await endFolderShares(tx, actor, { accountId, ends }, services);
      });
      return {};
    },
  );
}
