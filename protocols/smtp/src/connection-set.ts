import { type Clock, Failure } from "@casaforte/kernel";
import { clientNetwork } from "@casaforte/kernel/addresses";
import type { SMTPServer } from "smtp-server";
import type { SmtpLimits } from "./limits.ts";

/** smtp-server's own connection object. */
export type WatchedConnection = SMTPServer["connections"] extends Set<infer C> ? C : never;

const enhancedPrefix = /^[245]\.\d{1,3}\.\d{1,3} /;

interface Watch {
  readonly deadline: AbortController;
  errors: number;
  authFailures: number;
}

/**
 * The open connections of a server. Adding one puts it under watch: replies that carry their own enhanced status code
 * are sent as they are (smtp-server would put its default for the reply code before it), errors are counted, and the
 * whole life of the connection is bounded.
 */
export class ConnectionSet extends Set<WatchedConnection> {
  readonly #clock: Clock;
  readonly #limits: SmtpLimits;
  readonly #watches = new Map<string, Watch>();

  constructor(clock: Clock, limits: SmtpLimits) {
    super();
    this.#clock = clock;
    this.#limits = limits;
  }

  override add(connection: WatchedConnection): this {
    const watch: Watch = { deadline: new AbortController(), errors: 0, authFailures: 0 };
    this.#watches.set(connection.id, watch);
    const send = connection.send.bind(connection);
    connection.send = (code, data, context) => {
      const hasOwnCode = typeof data === "string" && enhancedPrefix.test(data);
      if (code >= 400) watch.errors++;
      const isTooMuch = watch.errors > this.#limits.errorsMax || watch.authFailures >= this.#limits.authFailuresMax;
      if (code >= 400 && code !== 421 && isTooMuch) send(421, "4.7.0 Too many errors, closing connection", false);
      else send(code, data, hasOwnCode ? false : context);
    };
    this.#clock.sleep(this.#limits.connectionMsMax, watch.deadline.signal).then(
      () => connection.send(421, "4.4.2 This connection is open for too long"),
      () => {},
    );
    return super.add(connection);
  }

  override delete(connection: WatchedConnection): boolean {
    this.#watches.get(connection.id)?.deadline.abort();
    this.#watches.delete(connection.id);
    return super.delete(connection);
  }

  /** Places are counted by network: one subscriber has a whole /64. @throws rate_limited `smtp.too_many_connections`. */
  admit(remoteAddress: string): void {
    const network = clientNetwork(remoteAddress);
    let same = 0;
    for (const connection of this) if (clientNetwork(connection.session.remoteAddress) === network) same++;
    if (same > this.#limits.connectionsPerAddressMax)
      throw new Failure("rate_limited", "smtp.too_many_connections", "too many connections from your address");
  }

  noteAuthFailure(id: string): void {
    const watch = this.#watches.get(id);
    if (watch) watch.authFailures++;
  }

  /** Closes those that have no message under way. */
  closeIdle(): void {
    for (const connection of [...this])
      if (!connection.session.envelope?.mailFrom) connection.send(421, "4.3.2 The server is going down, try again");
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.deadline.abort();
    this.#watches.clear();
  }
}
