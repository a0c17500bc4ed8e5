import type { BearerMechanism, Bytes } from "@casaforte/kernel";

/** A login as the client sent it. */
export interface AuthenticateRequest {
  readonly mechanism: "USER" | "PLAIN" | BearerMechanism;
  /** Login name, normally an address; may be empty beside an access token. */
  readonly user: string;
  /** SASL authorization identity when it differs from `user`. */
  readonly authorizeAs?: string;
  /** An access token where the mechanism shows one. */
  readonly password: string;
  readonly ip: string;
  readonly tls: boolean;
}

/** What the POP3 server needs of a mail store. Trouble is a Failure; its message is shown to the user. */
export interface Pop3Backend {
  /**
   * Signs in and takes the snapshot of INBOX. @throws unauthenticated: answered `-ERR [AUTH] message`; rate_limited:
   * `[SYS/TEMP]`; locked: `[IN-USE]`; forbidden: `[SYS/PERM]` (protocol switched off, account suspended);
   * unavailable: `[SYS/TEMP]`.
   */
  authenticate(request: AuthenticateRequest): Promise<Maildrop>;
}

/**
 * INBOX as it was at login. Nothing is locked: IMAP sessions, deliveries and other POP3 sessions go on, and this session
 * sees none of it (RFC 1939 §8 asks for a stable list, which a snapshot gives). A message that another session expunged
 * meanwhile reads as gone. The maildrop holds no transaction or connection while the session lasts.
 */
export interface Maildrop {
  /** For logs. */
  readonly name: string;
  /** Aborts when the account may no longer be used by who signed in: the session ends and nothing that was marked is removed. */
  readonly ended?: AbortSignal;
  /** Message numbers are index + 1. Ascending UIDs, at most 2^32 - 1. */
  readonly uids: Uint32Array;
  /** Bytes of each message as stored, CRLF line ends, before dot-stuffing. */
  readonly sizesBytes: Float64Array;
  /** UIDL of one message: 1 to 70 characters from `!` to `~`, stable for ever, unique in the account (RFC 1939 §7). */
  uniqueId(index: number): string;
  /** The whole message: at once when short, else a stream. @throws not_found when it is gone. */
  read(index: number): Promise<Bytes | AsyncIterable<Bytes>>;
  /** Removes the messages, all or none; those already gone do not matter. Called at QUIT only. UIDs ascending. */
  remove(uids: Uint32Array): Promise<void>;
  /** The session is over, whether or not it ended with QUIT. */
  close(): Promise<void>;
}
