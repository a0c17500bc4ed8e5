import type { MailAccountId, TenantId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectMailboxes } from "./store-mailboxes.ts";

/** The mailboxes of one account as a process knows them, shared by its sessions; as fresh as a MailboxView. */
export class AccountList {
  readonly #services: MailboxEdgeServices;
  readonly #tenantId: TenantId;
  readonly #accountId: MailAccountId;
  #boxes: Promise<readonly Mailbox[]> | null = null;
  #askedMs = 0;

  constructor(services: MailboxEdgeServices, tenantId: TenantId, accountId: MailAccountId) {
    this.#services = services;
    this.#tenantId = tenantId;
    this.#accountId = accountId;
  }

  /** Names, roles or subscriptions may have changed. */
  hint(): void {
    this.#boxes = null;
  }

  /** Counts in it may be old. `anew`: asked of the database, because a name was not there. */
  read(anew: boolean): Promise<readonly Mailbox[]> {
    const nowMs = this.#services.clock.nowMs();
    if (this.#boxes && !anew && nowMs - this.#askedMs <= mailboxLimits.viewTrustMs) return this.#boxes;
    this.#askedMs = nowMs;
    const asked = this.#services.db.tenant(this.#tenantId, (tx) => selectMailboxes(tx, this.#accountId), {
      readOnly: true,
      oneTrip: true,
    });
    this.#boxes = asked;
    asked.catch(() => {
      if (this.#boxes === asked) this.#boxes = null;
    });
    return asked;
  }
}
