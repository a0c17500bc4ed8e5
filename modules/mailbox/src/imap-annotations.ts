import type { Annotation, AnnotationStore } from "@casaforte/imap";
import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { annotate } from "./annotate.ts";
import type { OpenedMailAccount } from "./mail-account.ts";
import { assertMayUse, type MailboxEdgeServices } from "./services.ts";
import { enterShare } from "./share-account.ts";
import { selectAnnotations } from "./store-annotations.ts";

/** Annotations as the IMAP server sees them; `ownerOf` says whose a mailbox is. */
export class StoredAnnotations implements AnnotationStore {
  readonly #services: MailboxEdgeServices;
  readonly #login: OpenedMailAccount;
  readonly #ownerOf: (mailboxId: MailboxId) => MailAccountId;

  constructor(
    services: MailboxEdgeServices,
    login: OpenedMailAccount,
    ownerOf: (mailboxId: MailboxId) => MailAccountId,
  ) {
    this.#services = services;
    this.#login = login;
    this.#ownerOf = ownerOf;
  }

  read(mailboxId: MailboxId | null): Promise<readonly Annotation[]> {
    return this.#within(mailboxId, { readOnly: true }, (tx, place) => selectAnnotations(tx, place));
  }

  write(mailboxId: MailboxId | null, changes: Parameters<AnnotationStore["write"]>[1]): Promise<void> {
    const { actor } = this.#login;
    return this.#within(mailboxId, {}, (tx, place) => annotate(tx, actor, { ...place, changes }, this.#services));
  }

  #within<T>(
    mailboxId: MailboxId | null,
    options: { readonly readOnly?: boolean },
    work: (
      tx: TenantTx,
      place: { readonly account: MailAccountId; readonly owner: MailAccountId; readonly mailboxId: MailboxId | null },
    ) => Promise<T>,
  ): Promise<T> {
    const account = this.#login.account.id;
    const owner = mailboxId === null ? account : this.#ownerOf(mailboxId);
    return this.#services.db.tenant(
      this.#login.tenantId,
      async (tx) => {
        if (owner !== account) {
          await enterShare(tx, account, owner, "read");
          assertMayUse(tx, this.#login.actor, owner, "read", mailboxId === null ? null : [mailboxId]);
        }
        return work(tx, { account, owner, mailboxId });
      },
      options,
    );
  }
}
