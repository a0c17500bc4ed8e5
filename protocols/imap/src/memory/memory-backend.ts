import { type Clock, Failure, isBearerMechanism, type Random } from "@casaforte/kernel";
import type { AuthenticateRequest, ImapAccount, ImapBackend } from "../backend.ts";
import { MemoryAccount } from "./memory-account.ts";
import { MemoryMail } from "./memory-mail.ts";

/** A mail store in memory that keeps every promise of the port; for tests only. */
export class MemoryImapBackend implements ImapBackend {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #accounts = new Map<
    string,
    { password: string; token: string; needsAppPassword: boolean; mail: MemoryMail }
  >();

  /** Nobody can be let in or refused while this is set, as with a database that is away. */
  isAway = false;

  constructor(services: { clock: Clock; random: Random }) {
    this.#clock = services.clock;
    this.#random = services.random;
  }

  addAccount(
    name: string,
    password: string,
    options: { limitBytes?: number | null; needsAppPassword?: boolean; token?: string } = {},
  ): MemoryMail {
    const { limitBytes = null, needsAppPassword = false, token = "" } = options;
    const isNeighbour = (other: string) => this.#accounts.has(other);
    const mail = new MemoryMail({ name, clock: this.#clock, random: this.#random, limitBytes, isNeighbour });
    this.#accounts.set(name, { password, token, needsAppPassword, mail });
    return mail;
  }

  async authenticate({ mechanism, user, password, authorizeAs }: AuthenticateRequest): Promise<ImapAccount> {
    if (this.isAway) throw new Failure("unavailable", "db.unavailable", "the database cannot be reached");
    if (isBearerMechanism(mechanism)) {
      for (const [name, { token, mail }] of this.#accounts)
        if (token !== "" && token === password && (user === "" || user === name)) return new MemoryAccount(mail);
      throw new Failure("unauthenticated", "identity.bad_mail_token", "The token is not valid");
    }
    const account = this.#accounts.get(user);
    if (!account || account.password !== password) {
      throw new Failure("unauthenticated", "identity.bad_credentials", "Wrong user name or password");
    }
    if (authorizeAs !== undefined) throw new Failure("forbidden", "identity.no_delegation", "No such delegation");
    if (account.needsAppPassword) {
      throw new Failure("unauthenticated", "identity.app_password_required", "Use an app password", {
        details: { alert: true },
      });
    }
    return new MemoryAccount(account.mail);
  }
}
