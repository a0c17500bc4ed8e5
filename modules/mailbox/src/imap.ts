import type { AuthenticateRequest, ImapAccount, ImapBackend } from "@casaforte/imap";
import { Failure, type MailAccountId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { isSwitchedOff, refusalOf } from "@casaforte/modules/measures";
import { SharingImapAccount } from "./imap-shares.ts";
import type { MailProtocols, OpenedMailAccount } from "./mail-account.ts";
import { MailboxViews } from "./mailbox-views.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectAccount } from "./store-accounts.ts";

/** Checks a password; the identity module's `verifyMailLogin` fits. */
export type VerifyMailLogin = (input: {
  readonly address: string;
  readonly password: string;
  readonly protocol: "imap" | "pop3";
  readonly ip: string;
}) => Promise<{
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly principalId: PrincipalId;
}>;

/** The IMAP view of the store. */
export function imapBackend(services: MailboxEdgeServices, verifyLogin: VerifyMailLogin): ImapBackend {
  const views = new MailboxViews(services);
  return {
    async authenticate(request: AuthenticateRequest): Promise<ImapAccount> {
      return new SharingImapAccount(services, views, await openMailAccount(services, verifyLogin, "imap", request));
    },
  };
}

/**
 * Password, then the account's own state and switches (R13). @throws unauthenticated (with `alert` where the person must
 * do something), forbidden `mailbox.suspended`, `mailbox.protocol_disabled`, `measures.programs_off`, rate_limited, unavailable.
 */
export async function openMailAccount(
  services: MailboxEdgeServices,
  verifyLogin: VerifyMailLogin,
  protocol: "imap" | "pop3",
  request: { readonly user: string; readonly authorizeAs?: string; readonly password: string; readonly ip: string },
): Promise<OpenedMailAccount> {
  if (request.authorizeAs !== undefined && request.authorizeAs.toLowerCase() !== request.user.toLowerCase())
    throw new Failure("forbidden", "mailbox.no_proxy", "signing in for somebody else is not offered");
  const login = await verifyLogin({
    address: request.user,
    password: request.password,
    protocol,
    ip: request.ip,
  }).catch(explain);
  const { tenantId } = login;
  const [account, isOff] = await services.db.tenant(
    tenantId,
    (tx) => Promise.all([selectAccount(tx, login.mailAccountId), isSwitchedOff(tx, "mail.programs")]),
    { readOnly: true, oneTrip: true },
  );
  if (!account || account.state === "deleted")
    throw new Failure("unauthenticated", "mailbox.no_account", "no such mail account");
  if (account.state === "suspended")
    throw new Failure(
      "forbidden",
      "mailbox.suspended",
      "this mail account is suspended; mail for it is still accepted",
    );
  if (!account.protocols[protocol satisfies keyof MailProtocols])
    throw new Failure("forbidden", "mailbox.protocol_disabled", "this protocol is switched off for your mail account");
  if (isOff) throw refusalOf("mail.programs");
  const { mailAccountId, principalId } = login;
  return { tenantId, account, actor: { kind: "mail_account", tenantId, mailAccountId, principalId, ip: request.ip } };
}

/** What the person must read is an alert; a door that is shut is not a wrong password. */
function explain(error: unknown): never {
  if (error instanceof Failure && error.code === "identity.app_password_required")
    throw new Failure(error.kind, error.code, error.message, {
      cause: error,
      details: { ...error.details, alert: true },
    });
  if (error instanceof Failure && error.code === "identity.protocol_disabled")
    throw new Failure("forbidden", error.code, error.message, { cause: error });
  throw error;
}
