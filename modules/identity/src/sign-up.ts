import { type Actor, Failure, newId, type PrincipalId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { foundTenant, parseVatNumber, tenantName } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { Try } from "./brake.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { mailTime } from "./notify.ts";
import { checkPassword } from "./password-rules.ts";
import { createPrincipal, parseDisplayName, parseMailedLogin } from "./principals.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { completeSignIn, type SignInResult, signedIn } from "./sign-in.ts";
import { findLogin } from "./store-principals.ts";
import {
  askSignUpRow,
  claimSignUp,
  proveSignUpRow,
  renewSignUp,
  type SignUpRow,
  selectSignUp,
} from "./store-sign-ups.ts";
import type { Caller, Language } from "./types.ts";

/**
 * A firm makes its own account (R73): data, a code from the mail, a password. Until the password is chosen there is one
 * row that ends by itself and belongs to no tenant. Known and unknown addresses get the same answers for the same work:
 * only the mail differs, and for a known one no code is right.
 */

export interface AskSignUpInput extends Caller {
  readonly login: string;
  readonly company: string;
  /** As people write it, with or without the country's letters. */
  readonly vatNumber: string;
  readonly language: Language;
  /** The cookie of an earlier request of this browser, which ends. */
  readonly former: string | null;
}

export interface SignUpProgress {
  readonly login: string;
  readonly company: string;
  readonly isProven: boolean;
  /** When another code may be asked for. */
  readonly resendAtMs: number;
}

const over = () =>
  new Failure("precondition", "identity.sign_up_expired", "too many tries or too much time: start the sign-up again");

const progressOf = (row: SignUpRow): SignUpProgress => ({
  login: row.login,
  company: row.company,
  isProven: row.isProven,
  resendAtMs: row.mailedAt.getTime() + identityLimits.signUpMailEveryMs,
});

/** A code of six digits, as it is mailed and as it is stored; bound to its request. */
function freshCode(ctx: IdentityContext, ticket: Buffer): { readonly text: string; readonly hash: Buffer } {
  const number = Buffer.from(ctx.random.bytes(6)).readUIntBE(0, 6) % 10 ** identityLimits.signUpCodeDigits;
  const text = String(number).padStart(identityLimits.signUpCodeDigits, "0");
  return { text, hash: ctx.keys.macs("sign_up", ticket.toString("base64"), text)[0] };
}

/**
 * A mail is a try of the address (`of` is the login) and the network. A guess and a hash are tries of the request (`of`
 * is its secret) and the network, so that strangers who name the same address cannot use up its owner's.
 */
function takeTry(ctx: IdentityContext, of: string, caller: Caller, secret: string): Promise<Try> {
  return ctx.brake.take({ realm: "user", login: of, ip: caller.ip, deviceId: null, secret, factor: "sign_up" });
}

async function mailCode(
  ctx: IdentityContext,
  tx: TenantTx,
  to: { readonly login: string; readonly language: Language },
  mail: { readonly code: string; readonly isKnown: boolean },
): Promise<void> {
  const { origin, rpName } = ctx.faces.user;
  const until = mailTime(ctx.clock.nowMs() + identityLimits.signUpCodeMs);
  await ctx.sendSystemMail(tx, {
    to: to.login,
    template: mail.isKnown ? "sign_up_known" : "sign_up_code",
    language: to.language,
    values: mail.isKnown
      ? { product: rpName, login: to.login, link: origin, forgotten: `${origin}/forgot-password` }
      : { product: rpName, code: mail.code, until },
  });
}

const isKnown = async (ctx: IdentityContext, login: string): Promise<boolean> =>
  (await ctx.db.lookup((tx) => findLogin(tx, "user", login))) !== null;

/**
 * Takes the data in and mails a code. Returns the secret for the browser's cookie.
 * @throws invalid `identity.login`, `tenancy.name`, `tenancy.vat_number`; rate_limited `identity.too_many_attempts`;
 * unavailable `identity.busy` while thousands wait whose code was right.
 */
export async function askSignUp(
  ctx: IdentityContext,
  input: AskSignUpInput,
): Promise<{ readonly ticket: string; readonly resendAtMs: number }> {
  const { language } = input;
  const login = parseMailedLogin(input.login);
  const company = tenantName(input.company);
  const vat = parseVatNumber(input.vatNumber);
  const ticket = freshSecret(ctx.random);
  const asked = `asked ${ticket.text}`;
  const bySite = { realm: "user", login: asked, ip: input.ip, deviceId: null, secret: asked } as const;
  const bySiteTry = await ctx.siteBrake.take({ ...bySite, factor: "sign_up" });
  try {
    await takeTry(ctx, login, input, ticket.text);
  } catch (error) {
    await bySiteTry.refund();
    throw error;
  }
  const code = freshCode(ctx, ticket.hash);
  const known = await isKnown(ctx, login);
  const nowMs = ctx.clock.nowMs();
  const former = input.former === null ? null : hashSecret(input.former);
  // What nobody was mailed, nobody can type: the hash of no code.
  const stored = known ? Buffer.from(ctx.random.bytes(code.hash.length)) : code.hash;
  await ctx.db.tenant(providerTenantId, async (tx) => {
    const row = { login, company, ...vat, language, ticket: ticket.hash, former, code: stored };
    if (!(await askSignUpRow(tx, row, nowMs)))
      throw new Failure("unavailable", "identity.busy", "too many sign-ups wait; come back in a few minutes");
    await mailCode(ctx, tx, { login, language }, { code: code.text, isKnown: known });
  });
  return { ticket: ticket.text, resendAtMs: nowMs + identityLimits.signUpMailEveryMs };
}

/** Where this browser's request stands; null when there is none. */
export async function readSignUp(ctx: IdentityContext, ticket: string): Promise<SignUpProgress | null> {
  const row = await ctx.db.lookup((tx) => selectSignUp(tx, hashSecret(ticket), ctx.clock.nowMs()), { readOnly: true });
  return row === null ? null : progressOf(row);
}

/**
 * Mails another code; the one before ends.
 * @throws precondition `identity.sign_up_expired`, rate_limited `identity.too_many_attempts` (`details.retryAtMs`).
 */
export async function resendSignUp(
  ctx: IdentityContext,
  input: Caller & { readonly ticket: string },
): Promise<{ readonly resendAtMs: number }> {
  const ticket = hashSecret(input.ticket);
  const nowMs = ctx.clock.nowMs();
  const row = await ctx.db.lookup((tx) => selectSignUp(tx, ticket, nowMs));
  if (row === null || row.isProven) throw over();
  await takeTry(ctx, row.login, input, `${nowMs} another code`);
  const code = freshCode(ctx, ticket);
  const known = await isKnown(ctx, row.login);
  const stored = known ? Buffer.from(ctx.random.bytes(code.hash.length)) : code.hash;
  await ctx.db.tenant(providerTenantId, async (tx) => {
    if (!(await renewSignUp(tx, ticket, stored, nowMs))) {
      const newest = await selectSignUp(tx, ticket, nowMs);
      const retryAtMs = newest === null ? 0 : progressOf(newest).resendAtMs;
      if (retryAtMs <= nowMs) throw over();
      throw new Failure("rate_limited", "identity.too_many_attempts", "a code was sent a moment ago", {
        details: { retryAtMs },
      });
    }
    await mailCode(ctx, tx, row, { code: code.text, isKnown: known });
  });
  return { resendAtMs: nowMs + identityLimits.signUpMailEveryMs };
}

/**
 * Proves the address by the mailed code: five tries, fifteen minutes.
 * @throws precondition `identity.sign_up_expired`, invalid `identity.sign_up_code`, rate_limited `identity.too_many_attempts`.
 */
export async function proveSignUp(
  ctx: IdentityContext,
  input: Caller & { readonly ticket: string; readonly code: string },
): Promise<SignUpProgress> {
  const ticket = hashSecret(input.ticket);
  const nowMs = ctx.clock.nowMs();
  const row = await ctx.db.lookup((tx) => selectSignUp(tx, ticket, nowMs));
  if (row === null) throw over();
  if (row.isProven) return progressOf(row);
  const taken = await takeTry(ctx, input.ticket, input, input.code);
  const codes = ctx.keys.macs("sign_up", ticket.toString("base64"), input.code.replace(/\s/gu, ""));
  const isProven = await ctx.db.lookup((tx) => proveSignUpRow(tx, ticket, codes, nowMs));
  if (isProven === null) throw over();
  if (!isProven) throw new Failure("invalid", "identity.sign_up_code", "this code is not right or has expired");
  await taken.refund();
  return { ...progressOf(row), isProven };
}

export interface FinishSignUpInput extends Caller {
  readonly ticket: string;
  readonly password: string;
  readonly displayName: string;
}

/**
 * Makes organisation and owner in one transaction, with what `accept` records there (R6), and signs in.
 * @throws precondition `identity.sign_up_expired`, invalid `identity.password_*`, conflict `identity.login_taken`, and
 * as `accept`; rate_limited `identity.too_many_attempts`.
 */
export async function finishSignUp(
  ctx: IdentityContext,
  input: FinishSignUpInput,
  accept: (tx: TenantTx, actor: Actor) => Promise<void>,
): Promise<SignInResult & { step: "signed_in" }> {
  const ticket = hashSecret(input.ticket);
  const asked = await ctx.db.lookup((tx) => selectSignUp(tx, ticket, ctx.clock.nowMs()));
  if (asked === null || !asked.isProven) throw over();
  const displayName = parseDisplayName(input.displayName);
  checkPassword(input.password, [...ctx.productWords, asked.login, displayName, asked.company]);
  // The hash is dear, and a request that is refused after it can be sent again.
  const taken = await takeTry(ctx, input.ticket, input, freshSecret(ctx.random).text);
  const passwordHash = await ctx.hasher.hash(input.password);
  const nowMs = ctx.clock.nowMs();
  const tenantId = newId<TenantId>(ctx.clock, ctx.random);
  const id = newId<PrincipalId>(ctx.clock, ctx.random);
  const visitor: Actor = { kind: "visitor", ip: input.ip };
  const opened = await ctx.db.tenant(tenantId, async (tx) => {
    // Deleting the row is the lock: of two who finish at once, one makes the account.
    const data = await claimSignUp(tx, ticket, nowMs);
    if (data === null) throw over();
    const { login, company: name, country, vatNumber, language } = data;
    await foundTenant(tx, visitor, { name, country, vatNumber, language, nowMs });
    const owner = { id, realm: "user", login, displayName, language, role: "owner", status: "active" } as const;
    await createPrincipal(tx, visitor, { ...owner, passwordHash, nowMs });
    await recordAudit(tx, visitor, { action: "identity.signed_up", object: { kind: "principal", id } });
    await accept(tx, { kind: "user", tenantId, principalId: id, role: "owner", ip: input.ip });
    return completeSignIn(ctx, tx, { tenantId, principalId: id, realm: "user", methods: ["password"] }, input);
  });
  await taken.refund();
  ctx.logger.info("identity.signed_up", { tenant: tenantId, ip: input.ip });
  return signedIn(ctx, "user", asked.login, opened.token, input.ip);
}
