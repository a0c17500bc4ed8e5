import {
  deletedMessagesQuerySchema,
  deletedMessagesSchema,
  recoveredMessagesSchema,
  recoverMessagesSchema,
} from "@casaforte/contract/recover";
import { type Actor, type BlobId, type MailAccountId, parseId, type TenantId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { mailboxLimits } from "./limits.ts";
import { type ListDeletedInput, listDeleted, recoverMessages } from "./recover-messages.ts";
import type { MailboxEdgeServices } from "./services.ts";
import type { DeletedMessage } from "./store-recover.ts";

type TenantActor = Actor & { readonly tenantId: TenantId };
const idParams = z.object({ id: z.uuid() });
const listReplies = { response: { 200: deletedMessagesSchema } } as const;
const restoreReplies = { response: { 200: recoveredMessagesSchema } } as const;

/** The console's: an administrator helps somebody of the organisation. */
export function registerRecoverRoutes(
  app: Face,
  services: MailboxEdgeServices,
  authorise: (request: unknown, access: "read" | "write") => Promise<TenantActor>,
): void {
  app.get(
    "/api/mail-accounts/:id/deleted-messages",
    { schema: { params: idParams, querystring: deletedMessagesQuerySchema, ...listReplies } },
    async (request) => {
      // What somebody threw away is not for those who may only look at figures.
      const actor = await authorise(request, "write");
      return page(services, actor, parseId<MailAccountId>(request.params.id), request.query);
    },
  );
  app.post(
    "/api/mail-accounts/:id/deleted-messages/restore",
    { schema: { params: idParams, body: recoverMessagesSchema, ...restoreReplies } },
    async (request) => {
      const actor = await authorise(request, "write");
      return restore(services, actor, parseId<MailAccountId>(request.params.id), request.body.ids);
    },
  );
}

/** Webmail's: one's own. */
export function registerOwnRecoverRoutes(
  app: Face,
  services: MailboxEdgeServices,
  owner: (request: unknown) => Promise<Extract<Actor, { kind: "mail_account" }>>,
): void {
  app.get(
    "/api/deleted-messages",
    { schema: { querystring: deletedMessagesQuerySchema, ...listReplies } },
    async (request) => {
      const actor = await owner(request);
      return page(services, actor, actor.mailAccountId, request.query);
    },
  );
  app.post(
    "/api/deleted-messages/restore",
    { schema: { body: recoverMessagesSchema, ...restoreReplies } },
    async (request) => {
      const actor = await owner(request);
      return restore(services, actor, actor.mailAccountId, request.body.ids);
    },
  );
}

async function page(
  services: MailboxEdgeServices,
  actor: TenantActor,
  accountId: MailAccountId,
  query: z.output<typeof deletedMessagesQuerySchema>,
) {
  const { search, after, limit } = query;
  const input: ListDeletedInput = {
    accountId,
    ...(search === undefined ? {} : { search }),
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  };
  const { messages, next } = await services.db.tenant(actor.tenantId, (tx) => listDeleted(tx, actor, input, services), {
    readOnly: true,
  });
  return { messages: messages.map(toReply), next, days: mailboxLimits.recoverDays };
}

async function restore(
  services: MailboxEdgeServices,
  actor: TenantActor,
  accountId: MailAccountId,
  ids: readonly string[],
) {
  const input = { accountId, ids: ids.map((id) => parseId<BlobId>(id)) };
  return { recovered: await recoverMessages(actor.tenantId, actor, input, services) };
}

const toReply = (message: DeletedMessage) => ({
  id: message.id,
  subject: message.subject,
  sender: message.sender,
  sentAt: message.sentAt?.toISOString() ?? null,
  deletedAt: message.deletedAt?.toISOString() ?? null,
  sizeBytes: message.sizeBytes,
  hasAttachment: message.hasAttachment,
  folder: message.path === "INBOX" ? null : message.path,
});
