import type { BlobReferences } from "@casaforte/modules/mailbox";
import { mailflowBlobReferences } from "@casaforte/modules/mailflow";
import { ticketBlobReferences } from "@casaforte/modules/tickets";
import { takeoutBlobReferences } from "@casaforte/modules/transfers";

/** Every module beside the mail store that keeps blobs in the mail store's place. */
export const otherBlobReferences: readonly BlobReferences[] = [
  mailflowBlobReferences,
  ticketBlobReferences,
  takeoutBlobReferences,
];
