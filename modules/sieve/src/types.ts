import type { FileAction } from "@casaforte/sieve";

export interface Script {
  readonly name: string;
  readonly content: string;
  readonly isActive: boolean;
  readonly updatedAt: Date;
}

/** RFC 8621 §8. */
export interface Vacation {
  readonly isEnabled: boolean;
  readonly fromAt: Date | null;
  readonly untilAt: Date | null;
  readonly subject: string | null;
  readonly textBody: string | null;
  readonly htmlBody: string | null;
}

export const noVacation: Vacation = {
  isEnabled: false,
  fromAt: null,
  untilAt: null,
  subject: null,
  textBody: null,
  htmlBody: null,
};

/** An answer to the sender of a message. */
export interface Reply {
  readonly to: string;
  /** An address of the account. */
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** `text` is a whole MIME entity (RFC 5230 §4.3). */
  readonly isMime: boolean;
  /** Message-ID of the message answered, with its angle brackets, or empty. */
  readonly inReplyTo: string;
}

/** What is to be done with one message for one account. */
export interface Judgement {
  /** Where it goes; none: thrown away. */
  readonly places: readonly FileAction[];
  readonly redirects: readonly string[];
  readonly rejection: string | null;
  readonly reply: Reply | null;
  /** Why the script ended early. */
  readonly error: string | null;
}
