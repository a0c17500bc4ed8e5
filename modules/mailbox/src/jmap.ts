import type { Backend } from "@casaforte/jmap";
import { openedDoor } from "./door.ts";
import { JmapAccount, type MailActor } from "./jmap-account.ts";
import type { JmapServices } from "./jmap-submission.ts";
import type { MailProtocols } from "./mail-account.ts";
import { pushStore } from "./push-subscriptions.ts";
import { sharedDb } from "./share-account.ts";
import { type SharedAccount, selectSharedWith } from "./store-shares.ts";

/**
 * JMAP over the store for one signed-in mail account that came in by `door`; `sessionId` names the sign-in that push
 * subscriptions belong to, and without it there are none. @throws forbidden `mailbox.webmail_off`: it may not be used so.
 */
export async function jmapBackend(
  services: JmapServices,
  actor: MailActor,
  sessionId: string | null = null,
  door: keyof MailProtocols = "webmail",
): Promise<Backend> {
  const { tenantId, mailAccountId } = actor;
  const account = await openedDoor(services.db, actor, door);
  const store = new JmapAccount(services, actor, account, { access: "own", folders: new Map() });
  const shared = () => services.db.tenant(tenantId, (tx) => selectSharedWith(tx, mailAccountId), { readOnly: true });
  const open = ({ accountId, address, access, folders }: SharedAccount) => {
    const db = sharedDb(services.db, mailAccountId, [accountId]);
    return new JmapAccount(
      { ...services, db },
      actor,
      { id: accountId, address, displayName: "" },
      { access, folders },
    );
  };
  return {
    username: account.address,
    ...(services.pushKey === undefined || sessionId === null
      ? {}
      : { push: pushStore(services, services.pushKey, { actor, sessionId }) }),
    accounts: async () => [store.info, ...(await shared()).map((one) => open(one).info)],
    async account(id) {
      if (id === account.id) return store;
      const found = (await shared()).find(({ accountId }) => accountId === id);
      return found === undefined ? null : open(found);
    },
  };
}
