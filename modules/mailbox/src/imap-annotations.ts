import type { Annotation, AnnotationStore } from "@casaforte/imap";
import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { annotate } from "./annotate.ts";
import type { OpenedMailAccount } from "./mail-account.ts";
import { assertMayUse, type MailboxEdgeServices, mayUse } from "./services.ts";
import { enterShare, isShareEnded } from "./share-account.ts";
import { selectAnnotationDigests, selectAnnotations } from "./store-annotations.ts";

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

  async digests(ids: readonly (MailboxId | null)[]) {
    const found = new Map<MailboxId | null, Map<string, string>>();
    const byOwner = Map.groupBy(ids, (id) => (id === null ? this.#login.account.id : this.#ownerOf(id)));
    for (const [owner, asked] of byOwner) {
      const seen = await this.#digestsOf(owner, asked);
      for (const id of seen.ids) found.set(id, new Map());
      for (const { mailboxId, entry, digest } of seen.rows) found.get(mailboxId)?.set(entry, digest);
    }
    return found;
  }

  /** What is no longer shared is left out. */
  async #digestsOf(owner: MailAccountId, asked: readonly (MailboxId | null)[]) {
    const account = this.#login.account.id;
    const { tenantId, actor } = this.#login;
    try {
      return await this.#services.db.tenant(
        tenantId,
        async (tx) => {
          if (owner !== account) await enterShare(tx, account, owner, "read");
          const ids = asked.filter((id) => id === null || mayUse(tx, actor, owner, "read", id));
          return { ids, rows: await selectAnnotationDigests(tx, { account, owner, mailboxIds: ids }) };
        },
        { readOnly: true },
      );
    } catch (error) {
      if (owner !== account && isShareEnded(error)) return { ids: [], rows: [] };
      throw error;
    }
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
