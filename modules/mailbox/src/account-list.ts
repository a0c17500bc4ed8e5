import type { MailAccountId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectMailboxes } from "./store-mailboxes.ts";
import { type SharedAccount, selectSharedWith } from "./store-shares.ts";

interface Known {
  readonly boxes: readonly Mailbox[];
  readonly shared: readonly SharedAccount[];
}

/**
 * The mailboxes of one account, and what others share with it, as a process knows them, shared by its sessions; as fresh as
 * a MailboxView.
 */
export class AccountList {
  readonly #services: MailboxEdgeServices;
  readonly #tenantId: TenantId;
  readonly #accountId: MailAccountId;
  #known: Promise<Known> | null = null;
  #askedMs = 0;

  constructor(services: MailboxEdgeServices, tenantId: TenantId, accountId: MailAccountId) {
    this.#services = services;
    this.#tenantId = tenantId;
    this.#accountId = accountId;
  }

  /** Names, roles, subscriptions or shares may have changed. */
  hint(): void {
    this.#known = null;
  }

  /** Counts in it may be old. `anew`: asked of the database, because a name was not there. */
  async read(anew: boolean): Promise<readonly Mailbox[]> {
    return (await this.#read(anew)).boxes;
  }

  async shared(anew: boolean): Promise<readonly SharedAccount[]> {
    return (await this.#read(anew)).shared;
  }

  #read(anew: boolean): Promise<Known> {
    const nowMs = this.#services.clock.nowMs();
    if (this.#known && !anew && nowMs - this.#askedMs <= mailboxLimits.viewTrustMs) return this.#known;
    this.#askedMs = nowMs;
    const asked = this.#services.db.tenant(this.#tenantId, (tx) => this.#ask(tx), { readOnly: true, oneTrip: true });
    this.#known = asked;
    asked.catch(() => {
      if (this.#known === asked) this.#known = null;
    });
    return asked;
  }

  async #ask(tx: TenantTx): Promise<Known> {
    const [boxes, shared] = await Promise.all([
      selectMailboxes(tx, this.#accountId),
      selectSharedWith(tx, this.#accountId),
    ]);
    return { boxes, shared };
  }
}
