/** Version of the parser that wrote an index; raised when the same bytes would give another index. */
export const parserVersion = 1;

/**
 * One address of an envelope (RFC 9051 §7.5.2). Texts are as in the header, encoded words left encoded; 8-bit header
 * bytes appear as the characters U+0080 to U+00FF ("binary string"). A group opens with `mailbox` = its name and `host`
 * null, and closes with both null.
 */
export interface EnvelopeAddress {
  readonly name: string | null;
  readonly mailbox: string | null;
  readonly host: string | null;
}

/** ENVELOPE (RFC 9051 §7.5.2). `sender` and `replyTo` hold `from` where the header lacks them. Binary strings. */
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

/** A node of the MIME tree. Offsets and sizes are bytes of the stored message; a part is a range read. */
export interface MimePart {
  /** Lower case, e.g. `text` `plain`. */
  readonly type: string;
  readonly subtype: string;
  /** As in the header, RFC 2231 left encoded; names in lower case. */
  readonly parameters: Parameters;
  readonly id: string | null;
  readonly description: string | null;
  /** Lower case; `7bit` when the header lacks it. */
  readonly encoding: string;
  readonly md5: string | null;
  readonly disposition: { readonly type: string; readonly parameters: Parameters } | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** The part's header with the empty line that ends it. */
  readonly headerOffset: number;
  readonly headerSizeBytes: number;
  /** What follows the header, without the line break that belongs to the next boundary. */
  readonly bodyOffset: number;
  readonly bodySizeBytes: number;
  /** Line feeds in the body, plus one for an unended last line. */
  readonly bodyLines: number;
  /** Present exactly on multipart/*; at least one part. */
  readonly parts?: readonly MimePart[];
  /** Present exactly on message/rfc822 and message/global: the message inside. */
  readonly message?: { readonly envelope: Envelope; readonly structure: MimePart };
}

/** What is kept of a message beside its bytes: computed once at arrival, JSON without U+0000. */
export interface MessageIndex {
  readonly version: number;
  readonly sizeBytes: number;
  readonly envelope: Envelope;
  readonly structure: MimePart;
  /** Ids of References, oldest first, without angle brackets; the newest `referencesMax` of them. */
  readonly references: readonly string[];
}

/** Decoded texts for lists, SORT and SEARCH. Search texts are NFC and lower case. No text holds U+0000. */
export interface MessageSummary {
  readonly subject: string;
  /** Display name of the first From address, or its address. */
  readonly sender: string;
  readonly preview: string;
  readonly hasAttachment: boolean;
  /** RFC 5256 §2.1, folded. */
  readonly baseSubject: string;
  /** RFC 5256 §3: mailbox of the first address, folded. */
  readonly sortFrom: string;
  readonly sortTo: string;
  readonly sortCc: string;
  /** RFC 5957: display name or address, folded. */
  readonly sortDisplayFrom: string;
  readonly sortDisplayTo: string;
  /** Instant of Date; null when absent or senseless. */
  readonly sentAtMs: number | null;
  /** The day written in Date, its zone ignored; days since 1970-01-01. */
  readonly sentDay: number | null;
  /** Without angle brackets; null when absent. */
  readonly messageId: string | null;
  /** Message-ID (or ''), then References, or the first id of In-Reply-To when there are none: for THREAD. */
  readonly links: readonly string[];
  readonly search: SearchText;
}

export interface SearchText {
  readonly subject: string;
  readonly sender: string;
  readonly recipients: string;
  readonly cc: string;
  readonly bcc: string;
  /** `\nname: value` for each field, unfolded and decoded. */
  readonly headers: string;
  readonly body: string;
}

export interface ParsedMessage {
  readonly index: MessageIndex;
  readonly summary: MessageSummary;
}
