import type { MailboxEdgeServices } from "@casaforte/modules/mailbox";
import type { Jobs } from "@casaforte/platform/jobs";
import type { OpenRemote } from "./remote.ts";

export interface TransferServices extends MailboxEdgeServices {
  readonly jobs: Jobs;
  /** 32 bytes that seal the other servers' passwords. */
  readonly secretKey: Uint8Array;
  readonly openRemote: OpenRemote;
}
