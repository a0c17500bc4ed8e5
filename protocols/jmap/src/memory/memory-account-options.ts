import type { Bytes, Clock } from "@casaforte/kernel";
import type { AccountInfo, IdentityRecord, SubmissionRecord } from "../backend.ts";
import type { Draft } from "../draft.ts";

export interface MemoryAccountOptions {
  readonly info: AccountInfo;
  readonly clock: Clock;
  readonly compose: (draft: Draft) => Promise<Bytes>;
  readonly identities: readonly IdentityRecord[];
  readonly limitBytes?: number;
  /** Called with what leaves, once it is final. */
  readonly onSubmit?: (submission: SubmissionRecord, bytes: Bytes) => void;
}
