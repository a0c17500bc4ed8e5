import { Failure, type MailAccountId } from "@casaforte/kernel";
import type { IdentityContext } from "./context.ts";
import { conclude, type MailLogin, type MailLoginInput, type Verdict, verifyMailLogin } from "./mail-login.ts";
import { hashAccessToken } from "./program-secrets.ts";
import { countStrangeSecret } from "./program-tokens.ts";
import { normaliseLogin } from "./sign-in.ts";
import { findMailLogin } from "./store-mail-login.ts";
import { findProgram, noteProgramUse, selectProgram } from "./store-programs.ts";
import type { MailProtocol } from "./types.ts";

export interface MailTokenInput {
  readonly token: string;
  /** The address that the program named beside it; null: none. */
  readonly address: string | null;
  readonly protocol: MailProtocol;
  readonly ip: string;
}

const badToken = () =>
  new Failure("unauthenticated", "identity.bad_mail_token", "this access token is not valid, has expired or was ended");

/**
 * A login with an access token over IMAP, POP3, SMTP, ManageSieve or JMAP (RFC 7628), beside `verifyMailLogin`: one that nobody
 * gave out counts as a guess of its address, one that has expired does not (R53, R59).
 * @throws unauthenticated `identity.bad_mail_token`, `identity.protocol_disabled`; rate_limited `identity.too_many_attempts`.
 */
export async function verifyMailToken(ctx: IdentityContext, input: MailTokenInput): Promise<MailLogin> {
  const verdict = await judge(ctx, input);
  ctx.logger.info("identity.mail_login", {
    protocol: input.protocol,
    ip: input.ip,
    verdict: verdict === null ? "bad_token" : verdict.kind,
    account: verdict?.kind === "in" ? verdict.login.principalId : null,
  });
  if (verdict === null) throw badToken();
  return conclude(ctx, input.protocol, verdict);
}

/** What a mail server was shown: a password, or a token for whatever account is named, if any. @throws as the two above. */
export function verifyMailSecret(
  ctx: IdentityContext,
  { isToken = false, ...input }: MailLoginInput & { readonly isToken?: boolean },
): Promise<MailLogin> {
  if (!isToken) return verifyMailLogin(ctx, input);
  const { address, password: token, protocol, ip } = input;
  return verifyMailToken(ctx, { token, address: address === "" ? null : address, protocol, ip });
}

async function judge(ctx: IdentityContext, { token, address, protocol, ip }: MailTokenInput): Promise<Verdict | null> {
  const hashes = hashAccessToken(ctx, token);
  // What has not the shape was never a token: there is nothing to guess with it.
  if (hashes === null) return null;
  const found = await ctx.db.lookup((tx) => findProgram(tx, "access", hashes));
  if (found === null) {
    await countStrangeSecret(ctx, hashes[0], ip);
    return null;
  }
  const { tenantId, programId, principalId, login } = found;
  if (address !== null && normaliseLogin(address) !== login) return null;
  const row = await ctx.db.lookup((tx) => findMailLogin(tx, login));
  if (row === null || row.principalId !== principalId || row.status !== "active" || row.tenantState === "departed")
    return null;
  const at = new Date(ctx.clock.nowMs());
  return ctx.db.tenant(tenantId, async (tx): Promise<Verdict | null> => {
    const program = await selectProgram(tx, programId);
    if (program === null || program.accessExpiresAt === null) return null;
    // It may have been renewed since it was found.
    const accessHash = hashes.find((hash) => program.accessHash?.equals(hash));
    if (accessHash === undefined) return null;
    if (program.accessExpiresAt <= at || program.endsAt <= at) return null;
    const protocols = program.protocols.filter((each) => row.protocols.includes(each));
    if (!protocols.includes(protocol)) return { kind: "protocol_disabled" };
    await noteProgramUse(tx, programId, { at, ip, protocol });
    const mailAccountId = principalId as string as MailAccountId;
    return {
      kind: "in",
      login: { tenantId, principalId, mailAccountId, address: login, via: "program", protocols },
      proof: { programId, accessHash, accessExpiresAt: program.accessExpiresAt },
    };
  });
}
