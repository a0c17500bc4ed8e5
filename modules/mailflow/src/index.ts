import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

export { addSenderRule, removeSenderRule, setDomainPolicy } from "./change-arrival-rules.ts";
export * from "./change-queue.ts";
export { BlockLists } from "./dnsbl.ts";
export { createFiling, type Filing, type FilingServices } from "./filing.ts";
export * from "./http.ts";
export { registerAbuseRoutes, registerStopRoutes } from "./http-abuse.ts";
export { registerArrivalRoutes } from "./http-arrival.ts";
export { registerReportRoutes } from "./http-reports.ts";
export * from "./invariants.ts";
export * from "./jobs.ts";
export { enqueueLesson } from "./learn-job.ts";
export * from "./limits.ts";
export { createLmtpBackend } from "./lmtp-backend.ts";
export { loadMailLibrary } from "./mail-library.ts";
export * from "./mailbox-store.ts";
export { createMxBackend } from "./mx-backend.ts";
export { clamavScanner, rspamdFilter } from "./outside-filters.ts";
export { registerQuarantineLink } from "./quarantine-link.ts";
export type * from "./services.ts";
export { listenSink } from "./sink.ts";
export { resumeSender, stopSender } from "./stop-sender.ts";
export { selectBlobReferences as mailflowBlobReferences } from "./store-deliveries.ts";
export { type EventFilter, selectEvents as searchMailEvents } from "./store-events.ts";
export { type QueueFilter, selectQueue as listQueue } from "./store-queue.ts";
export { createSubmissionBackend } from "./submission-backend.ts";
export { type SubmitInput, type SubmitResult, submitMessage } from "./submit-message.ts";
export { type SystemMailInput, sendSystemMail } from "./system-mail.ts";
export type { MxRecipient } from "./take-message.ts";
export type * from "./types.ts";

/** Tables `mailflow_*`. */
export const migrations: MigrationSource = {
  module: "mailflow",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
