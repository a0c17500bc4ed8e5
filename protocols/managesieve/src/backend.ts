import type { BearerMechanism } from "@casaforte/kernel";

/** A login as the client sent it. */
export interface AuthenticateRequest {
  readonly mechanism: "PLAIN" | BearerMechanism;
  /** May be empty beside an access token. */
  readonly user: string;
  /** SASL authorization identity when it differs from `user`. */
  readonly authorizeAs?: string;
  /** An access token where the mechanism shows one. */
  readonly password: string;
  readonly ip: string;
  readonly tls: boolean;
}

/** Trouble is a Failure; its message is shown to the user. */
export interface ManageSieveBackend {
  /** Extensions that scripts may require, as the capability `SIEVE` lists them. */
  readonly extensions: readonly string[];
  /** Redirects one script may ask for, the capability `MAXREDIRECTS`. */
  readonly redirectsMax: number;
  /** @throws unauthenticated, forbidden, rate_limited, unavailable. */
  authenticate(request: AuthenticateRequest): Promise<ScriptStore>;
}

export interface ScriptName {
  readonly name: string;
  readonly isActive: boolean;
}

/** The scripts of one account. Names are any text without control characters, up to 128 characters. */
export interface ScriptStore {
  /** For logs. */
  readonly name: string;
  /** Aborts when the account may no longer be used by who signed in: the session ends. */
  readonly ended?: AbortSignal;
  list(): Promise<readonly ScriptName[]>;
  /** @throws not_found. */
  read(name: string): Promise<string>;
  /** Proves that a script can run. @throws invalid, with the line in the message. */
  check(script: string): Promise<void>;
  /** Whether such a script would be taken now. @throws over_quota, too_large. */
  assertRoom(name: string, sizeBytes: number): Promise<void>;
  /** Stores a checked script in the place of one of that name. @throws invalid, over_quota, too_large. */
  put(name: string, script: string): Promise<void>;
  /** Null: none is active. @throws not_found. */
  activate(name: string | null): Promise<void>;
  /** @throws not_found; conflict for the active script. */
  remove(name: string): Promise<void>;
  /** @throws not_found; conflict when the new name is taken. */
  rename(from: string, to: string): Promise<void>;
  /** The session is over. */
  close(): Promise<void>;
}
