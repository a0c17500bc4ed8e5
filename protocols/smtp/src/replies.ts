import { type ErrorKind, Failure } from "@casaforte/kernel";

/** A reply code and its enhanced status code (RFC 3463, RFC 5248). */
export interface SmtpReply {
  readonly code: number;
  readonly enhanced: string;
}

/** The reply for each kind of expected trouble. 4xx wherever a later try may pass: the client keeps the message. */
export const replyByKind = {
  invalid: { code: 550, enhanced: "5.6.0" },
  unauthenticated: { code: 535, enhanced: "5.7.8" },
  forbidden: { code: 550, enhanced: "5.7.1" },
  not_found: { code: 550, enhanced: "5.1.1" },
  conflict: { code: 451, enhanced: "4.3.0" },
  precondition: { code: 503, enhanced: "5.5.1" },
  over_quota: { code: 452, enhanced: "4.2.2" },
  too_large: { code: 552, enhanced: "5.3.4" },
  rate_limited: { code: 450, enhanced: "4.7.1" },
  locked: { code: 450, enhanced: "4.2.1" },
  unsupported: { code: 550, enhanced: "5.6.1" },
  unavailable: { code: 451, enhanced: "4.3.0" },
  cancelled: { code: 451, enhanced: "4.3.2" },
  corrupt: { code: 451, enhanced: "4.3.0" },
} as const satisfies Record<ErrorKind, SmtpReply>;

/** Troubles that SMTP has a better word for than their kind. */
export const replyByCode = {
  "smtp.bare_line_ending": { code: 550, enhanced: "5.6.11" },
  "smtp.loop": { code: 554, enhanced: "5.4.6" },
  "smtp.header_too_large": { code: 552, enhanced: "5.3.4" },
  "smtp.bad_parameter": { code: 501, enhanced: "5.5.4" },
  "smtp.bad_sender": { code: 553, enhanced: "5.1.7" },
  "smtp.bad_recipient": { code: 553, enhanced: "5.1.3" },
  "smtp.unknown_recipient": { code: 550, enhanced: "5.1.1" },
  "smtp.recipient_disabled": { code: 550, enhanced: "5.2.1" },
  "smtp.relay_denied": { code: 550, enhanced: "5.7.1" },
  "smtp.sender_not_yours": { code: 553, enhanced: "5.7.1" },
  "smtp.one_tenant_a_time": { code: 452, enhanced: "4.5.3" },
  "mailflow.expansion": { code: 550, enhanced: "5.2.4" },
  "mailflow.malware": { code: 554, enhanced: "5.7.1" },
  "mailflow.filtered": { code: 554, enhanced: "5.7.1" },
  "smtp.recipient_twice": { code: 452, enhanced: "4.5.3" },
  "smtp.not_trusted": { code: 554, enhanced: "5.7.1" },
  "smtp.too_many_connections": { code: 421, enhanced: "4.7.0" },
  "smtp.auth_required": { code: 530, enhanced: "5.7.0" },
  "smtp.auth_later": { code: 454, enhanced: "4.7.0" },
} as const satisfies Record<string, SmtpReply>;

const bug: SmtpReply = { code: 451, enhanced: "4.3.0" };

/** The reply that some trouble gets, with a text of one line. Bugs are 451 and tell nothing. */
export function replyFor(error: unknown): SmtpReply & { readonly text: string } {
  if (!(error instanceof Failure)) return { ...bug, text: "internal error, try again later" };
  const byCode = (replyByCode as Readonly<Record<string, SmtpReply>>)[error.code];
  return { ...(byCode ?? replyByKind[error.kind]), text: error.message.replace(/\p{Cc}+/gu, " ") };
}
