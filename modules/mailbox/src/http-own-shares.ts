import { folderSharesSchema, setFolderShareSchema } from "@casaforte/contract/mail";
import { type Actor, type MailboxId, parseId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { MailboxEdgeServices } from "./services.ts";
import { listShares } from "./share-account.ts";
import { changeFolderShare, listFolderShares } from "./share-folder.ts";

type Owner = Extract<Actor, { kind: "mail_account" }>;
const replies = { response: { 200: folderSharesSchema } } as const;

/** Who asks: the owner of a mailbox, that he proved just now that it is he, and that his session did not end meanwhile. */
export interface OwnShareGate {
  readonly owner: (request: unknown) => Promise<Owner>;
  readonly assertFresh: (request: unknown) => Promise<void>;
  /** In the transaction that gives, after its rows are written. */
  readonly assertStands: (tx: TenantTx, request: unknown) => Promise<void>;
}

/**
 * Webmail's: who may use which folder of one's own mail (R12). A share outlives the session and the password, so giving one needs
 * a proof of the last five minutes and a session that still stands; taking one away needs none.
 */
export function registerOwnShareRoutes(
  app: Face,
  services: MailboxEdgeServices,
  { owner, assertFresh, assertStands }: OwnShareGate,
): void {
  app.get("/api/folder-shares", { schema: replies }, async (request) => {
    const actor = await owner(request);
    return services.db.tenant(actor.tenantId, (tx) => sharesOf(tx, actor), { readOnly: true });
  });
  app.put("/api/folder-shares", { schema: { body: setFolderShareSchema, ...replies } }, async (request) => {
    const actor = await owner(request);
    const { folderId, address, access } = request.body;
    if (access !== null) await assertFresh(request);
    const input = {
      accountId: actor.mailAccountId,
      mailboxId: parseId<MailboxId>(folderId),
      memberAddress: address.trim().toLowerCase(),
      change: (_held: unknown, whole: typeof access) => access ?? whole,
    };
    return services.db.tenant(actor.tenantId, async (tx) => {
      await changeFolderShare(tx, actor, input, services);
      if (access !== null) await assertStands(tx, request);
      return sharesOf(tx, actor);
    });
  });
}

async function sharesOf(tx: TenantTx, actor: Owner) {
  const { mailAccountId: accountId } = actor;
  const [whole, folders] = await Promise.all([
    listShares(tx, actor, { accountId }),
    listFolderShares(tx, actor, { accountId }),
  ]);
  return {
    whole: whole.map(({ address, access }) => ({ address, access })),
    folders: folders
      .map(({ mailboxId, address, access }) => ({ folderId: mailboxId, address, access }))
      .sort((one, other) => (one.address < other.address ? -1 : one.address > other.address ? 1 : 0)),
  };
}
