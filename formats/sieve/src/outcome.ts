/** What a run asks for. An empty list: the message is to be thrown away. */
export interface SieveOutcome {
  readonly actions: readonly SieveAction[];
  /** Why the run ended early; the message is then kept (RFC 5228 §2.10.6). Null: it ran well. */
  readonly error: string | null;
}

export type SieveAction =
  | FileAction
  | { readonly kind: "redirect"; readonly address: string }
  /** RFC 5429: refused with a reason for the sender. */
  | { readonly kind: "reject"; readonly reason: string }
  | VacationAction;

/** Into a mailbox; `keep` goes to the inbox. */
export interface FileAction {
  readonly kind: "file";
  /** UTF-8, levels split by `/`; null for the inbox. */
  readonly mailbox: string | null;
  /** RFC 5490: make it when it is not there. */
  readonly create: boolean;
  /** RFC 8579: the mailbox of this use, such as `\Junk`, before the one named. */
  readonly specialUse: string | null;
  /** `\Seen` and keywords. */
  readonly flags: readonly string[];
}

/** RFC 5230: an answer to the sender, once in so many days. */
export interface VacationAction {
  readonly kind: "vacation";
  readonly days: number;
  readonly subject: string | null;
  readonly from: string | null;
  /** Addresses of the owner beside the account's own. */
  readonly addresses: readonly string[];
  /** Text; with `mime` header and body of a MIME entity. */
  readonly reason: string;
  readonly mime: boolean;
  /** Answers of one handle count as the same. */
  readonly handle: string;
}
