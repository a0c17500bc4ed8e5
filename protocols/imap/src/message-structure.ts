/**
 * One address of an envelope (RFC 9051 §7.5.2). Texts are as in the header, encoded words left encoded; 8-bit header
 * bytes appear as the characters U+0080 to U+00FF ("binary string"). A group opens with `mailbox` = its name and
 * `host` null, and closes with both null.
 */
export interface EnvelopeAddress {
  readonly name: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

/** ENVELOPE (RFC 9051 §7.5.2). `sender` and `replyTo` hold `from` where the header lacks them. Same text rule as above. */
export interface Envelope {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly EnvelopeAddress[];
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

export type Parameters = readonly (readonly [name: string, value: string])[];

/**
 * A node of the MIME tree with its place in the message, computed once at arrival. Offsets and sizes are bytes of the
 * stored message (CRLF line ends), so BODY[1.2] is a range read. The root's `headerOffset` is 0.
 */
export interface BodyPart {
  /** Media type and subtype, e.g. `text` `plain`; any case. */
  readonly type: string;
  readonly subtype: string;
  readonly parameters: Parameters;
  /** Content-ID and Content-Description as in the header. */
  readonly id: string | null;
  readonly description: string | null;
  /** Content-Transfer-Encoding; `7bit` when the header lacks it. */
  readonly encoding: string;
  readonly md5?: string | null;
  readonly disposition: { readonly type: string; readonly parameters: Parameters } | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** The part's header with the empty line that ends it. */
  readonly headerOffset: number;
  readonly headerSizeBytes: number;
  /** What follows the header, without the CRLF that belongs to the next boundary. */
  readonly bodyOffset: number;
  readonly bodySizeBytes: number;
  /** Lines of the body: number of CRLFs, plus one for an unended last line. Needed for text and message/rfc822. */
  readonly bodyLines: number;
  /** Present exactly on multipart/*; at least one part. */
  readonly parts?: readonly BodyPart[];
  /** Present exactly on message/rfc822 and message/global: the message inside; its root begins at `bodyOffset`. */
  readonly message?: { readonly envelope: Envelope; readonly structure: BodyPart };
}
