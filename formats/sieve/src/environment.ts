/** What a run knows beside the message. */
export interface SieveEnvironment {
  /** SMTP's sender and recipient; the null sender is empty. */
  readonly envelope: { readonly from: string; readonly to: string };
  readonly nowMs: number;
  /** The owner's zone for `currentdate` and `date`, minutes east of UTC. */
  readonly zoneMinutes: number;
  /** 0 to 100, where 0 is surely wanted; null when nobody looked (RFC 5235). */
  readonly spamPercent: number | null;
  /** RFC 5490 §3.1. */
  mailboxExists(name: string): boolean;
  /** RFC 8579 §4: whether a mailbox, or that one, has the use such as `\Junk`. */
  hasSpecialUse(use: string, mailbox: string | null): boolean;
  /** RFC 5183 items: `name`, `version`, `host`, `domain`, `location`, `phase`. */
  readonly items: Readonly<Record<string, string>>;
}
