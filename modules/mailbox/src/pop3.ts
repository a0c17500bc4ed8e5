import { Failure } from "@casaforte/kernel";
import type { AuthenticateRequest, Maildrop, Pop3Backend } from "@casaforte/pop3";
import { openMailAccount, type VerifyMailLogin } from "./imap.ts";
import { noSuchMailbox } from "./locked-account.ts";
import { OpenDoors } from "./open-doors.ts";
import { readBlobRange } from "./read-blob.ts";
import { expunge } from "./remove-messages.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { selectDrop } from "./store-view.ts";

/** INBOX as POP3 shows it: a snapshot taken at login; no lock, no connection while the session lasts. */
export function pop3Backend(services: MailboxEdgeServices, verifyLogin: VerifyMailLogin): Pop3Backend {
  const doors = new OpenDoors(services);
  return {
    async authenticate(request: AuthenticateRequest): Promise<Maildrop> {
      const login = await openMailAccount(services, verifyLogin, doors, { ...request, protocol: "pop3" });
      const { account, actor, tenantId, door } = login;
      const { inbox, rows } = await services.db
        .tenant(
          tenantId,
          async (tx) => {
            const found = (await selectMailboxes(tx, account.id)).find((box) => box.role === "inbox");
            if (!found) throw noSuchMailbox();
            return { inbox: found, rows: await selectDrop(tx, found.id) };
          },
          { readOnly: true },
        )
        .catch((error: unknown) => {
          door[Symbol.dispose]();
          throw error;
        });
      return {
        name: account.address,
        ended: door.ended,
        uids: Uint32Array.from(rows, (row) => row.uid),
        sizesBytes: Float64Array.from(rows, (row) => row.sizeBytes),
        uniqueId: (index) => `${inbox.uidvalidity.toString(36)}.${(rows[index]?.uid ?? 0).toString(36)}`,
        async read(index) {
          const row = rows[index];
          if (!row) throw new Failure("not_found", "mailbox.message_gone", "no such message");
          return readBlobRange(services, tenantId, row.blobId, { offset: 0, length: row.sizeBytes });
        },
        async remove(uids) {
          const input = { accountId: account.id, mailboxId: inbox.id, uids, onlyDeleted: false };
          await services.db.tenant(tenantId, (tx) => expunge(tx, actor, input, services));
        },
        async close() {
          door[Symbol.dispose]();
        },
      };
    },
  };
}
