export type * from "./backend.ts";
export { noDsn } from "./dsn.ts";
export { type SmtpLimits, smtpLimits } from "./limits.ts";
export { type GuardLimits, guardMessage, MessageGuard } from "./message-guard.ts";
export * from "./replies.ts";
export { type SmtpListen, type SmtpListener, type SmtpServerOptions, serveSmtp } from "./serve.ts";
