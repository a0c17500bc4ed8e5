/** The other server, as a transfer needs it. `openRemote` in `imap-remote.ts` is the real one. */
export interface Remote {
  /** Folders that hold messages. */
  folders(): Promise<readonly RemoteFolder[]>;
  /** Opens a folder without changing anything in it. @throws not_found `transfers.folder_gone`, as all here unavailable `transfers.refused`. */
  open(path: string): Promise<{ readonly uidvalidity: number; readonly total: number }>;
  /** UIDs above `afterUid`, ascending. Empty only when the server said so. */
  uids(afterUid: number): Promise<readonly number[]>;
  /** Facts of messages of the open folder; those that are gone are left out. */
  facts(uids: readonly number[]): Promise<readonly RemoteMessage[]>;
  /** Bytes of messages by UID, of one above `messageBytesMax` a byte more than that; what the server does not hand out is left out. */
  fetch(uids: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>;
  close(): Promise<void>;
}

export interface RemoteFolder {
  /** As the server names it, decoded. */
  readonly path: string;
  /** Empty: the server knows no levels. */
  readonly delimiter: string;
  /** RFC 6154, or what a well-known name stands for. */
  readonly specialUse: string | null;
  readonly total: number;
  readonly subscribed: boolean;
}

export interface RemoteMessage {
  readonly uid: number;
  readonly sizeBytes: number;
  readonly internalDateMs: number | null;
  readonly flags: readonly string[];
  readonly messageId: string;
  readonly subject: string;
  readonly from: string;
  readonly sentAtMs: number | null;
}

export interface RemoteLogin {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls";
  readonly user: string;
  readonly password: string;
}

/**
 * @throws unauthenticated `transfers.login_refused`, forbidden `net.not_public`, unavailable `net.no_such_host`,
 * `transfers.certificate`, `transfers.unreachable`.
 */
export type OpenRemote = (login: RemoteLogin, signal: AbortSignal) => Promise<Remote>;
