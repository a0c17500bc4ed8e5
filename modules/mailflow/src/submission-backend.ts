import { Failure } from "@casaforte/kernel";
import { assertCapable } from "@casaforte/modules/measures";
import type { SmtpBackend } from "@casaforte/smtp";
import { expandAny } from "./expand-any.ts";
import { isNobody, tooManyTargets } from "./expand-recipient.ts";
import type { MailflowServices, SignedInUser, VerifyLogin } from "./services.ts";
import { admitSender, parseRecipient, submitMessage } from "./submit-message.ts";

/** Mail from signed-in accounts to anybody (RFC 6409). Unknown recipients of hosted domains are refused at RCPT. */
export function createSubmissionBackend(
  services: MailflowServices,
  verifyLogin: VerifyLogin,
): SmtpBackend<SignedInUser, string> {
  const signedIn = (user: SignedInUser | null): SignedInUser => {
    if (user === null) throw new Failure("unauthenticated", "smtp.auth_required", "sign in first");
    return user;
  };
  return {
    async authenticate(session, { name, password, isToken }) {
      const user = await verifyLogin({
        ...{ address: name, password, isToken },
        ...{ ip: session.remoteAddress, protocol: "smtp" },
      });
      await services.db.tenant(user.tenantId, (tx) => assertCapable(tx, "mail.programs"), { readOnly: true });
      return user;
    },
    async mailFrom(session, sender) {
      const user = signedIn(session.user);
      // A connection may be old: what shut the account's door since must hold for it too (R13, R64).
      if (!(await user.holds())) throw new Failure("unauthenticated", "smtp.signed_out", "sign in again");
      await services.db.tenant(user.tenantId, (tx) => assertCapable(tx, "mail.programs"), { readOnly: true });
      await admitSender(services, user, sender.address);
    },
    async rcptTo(_session, _sender, text) {
      const recipient = parseRecipient(text);
      const found = await expandAny(services, recipient);
      if (found.kind === "too_many") throw tooManyTargets();
      if (found.kind === "unknown" || (found.kind === "found" && isNobody(found.expansion)))
        throw new Failure("not_found", "smtp.unknown_recipient", "there is no such address");
      return found.kind === "found" ? recipient.toLowerCase() : recipient;
    },
    async data(session, envelope, message) {
      const { traceId } = await submitMessage(services, {
        user: signedIn(session.user),
        sender: envelope.sender.address,
        recipients: envelope.recipients.map(({ target }) => target),
        message,
        isOverSmtp: true,
        dsn: new Map(envelope.recipients.map(({ target, dsn }) => [target, dsn])),
      });
      return { queuedAs: traceId };
    },
  };
}
