export * from "./append-message.ts";
export { type CreateMailAccountInput, createMailAccount, defaultMailboxes } from "./create-mail-account.ts";
export { allFlagBits, flagBits, type MessageFlags, noFlags } from "./flags.ts";
export { type IngestedMessage, indexStoredMessage, ingestMessage } from "./ingest-message.ts";
export { mailboxLimits } from "./limits.ts";
export type { MailAccount, MailAccountState, MailProtocols } from "./mail-account.ts";
export { type Mailbox, type MailboxRole, mailboxRoles } from "./mailbox.ts";
export { migrations } from "./migrations.ts";
export type { MailboxEdgeServices, MailboxServices } from "./services.ts";
