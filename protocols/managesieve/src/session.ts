import type { BearerOffer, Connection, Logger } from "@casaforte/kernel";
import type { ManageSieveBackend, ScriptStore } from "./backend.ts";
import type { ManageSieveLimits } from "./limits.ts";
import type { Wire } from "./wire.ts";

export interface Session {
  readonly connection: Connection;
  readonly wire: Wire;
  readonly backend: ManageSieveBackend;
  readonly limits: ManageSieveLimits;
  readonly serverName: string;
  readonly cleartextLogin: "never" | "loopback";
  readonly bearer: BearerOffer | null;
  logger: Logger;
  /** Null before the login. */
  scripts: ScriptStore | null;
  failedLogins: number;
}

/** Whether a password may be sent now. */
export function mayLogin({ connection, cleartextLogin }: Session): boolean {
  if (connection.secure) return true;
  return cleartextLogin === "loopback" && /^(?:127\.|::1$|::ffff:127\.)/.test(connection.remoteAddress);
}
