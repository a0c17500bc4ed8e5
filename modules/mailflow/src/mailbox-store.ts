import { type Actor, Failure } from "@casaforte/kernel";
import {
  appendMessage,
  indexStoredMessage,
  type MailboxEdgeServices,
  noFlags,
  readMailAccount,
  readMailboxes,
} from "@casaforte/modules/mailbox";
import type { MailStore } from "./services.ts";

const actor: Actor = { kind: "system", name: "mailflow" };

/** The mailbox module as the mail flow's store. A suspended account still takes mail: suspension must not lose any. */
export function mailStoreOf(services: MailboxEdgeServices): MailStore {
  return {
    async acceptance(tx, accountId, sizeBytes) {
      const account = await readMailAccount(tx, actor, { accountId }).catch((error) => {
        if (error instanceof Failure && error.kind === "not_found") return null;
        throw error;
      });
      if (account === null || account.state === "deleted") return "gone";
      const { quotaBytes, usedBytes } = account;
      return quotaBytes !== null && usedBytes + BigInt(sizeBytes) > quotaBytes ? "over_quota" : "open";
    },
    async prepare(tenantId, blob) {
      const message = await indexStoredMessage(services, tenantId, blob);
      return async (tx, target) => {
        const mailboxes = await readMailboxes(tx, target.mailAccountId);
        // A user may have removed Junk; nobody can remove the inbox.
        const place =
          mailboxes.find(({ role }) => role === target.place) ?? mailboxes.find(({ role }) => role === "inbox");
        if (!place) throw new Failure("not_found", "mailbox.account_not_found", "no such mail account");
        const { messageId } = await appendMessage(
          tx,
          actor,
          {
            accountId: target.mailAccountId,
            mailboxIds: [place.id],
            message,
            flags: noFlags,
            receivedAtMs: target.receivedAtMs,
          },
          services,
        );
        return messageId;
      };
    },
  };
}
