import { Failure, type MailAccountId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { parseAppPassword } from "./app-passwords.ts";
import type { Try } from "./brake.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { badCredentials, normaliseLogin } from "./sign-in.ts";
import {
  findAppPassword,
  findMailLogin,
  type MailLoginRow,
  noteAppPasswordUse,
  selectAppPasswords,
} from "./store-mail-login.ts";
import { noteProgramLogin, upgradePasswordHash } from "./store-principals.ts";
import { selectProgram } from "./store-programs.ts";
import type { MailProtocol } from "./types.ts";

export interface MailLoginInput {
  readonly address: string;
  readonly password: string;
  readonly protocol: MailProtocol;
  readonly ip: string;
}

export interface MailLogin {
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly principalId: PrincipalId;
  /** As stored: lower case. */
  readonly address: string;
  readonly via: "password" | "app_password" | "program";
  /** What the same password or token opens. */
  readonly protocols: readonly MailProtocol[];
  /** Whether the same sign-in would be let in now: password, second factor, protocols, standing. Not kept for a minute. */
  holds(): Promise<boolean>;
}

/** What a verification found out; of a password kept for a minute. */
export type Verdict =
  | { readonly kind: "in"; readonly login: Omit<MailLogin, "holds">; readonly proof: Proof }
  | { readonly kind: "app_password_required" }
  | { readonly kind: "protocol_disabled" }
  | { readonly kind: "wrong" };

/** What was shown: the password whose hash stands there, an app password, or a program's access token. */
type Proof =
  | { readonly passwordHash: string }
  | { readonly appPasswordId: string }
  | { readonly programId: string; readonly accessHash: Buffer; readonly accessExpiresAt: Date };

/**
 * A login over IMAP, POP3, SMTP or JMAP, under the same brake as the web (R53, R59).
 * @throws unauthenticated `identity.bad_credentials`, `identity.app_password_required` (the main password was right, but
 * a second factor is on, or the protocol takes app passwords alone: tell the person to make one), `identity.protocol_disabled`;
 * rate_limited `identity.too_many_attempts`; unavailable `identity.busy`.
 */
export async function verifyMailLogin(ctx: IdentityContext, input: MailLoginInput): Promise<MailLogin> {
  const address = normaliseLogin(input.address).slice(0, identityLimits.loginCharsMax);
  const cacheKey = [input.protocol, address, input.password];
  const remembered = ctx.verified.get(cacheKey);
  if (remembered !== null) return conclude(ctx, input.protocol, remembered.result as Verdict);

  const taken = await ctx.brake.take({
    realm: "mail",
    login: address,
    ip: input.ip,
    deviceId: null,
    secret: input.password,
  });
  const row = await ctx.db.lookup((tx) => findMailLogin(tx, address));
  const usable = row !== null && row.status === "active" && row.tenantState !== "departed";
  const verdict = await judge(ctx, usable ? row : null, address, input);
  await settle(taken, verdict);
  if (row !== null) await remember(ctx, address, row, cacheKey, verdict);
  ctx.logger.info("identity.mail_login", {
    protocol: input.protocol,
    ip: input.ip,
    verdict: verdict.kind,
    account: row?.principalId ?? null,
  });
  return conclude(ctx, input.protocol, verdict);
}

/**
 * Keeps the verdict for a minute, then looks once more: a change that was committed while the password was being
 * verified told us before we listened, so a verdict from before it must not stay.
 */
async function remember(
  ctx: IdentityContext,
  address: string,
  row: MailLoginRow,
  cacheKey: readonly string[],
  verdict: Verdict,
): Promise<void> {
  // An app password's end is not in the row, and verifying it is cheap.
  if (verdict.kind === "in" && verdict.login.via === "app_password") return;
  ctx.verified.put(cacheKey, { principalId: row.principalId, result: verdict });
  const now = await ctx.db.lookup((tx) => findMailLogin(tx, address));
  const isSame =
    now !== null &&
    now.passwordHash === row.passwordHash &&
    now.status === row.status &&
    now.tenantState === row.tenantState &&
    now.hasSecondFactor === row.hasSecondFactor &&
    now.appPasswordsOnly === row.appPasswordsOnly &&
    now.protocols.join() === row.protocols.join();
  if (!isSame) ctx.verified.drop(row.principalId);
}

async function judge(
  ctx: IdentityContext,
  row: MailLoginRow | null,
  address: string,
  input: MailLoginInput,
): Promise<Verdict> {
  if (row !== null) {
    const verdict = await judgeAppPassword(ctx, row, address, input);
    if (verdict !== null) return verdict;
  }
  const matches = await ctx.hasher.verify(row?.passwordHash ?? null, input.password);
  if (row === null || !matches) return { kind: "wrong" };
  if (row.hasSecondFactor || row.appPasswordsOnly) return { kind: "app_password_required" };
  // Said with each request, and kept by programs and browsers.
  if (input.protocol === "jmap") return { kind: "app_password_required" };
  if (!row.protocols.includes(input.protocol)) return { kind: "protocol_disabled" };
  const passwordHash = await strengthen(ctx, row, row.passwordHash ?? "", input.password);
  const protocols = row.protocols.filter((protocol) => protocol !== "jmap");
  const at = new Date(ctx.clock.nowMs());
  await ctx.db.tenant(row.tenantId, (tx) => noteProgramLogin(tx, row.principalId, at));
  return { kind: "in", login: toLogin(row, address, { via: "password", protocols }), proof: { passwordHash } };
}

async function judgeAppPassword(
  ctx: IdentityContext,
  row: MailLoginRow,
  address: string,
  input: MailLoginInput,
): Promise<Verdict | null> {
  const secret = parseAppPassword(input.password);
  if (secret === null) return null;
  const hashes = ctx.keys.macs("app_password", row.principalId, secret);
  const match = await ctx.db.lookup((tx) => findAppPassword(tx, row.tenantId, row.principalId, hashes));
  if (match === null) return null;
  const at = new Date(ctx.clock.nowMs());
  if (match.expiresAt !== null && match.expiresAt <= at) return { kind: "wrong" };
  const protocols = match.protocols.filter((protocol) => row.protocols.includes(protocol));
  if (!protocols.includes(input.protocol)) return { kind: "protocol_disabled" };
  await ctx.db.tenant(row.tenantId, (tx) =>
    noteAppPasswordUse(tx, match.id, { at, ip: input.ip, protocol: input.protocol }),
  );
  return {
    kind: "in",
    login: toLogin(row, address, { via: "app_password", protocols }),
    proof: { appPasswordId: match.id },
  };
}

/** Returns the hash that stands there from now on. */
async function strengthen(ctx: IdentityContext, row: MailLoginRow, before: string, password: string): Promise<string> {
  if (!ctx.hasher.isOutdated(before)) return before;
  const stronger = await ctx.hasher.hash(password);
  const standing = await ctx.db.tenant(row.tenantId, (tx) =>
    upgradePasswordHash(tx, row.principalId, before, stronger),
  );
  // A program that signs in four times at once makes four: the first one stands, and is of the same password.
  const isSame = standing !== null && standing !== stronger && (await ctx.hasher.verify(standing, password));
  return isSame ? standing : stronger;
}

function toLogin(
  row: MailLoginRow,
  address: string,
  proven: Pick<MailLogin, "via" | "protocols">,
): Omit<MailLogin, "holds"> {
  const { tenantId, principalId } = row;
  return { tenantId, mailAccountId: principalId as string as MailAccountId, principalId, address, ...proven };
}

/** A right secret that was refused for another reason is no guess: it is given back, and makes nothing known. */
async function settle(taken: Try, verdict: Verdict): Promise<void> {
  if (verdict.kind === "in") await taken.right();
  else if (verdict.kind !== "wrong") await taken.refund();
}

/** What a session that is open asks again. */
async function holds(
  ctx: IdentityContext,
  protocol: MailProtocol,
  login: Omit<MailLogin, "holds">,
  proof: Proof,
): Promise<boolean> {
  const row = await ctx.db.lookup((tx) => findMailLogin(tx, login.address), { readOnly: true });
  if (row === null || row.principalId !== login.principalId || row.status !== "active") return false;
  if (row.tenantState === "departed" || !row.protocols.includes(protocol)) return false;
  if ("passwordHash" in proof)
    return row.passwordHash === proof.passwordHash && !row.hasSecondFactor && !row.appPasswordsOnly;
  if ("programId" in proof) {
    const program = await ctx.db.tenant(login.tenantId, (tx) => selectProgram(tx, proof.programId), { readOnly: true });
    const nowMs = ctx.clock.nowMs();
    if (!program?.protocols.includes(protocol) || program.endsAt.getTime() <= nowMs) return false;
    const outlivedMs = nowMs - proof.accessExpiresAt.getTime();
    // An open session outlives its token for a while: programs show the next one when they come again.
    if (protocol !== "jmap") return outlivedMs < identityLimits.programSessionMs;
    // JMAP shows its token with each request: only the present one is good.
    return outlivedMs < 0 && program.accessHash?.equals(proof.accessHash) === true;
  }
  const kept = await ctx.db.tenant(login.tenantId, (tx) => selectAppPasswords(tx, login.principalId), {
    readOnly: true,
  });
  const found = kept.find(({ id }) => id === proof.appPasswordId);
  if (!found?.protocols.includes(protocol)) return false;
  return found.expiresAt === null || found.expiresAt.getTime() > ctx.clock.nowMs();
}

/** The login of a verdict. @throws as verifyMailLogin. */
export function conclude(ctx: IdentityContext, protocol: MailProtocol, verdict: Verdict): MailLogin {
  switch (verdict.kind) {
    case "in":
      return { ...verdict.login, holds: () => holds(ctx, protocol, verdict.login, verdict.proof) };
    case "wrong":
      throw badCredentials();
    case "app_password_required":
      throw new Failure(
        "unauthenticated",
        "identity.app_password_required",
        protocol === "jmap"
          ? "JMAP takes app passwords alone: make one in webmail, Settings, Security, and use it here"
          : "two-step sign-in is on: make an app password in webmail, Settings, Security, and use it here",
      );
    case "protocol_disabled":
      throw new Failure(
        "unauthenticated",
        "identity.protocol_disabled",
        "this protocol is switched off for this account",
      );
  }
}
