import type { BearerOffer, Connection, Logger } from "@casaforte/kernel";
import type { Maildrop, Pop3Backend } from "./backend.ts";
import type { Pop3Limits } from "./limits.ts";
import type { LineChannel } from "./line-channel.ts";

/** RFC 1939 §3. UPDATE is what QUIT does in `transaction`. */
export type SessionState =
  | { readonly name: "authorization"; readonly user: string | null }
  | { readonly name: "transaction"; readonly maildrop: Maildrop; readonly deleted: Set<number> }
  | { readonly name: "over" };

export interface Session {
  readonly connection: Connection;
  readonly channel: LineChannel;
  readonly backend: Pop3Backend;
  readonly limits: Pop3Limits;
  readonly serverName: string;
  readonly cleartextLogin: "never" | "loopback";
  readonly bearer: BearerOffer | null;
  logger: Logger;
  state: SessionState;
  failedLogins: number;
  badCommands: number;
  busy: boolean;
}

/** Does the command and returns its last line, or nothing when it printed all itself. */
export type Handler = (session: Session, argument: string) => Promise<string> | string;

/** Whether a password may be sent now. */
export function mayLogin(session: Session): boolean {
  if (session.connection.secure) return true;
  const loopback = /^(?:127\.|::1$|::ffff:127\.)/.test(session.connection.remoteAddress);
  return session.cleartextLogin === "loopback" && loopback;
}
