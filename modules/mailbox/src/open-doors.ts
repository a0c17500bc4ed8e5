import type { Clock, Logger, MailAccountId, PrincipalId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices, MailboxServices } from "./services.ts";

/** Who came in, and whether he would be let in again as things stand now. */
export interface DoorGuest {
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly principalId: PrincipalId;
  /** @throws when it cannot be told. */
  mayStay(): Promise<boolean>;
}

/** An open session of a mail program. */
export interface OpenDoor extends Disposable {
  /** Aborts when the session must end. */
  readonly ended: AbortSignal;
}

interface Session {
  readonly guest: DoorGuest;
  readonly shut: AbortController;
}

/** After the commit, each open session of the account is asked for anew whether it may stay. */
export function hintDoor(tx: TenantTx, { bus }: Pick<MailboxServices, "bus">, accountId: MailAccountId): void {
  tx.afterCommit(() => bus.publish(`door:${accountId}`));
}

/**
 * The open sessions of a process's mail programs (R13, R64): one goes on only while its sign-in would be let in again. A hint
 * of a changed switch, account or password has it asked at once, on every node; since hints may be lost all are asked every
 * `doorTrustMs`. When it cannot be told a session stays until the next time.
 */
export class OpenDoors {
  readonly #bus: MailboxEdgeServices["bus"];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #sessions = new Set<Session>();
  readonly #due = new Set<Session>();
  #asking = 0;
  #rounds: AbortController | null = null;

  constructor({ bus, clock, logger }: Pick<MailboxEdgeServices, "bus" | "clock" | "logger">) {
    this.#bus = bus;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Called before `mayStay` is asked for the first time, so that no change falls in between. */
  open(guest: DoorGuest): OpenDoor {
    const session: Session = { guest, shut: new AbortController() };
    const ask = () => this.#ask(session);
    const stops = [
      this.#bus.subscribe(`measures:${guest.tenantId}`, ask),
      this.#bus.subscribe(`door:${guest.mailAccountId}`, ask),
      this.#bus.subscribe(`identity:${guest.principalId}`, ask),
    ];
    this.#sessions.add(session);
    if (this.#rounds === null) {
      this.#rounds = new AbortController();
      void this.#makeRounds(this.#rounds.signal);
    }
    return {
      ended: session.shut.signal,
      [Symbol.dispose]: () => {
        for (const stop of stops) stop();
        this.#sessions.delete(session);
        this.#due.delete(session);
        if (this.#sessions.size > 0) return;
        this.#rounds?.abort();
        this.#rounds = null;
      },
    };
  }

  async #makeRounds(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await this.#clock.sleep(mailboxLimits.doorTrustMs, over);
      } catch {
        return;
      }
      for (const session of this.#sessions) this.#ask(session);
    }
  }

  /** A few at a time: a lost connection of the bus has all asked for at once. */
  #ask(session: Session): void {
    this.#due.add(session);
    if (this.#asking < mailboxLimits.doorsAskedAtOnce) void this.#askDue();
  }

  async #askDue(): Promise<void> {
    this.#asking++;
    for (const session of this.#due) {
      this.#due.delete(session);
      const stays = await session.guest.mayStay().catch((error: unknown) => {
        this.#logger.error("mailbox.door_unknown", error, { account: session.guest.mailAccountId });
        return true;
      });
      if (!stays) session.shut.abort();
    }
    this.#asking--;
  }
}
