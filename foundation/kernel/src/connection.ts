import type { Bytes } from "./bytes.ts";

/**
 * One stream connection as a protocol session sees it. `platform/net` implements it over TCP and TLS, the testkit in
 * memory. Pulling is the back-pressure: whoever does not call `read` stops the peer.
 */
export interface Connection {
  /** The peer's address (after PROXY protocol from trusted nets), without a port: `192.0.2.1` or `2001:db8::1`. */
  readonly remoteAddress: string;
  /** True while bytes travel inside TLS. Becomes true when `startTls` resolves. */
  readonly secure: boolean;
  /**
   * The next bytes, in whatever pieces they arrived; never empty. `null` at the end of the stream and for ever after.
   * Only one call may be pending. Rejects when the connection broke.
   */
  read(): Promise<Bytes | null>;
  /**
   * Queues bytes; the caller gives them away and must not change them. False asks the caller to await `drained` before
   * it writes much more. Writing to a closed connection does nothing and returns true.
   */
  write(bytes: Bytes): boolean;
  /** Resolves when the queue of written bytes is short again, and at once when the connection is closed. */
  drained(): Promise<void>;
  /**
   * Flushes what was written and makes the TLS handshake as a server. Bytes received in clear and not yet read are
   * thrown away, because a man in the middle could have put them there. Absent where TLS cannot be started.
   */
  startTls?(): Promise<void>;
  /** Flushes what was written, then ends the connection. A pending `read` yields `null`. Idempotent. */
  close(): void;
}
