import type { BearerOffer, Clock, Logger } from "@casaforte/kernel";
import type { ImapBackend } from "./backend.ts";
import type { ImapLimits } from "./limits.ts";
import type { FollowBudget } from "./search-context.ts";

/** What the program around decides about the server. */
export interface ImapOptions {
  /** Name and version in ID and in the greeting; no more than the operator wants to tell. */
  readonly serverName?: string;
  /**
   * Where a password may travel without TLS: nowhere, or from this machine itself (127.0.0.0/8 and ::1), for tests and
   * for a webmail beside the server.
   */
  readonly cleartextLogin?: "never" | "loopback";
  /** Who gives out access tokens for this server; without it no mechanism takes one. */
  readonly bearer?: BearerOffer | null;
  /** Extensions the store's mailboxes offer beyond the port's required methods. */
  readonly sort?: boolean;
  readonly thread?: boolean;
  readonly preview?: boolean;
  readonly savedDate?: boolean;
}

export interface ServeImapServices {
  readonly backend: ImapBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the session with BYE. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ImapLimits>;
  readonly options?: ImapOptions;
  /** What results that are followed may hold in all sessions that are given it; without it each session has its limits alone. */
  readonly followed?: FollowBudget;
}
