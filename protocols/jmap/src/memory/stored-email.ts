import type { Bytes } from "@casaforte/kernel";
import type { EmailRecord } from "../backend.ts";
import type { TextField } from "../filter.ts";
import type { HeaderField } from "../header-field.ts";

/** What does not change about a message. */
export type FixedRecord = Omit<EmailRecord, "mailboxIds" | "keywords">;

/** A message in memory: fixed facts, and the two sets that change. */
export interface StoredEmail {
  readonly record: FixedRecord;
  readonly bytes: Bytes;
  readonly headers: readonly HeaderField[];
  /** Lower case. */
  readonly search: Readonly<Record<TextField, string>>;
  readonly sentAtMs: number;
  readonly sortTexts: Readonly<Record<"from" | "to" | "subject", string>>;
  mailboxIds: ReadonlySet<string>;
  keywords: ReadonlySet<string>;
}
