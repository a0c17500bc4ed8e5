export * from "./append-message.ts";
export { type ChangeFlagsInput, changeFlags } from "./change-flags.ts";
export * from "./change-mail-account.ts";
export * from "./change-mailboxes.ts";
export { type DestroyMessagesInput, destroyMessages, type SetMailboxesInput, setMailboxes } from "./change-messages.ts";
export { type CopyInput, type CopyResult, copyMessages, moveMessages } from "./copy-messages.ts";
export { type CreateMailAccountInput, createMailAccount, defaultMailboxes } from "./create-mail-account.ts";
export { openedDoor } from "./door.ts";
export {
  type ExportedMessage,
  exportMail,
  exportMessages,
  type MaildirFile,
  type MaildirScope,
  mailboxFolder,
  maildirPath,
} from "./export-mail.ts";
export { FactCache } from "./fact-cache.ts";
export { allFlagBits, flagBits, type MessageFlags, noFlags } from "./flags.ts";
export { registerMailAccountRoutes } from "./http.ts";
export { registerOwnShareRoutes } from "./http-own-shares.ts";
export { registerOwnRecoverRoutes } from "./http-recover.ts";
export type { MailAccountHooks, MailAccountHttpServices } from "./http-services.ts";
export { imapBackend, openMailAccount, type VerifyMailLogin } from "./imap.ts";
export { type IngestedMessage, indexStoredMessage, ingestMessage } from "./ingest-message.ts";
export { invariants } from "./invariants.ts";
export { jmapBackend } from "./jmap.ts";
export type { MailActor } from "./jmap-account.ts";
export { composeDraft } from "./jmap-compose.ts";
export { guardJmap, type JmapGuest } from "./jmap-door.ts";
export { type FetchedImage, type JmapHttpOptions, registerJmapRoutes } from "./jmap-http.ts";
export {
  type JmapServices,
  noteDelivery,
  type SubmitForAccount,
  type VacationStore,
} from "./jmap-submission.ts";
export {
  type BlobReferences,
  jobHandlers,
  jobSchedules,
  type MailboxJobServices,
  mailboxBlobReferences,
  unclaimedBlobs,
} from "./jobs.ts";
export type { JunkMove } from "./junk-move.ts";
export { mailboxLimits } from "./limits.ts";
export type { MailAccount, MailAccountState, MailProtocols, OpenedMailAccount } from "./mail-account.ts";
export { type Mailbox, type MailboxRole, mailboxRoles } from "./mailbox.ts";
export { MailboxListings } from "./mailbox-listings.ts";
export { migrations } from "./migrations.ts";
export { type DoorGuest, type OpenDoor, OpenDoors } from "./open-doors.ts";
export { pop3Backend } from "./pop3.ts";
export { type PushServices, pushHandlers, pushSchedules } from "./push-changes.ts";
export { type QuotaNoticeRoad, quotaNoticeHandlers, quotaNoticeSchedules } from "./quota-notices.ts";
export { forgetClientStates } from "./raise-epochs.ts";
export {
  type Changes,
  type ChangesInput,
  mailboxChanges,
  messageChanges,
  readState,
  threadChanges,
} from "./read-changes.ts";
export { type ExpungeInput, type ExpungeResult, expunge } from "./remove-messages.ts";
export { jmapJobHandlers } from "./send-held.ts";
export type { MailboxEdgeServices, MailboxServices } from "./services.ts";
export type { ShareAccess } from "./share-access.ts";
export { listShares, type SetSharesInput, setShares } from "./share-account.ts";
export type { AccountDoor, DomainAccounts } from "./store-accounts.ts";
export {
  holdAccount as holdMailAccount,
  selectAccountOfAddress as accountOfAddress,
  selectAccountsByDomain as countAccountsByDomain,
  selectAccountsIn as listAccountsIn,
  selectAddresses as readAddresses,
  selectMailboxIds as listMailboxIds,
  selectTenantsWithMail as listTenantsWithMail,
} from "./store-accounts.ts";
export {
  type FlagOperation,
  type StoreFlagsInput,
  type StoreFlagsResult,
  storeFlags,
  storeMessageFlags,
} from "./store-flags.ts";
export { selectMailboxes as readMailboxes } from "./store-mailboxes.ts";
export { selectDrop as listDrop } from "./store-view.ts";
export { type VapidKey, vapidKey } from "./web-push.ts";
