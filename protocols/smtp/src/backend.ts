import type { Bytes } from "@casaforte/kernel";

/**
 * What a listener is for: `mx` takes mail for hosted recipients from anybody, `submission` from signed-in users, `lmtp`
 * from servers of ours that have checked it already (RFC 2033).
 */
export type SmtpRole = "mx" | "submission" | "lmtp";

/** One connection, as the backend sees it. */
export interface SmtpSession<User> {
  /** Of this connection; in logs and in the Received field. */
  readonly id: string;
  readonly role: SmtpRole;
  readonly remoteAddress: string;
  /** What the client said in EHLO or HELO; not believed. */
  readonly helo: string;
  readonly isSecure: boolean;
  /** Name of the cipher, for the Received field. */
  readonly cipher: string | null;
  readonly user: User | null;
}

/** When a sender wants to hear of a recipient (RFC 3461 §4.1). */
export type DsnOccasion = "success" | "failure" | "delay";

/** What a sender asked to be told of one recipient (RFC 3461), decoded from xtext and bounded. */
export interface DsnRequest {
  /** Null: not said, which means failures; empty: never anything. */
  readonly notify: readonly DsnOccasion[] | null;
  /** `rfc822;ada@example.org`: the recipient as the sender first named it. */
  readonly originalRecipient: string | null;
  /** The sender's own name for this transaction. */
  readonly envelopeId: string | null;
  /** How much of the message comes back with a failure. */
  readonly returns: "full" | "headers" | null;
}

export interface SmtpLogin {
  /** May be empty beside an access token. */
  readonly name: string;
  readonly password: string;
  /** `password` is an access token. */
  readonly isToken: boolean;
}

export interface SmtpSender {
  /** Empty for the null sender. */
  readonly address: string;
  /** As the client announced it by SIZE, or null. */
  readonly sizeBytes: number | null;
  readonly isUtf8: boolean;
}

export interface SmtpEnvelopeRecipient<Recipient> {
  readonly address: string;
  readonly target: Recipient;
  readonly dsn: DsnRequest;
}

export interface SmtpEnvelope<Recipient> {
  readonly sender: SmtpSender;
  readonly recipients: readonly SmtpEnvelopeRecipient<Recipient>[];
}

/**
 * What the product puts behind a listener. Every refusal is a thrown Failure: its code or kind gives the reply
 * (replies.ts). Anything else thrown is a bug and answered 451, so that the client keeps the message.
 */
export interface SmtpBackend<User, Recipient> {
  /** Before the greeting: address limits, block lists. */
  connect?(session: SmtpSession<User>): Promise<void>;
  /** PLAIN, LOGIN or an access token, over TLS. Only asked on submission listeners. @throws unauthenticated, rate_limited, unavailable. */
  authenticate?(session: SmtpSession<User>, login: SmtpLogin): Promise<User>;
  mailFrom(session: SmtpSession<User>, sender: SmtpSender): Promise<void>;
  /** What it returns comes back in the envelope. */
  rcptTo(session: SmtpSession<User>, sender: SmtpSender, address: string): Promise<Recipient>;
  /**
   * The message: dots unescaped, every line ending CRLF, checked for bare CR and LF, loops and size while it streams;
   * a breach makes the iterator throw, and the backend must let that pass. Resolving is the promise that the message is
   * stored: it becomes the 250. Returns the name under which the message can be traced; over LMTP also, for each
   * recipient in order, the trouble with it, or null.
   */
  data(
    session: SmtpSession<User>,
    envelope: SmtpEnvelope<Recipient>,
    message: AsyncIterable<Bytes>,
  ): Promise<DataResult>;
}

export interface DataResult {
  readonly queuedAs: string;
  /** LMTP only. */
  readonly refused?: readonly unknown[];
}
