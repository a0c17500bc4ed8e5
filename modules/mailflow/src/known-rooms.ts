import { Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices, Room } from "./services.ts";

export const mailboxFull = (): Failure =>
  new Failure("over_quota", "mailflow.mailbox_full", "the mailbox is full; try again later");
export const unknownRecipient = (): Failure =>
  new Failure("not_found", "smtp.unknown_recipient", "there is no such address");

/** Of some accounts, those that take a message of that size. */
export interface OpenAccounts {
  readonly accounts: readonly MailAccountId[];
  /** Some that are not among them are full; the others are gone. */
  readonly isFull: boolean;
}

/**
 * What RCPT says about room, remembered for a moment so that mail in a row does not ask each time. Only a refusal is
 * never remembered, and the append has the last word.
 */
export class KnownRooms {
  readonly #services: Pick<MailflowServices, "db" | "mailStore" | "clock">;
  readonly #known = new Map<MailAccountId, { readonly room: Room; readonly untilMs: number }>();

  constructor(services: Pick<MailflowServices, "db" | "mailStore" | "clock">) {
    this.#services = services;
  }

  async open(tenantId: TenantId, accounts: readonly MailAccountId[], sizeBytes: number): Promise<OpenAccounts> {
    const nowMs = this.#services.clock.nowMs();
    const asked = accounts.filter((id) => {
      const known = this.#known.get(id);
      return known === undefined || known.untilMs < nowMs || !hasRoom(known.room, sizeBytes);
    });
    if (asked.length > 0) await this.#ask(tenantId, asked, nowMs);
    const rooms = accounts.map((id) => this.#known.get(id)?.room);
    const open = accounts.filter((_, index) => hasRoom(rooms[index], sizeBytes));
    const isFull = rooms.some((room) => room?.kind === "open" && !hasRoom(room, sizeBytes));
    return { accounts: open, isFull };
  }

  async #ask(tenantId: TenantId, accounts: readonly MailAccountId[], nowMs: number): Promise<void> {
    const { db, mailStore } = this.#services;
    const rooms = await db.tenant(tenantId, (tx) => Promise.all(accounts.map((id) => mailStore.room(tx, id))), {
      readOnly: true,
    });
    if (this.#known.size + accounts.length > mailflowLimits.roomsKnownMax) this.#known.clear();
    for (const [index, id] of accounts.entries()) {
      const room = rooms[index];
      if (room) this.#known.set(id, { room, untilMs: nowMs + mailflowLimits.roomKnownMs });
    }
  }
}

const hasRoom = (room: Room | undefined, sizeBytes: number): boolean =>
  room?.kind === "open" && (room.freeBytes === null || room.freeBytes >= BigInt(sizeBytes));
