import type { AuthenticateRequest, ImapAccount, ImapBackend } from "@casaforte/imap";
import { Failure, isBearerMechanism, type MailAccountId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { isSwitchedOff, refusalOf } from "@casaforte/modules/measures";
import { SharingImapAccount } from "./imap-shares.ts";
import type { MailAccount, MailProtocols, OpenedMailAccount } from "./mail-account.ts";
import { MailboxViews } from "./mailbox-views.ts";
import { type OpenDoor, OpenDoors } from "./open-doors.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { selectAccount } from "./store-accounts.ts";

/** Checks a password or an access token; the identity module's `verifyMailLogin` fits. */
export type VerifyMailLogin = (input: {
  readonly address: string;
  readonly password: string;
  /** `password` is an access token, and `address` may be empty. */
  readonly isToken: boolean;
  readonly protocol: "imap" | "pop3" | "jmap";
  readonly ip: string;
}) => Promise<{
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly principalId: PrincipalId;
  /** What the same password opens, as far as is known. */
  readonly protocols?: readonly string[];
  /** Whether the same sign-in would be let in now. */
  holds(): Promise<boolean>;
}>;

/** The IMAP view of the store; `jmapUrl` is where the same mail is over JMAP, null where it is not offered. */
export function imapBackend(
  services: MailboxEdgeServices,
  verifyLogin: VerifyMailLogin,
  jmapUrl: string | null = null,
): ImapBackend {
  const views = new MailboxViews(services);
  const doors = new OpenDoors(services);
  return {
    async authenticate(request: AuthenticateRequest): Promise<ImapAccount> {
      const login = await openMailAccount(services, verifyLogin, doors, { ...request, protocol: "imap" });
      const jmap = jmapUrl === null ? null : { url: jmapUrl, isOpenToLogin: login.protocols.includes("jmap") };
      return new SharingImapAccount(services, views, login, jmap);
    },
  };
}

/**
 * Password, then the account's own state and switches (R13); the door is the caller's to dispose. @throws unauthenticated (with `alert` where the person must
 * do something), forbidden `mailbox.suspended`, `mailbox.protocol_disabled`, `measures.programs_off`, rate_limited, unavailable.
 */
export async function openMailAccount(
  services: MailboxEdgeServices,
  verifyLogin: VerifyMailLogin,
  doors: OpenDoors,
  request: {
    readonly protocol: "imap" | "pop3" | "jmap";
    readonly mechanism: string;
    readonly user: string;
    readonly authorizeAs?: string;
    readonly password: string;
    readonly ip: string;
  },
): Promise<OpenedMailAccount & { readonly door: OpenDoor; readonly protocols: readonly string[] }> {
  const { protocol } = request;
  if (request.authorizeAs !== undefined && request.authorizeAs.toLowerCase() !== request.user.toLowerCase())
    throw new Failure("forbidden", "mailbox.no_proxy", "signing in for somebody else is not offered");
  const login = await verifyLogin({
    address: request.user,
    password: request.password,
    isToken: isBearerMechanism(request.mechanism),
    protocol,
    ip: request.ip,
  }).catch(explain);
  const { tenantId, mailAccountId, principalId, protocols = [] } = login;
  const look = () => lookAtDoor(services, tenantId, mailAccountId, protocol);
  const mayStay = async () => (await login.holds()) && (await look()).refusal === null;
  const door = doors.open({ tenantId, mailAccountId, principalId, mayStay });
  try {
    const seen = await look();
    if (seen.refusal) throw seen.refusal;
    const actor = { kind: "mail_account", tenantId, mailAccountId, principalId, ip: request.ip } as const;
    return { tenantId, account: seen.account, actor, door, protocols };
  } catch (error) {
    door[Symbol.dispose]();
    throw error;
  }
}

async function lookAtDoor(
  { db }: Pick<MailboxEdgeServices, "db">,
  tenantId: TenantId,
  accountId: MailAccountId,
  protocol: keyof MailProtocols,
): Promise<{ readonly account: MailAccount; readonly refusal: null } | { readonly refusal: Failure }> {
  const [account, isOff] = await db.tenant(
    tenantId,
    (tx) => Promise.all([selectAccount(tx, accountId), isSwitchedOff(tx, "mail.programs")]),
    { readOnly: true, oneTrip: true },
  );
  if (!account || account.state === "deleted")
    return { refusal: new Failure("unauthenticated", "mailbox.no_account", "no such mail account") };
  if (account.state === "suspended")
    return {
      refusal: new Failure(
        "forbidden",
        "mailbox.suspended",
        "this mail account is suspended; mail for it is still accepted",
      ),
    };
  if (!account.protocols[protocol])
    return {
      refusal: new Failure(
        "forbidden",
        "mailbox.protocol_disabled",
        "this protocol is switched off for your mail account",
      ),
    };
  return isOff ? { refusal: refusalOf("mail.programs") } : { account, refusal: null };
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
