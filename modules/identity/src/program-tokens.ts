import { createHash } from "node:crypto";
import { type Actor, Failure, type MailAccountId } from "@casaforte/kernel";
import { clientNetwork } from "@casaforte/kernel/addresses";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { hashClientId } from "./program-client.ts";
import {
  freshAccessToken,
  freshRefreshToken,
  hashAccessToken,
  hashCode,
  hashRefreshToken,
  nextTokens,
  type TokenPair,
} from "./program-secrets.ts";
import { equalSecrets } from "./secrets.ts";
import { selectPrincipal } from "./store-principals.ts";
import {
  deleteProgram,
  type FoundProgram,
  findProgram,
  lockProgram,
  type ProgramRow,
  updateProgramTokens,
} from "./store-programs.ts";
import { tellProgram } from "./tell-program.ts";
import type { MailProtocol } from "./types.ts";

/** What a program gets for a code or a refresh token. */
export interface ProgramTokens {
  readonly accessToken: string;
  readonly expiresInMs: number;
  readonly refreshToken: string;
  readonly protocols: readonly MailProtocol[];
}

const badGrant = () =>
  new Failure("invalid", "identity.program_grant", "this code or token is not valid, was used before, or has ended");

/**
 * Something well formed that nobody gave out counts as a guess of its address at the one brake of all logins (R59).
 * @throws rate_limited `identity.too_many_attempts`.
 */
export async function countStrangeSecret(ctx: IdentityContext, hash: Buffer, ip: string): Promise<void> {
  const login = `program ${hash.toString("base64url")}`;
  await ctx.brake.take({ realm: "mail", login, ip, deviceId: null, secret: login });
}

const isActive = ({ status, tenantState }: FoundProgram): boolean => status === "active" && tenantState !== "departed";

const acts = {
  left: { action: "identity.program_left" },
  reused: { action: "identity.program_reused" },
  repeated: { action: "identity.program_repeated" },
} as const;

async function note(
  tx: TenantTx,
  { tenantId, principalId, programId }: FoundProgram,
  { act, name, ip }: { readonly act: keyof typeof acts; readonly name: string; readonly ip: string },
): Promise<void> {
  const mailAccountId = principalId as string as MailAccountId;
  // Nobody knows who brings what was used before.
  const actor: Actor =
    act === "left" ? { kind: "mail_account", tenantId, mailAccountId, principalId, ip } : { kind: "visitor", ip };
  const object = { kind: "principal", id: principalId };
  await recordAudit(tx, actor, { ...acts[act], object, details: { id: programId, name } });
}

async function end(
  ctx: IdentityContext,
  tx: TenantTx,
  found: FoundProgram,
  ip: string,
  act: "left" | "reused",
): Promise<void> {
  const name = await deleteProgram(tx, found.principalId, found.programId);
  if (name === null) return;
  announceChange(ctx, tx, found.principalId);
  await note(tx, found, { act, name, ip });
}

async function giveTokens(
  ctx: IdentityContext,
  tx: TenantTx,
  row: ProgramRow,
  { accessToken, refreshToken, ip }: TokenPair & { readonly ip: string },
): Promise<ProgramTokens> {
  const nowMs = ctx.clock.nowMs();
  const [access, refresh] = [hashAccessToken(ctx, accessToken), hashRefreshToken(ctx, refreshToken)];
  if (access === null || refresh === null) throw new Error("fresh tokens have the shape of tokens");
  await updateProgramTokens(tx, row.id, {
    accessHash: access[0],
    accessExpiresAt: new Date(nowMs + identityLimits.programAccessMs),
    // Written anew at each renewal, so that it moves to the newest key.
    familyHash: refresh.family[0],
    refreshHash: refresh.whole[0],
    renewedFrom: clientNetwork(ip),
    endsAt: new Date(nowMs + identityLimits.programRefreshMs),
    at: new Date(nowMs),
  });
  return { accessToken, refreshToken, protocols: row.protocols, expiresInMs: identityLimits.programAccessMs };
}

/**
 * The tokens that the row has, once more, where they are what `refreshToken` was renewed to a moment ago from the same place: two
 * processes of one program renew at once, or an answer is lost. Null otherwise.
 */
function repeatTokens(
  ctx: IdentityContext,
  row: ProgramRow,
  { refreshToken, ip }: { readonly refreshToken: string; readonly ip: string },
): ProgramTokens | null {
  const { refreshHash, accessExpiresAt, protocols } = row;
  if (refreshHash === null || accessExpiresAt === null) return null;
  // A thief with the owner's former token would otherwise be told each pair in turn, and never be found out.
  if (row.renewedFrom !== clientNetwork(ip)) return null;
  const expiresInMs = accessExpiresAt.getTime() - ctx.clock.nowMs();
  if (expiresInMs <= identityLimits.programAccessMs - identityLimits.programRepeatMs) return null;
  const given = nextTokens(ctx, refreshToken).find((next) =>
    hashRefreshToken(ctx, next.refreshToken)?.whole.some((hash) => equalSecrets(hash, refreshHash)),
  );
  return given === undefined ? null : { ...given, protocols, expiresInMs };
}

/** S256 of RFC 7636 §4.6. */
function provesChallenge(row: ProgramRow, verifier: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  const shown = createHash("sha256").update(verifier, "ascii").digest("base64url");
  return equalSecrets(Buffer.from(shown), Buffer.from(row.codeChallenge));
}

/**
 * The tokens for a code (RFC 6749 §4.1.3): once. Whoever brings it again, or with anything that is not right, ends all that
 * came of it. @throws invalid `identity.program_grant`; rate_limited `identity.too_many_attempts`.
 */
export async function exchangeProgramCode(
  ctx: IdentityContext,
  input: {
    readonly code: string;
    readonly clientId: string;
    readonly redirectUri: string;
    readonly verifier: string;
    readonly ip: string;
  },
): Promise<ProgramTokens> {
  const hashes = hashCode(ctx, input.code);
  if (hashes === null) throw badGrant();
  return withSecret(ctx, "code", hashes, input.ip, async (tx, row) => {
    const isRight =
      row.connectedAt === null &&
      equalSecrets(row.clientHash, hashClientId(input.clientId)) &&
      row.redirectUri === input.redirectUri &&
      provesChallenge(row, input.verifier);
    const fresh = { accessToken: freshAccessToken(ctx.random), refreshToken: freshRefreshToken(ctx.random) };
    return isRight ? giveTokens(ctx, tx, row, { ...fresh, ip: input.ip }) : null;
  });
}

/**
 * The next tokens for a refresh token, which is good once (RFC 9700 §4.14.2): the former access token ends with it. Whoever
 * brings it again within `programRepeatMs`, from the same address prefix and before the next renewal, gets the same ones, and the
 * log says so; from elsewhere, an older one, or another program's, ends the connection. @throws as exchangeProgramCode.
 */
export async function renewProgramTokens(
  ctx: IdentityContext,
  input: { readonly refreshToken: string; readonly clientId: string; readonly ip: string },
): Promise<ProgramTokens> {
  const hashes = hashRefreshToken(ctx, input.refreshToken);
  if (hashes === null) throw badGrant();
  return withSecret(ctx, "family", hashes.family, input.ip, async (tx, row, found) => {
    const newest = row.refreshHash;
    if (newest === null || !equalSecrets(row.clientHash, hashClientId(input.clientId))) return null;
    if (!hashes.whole.some((hash) => equalSecrets(hash, newest))) {
      const same = repeatTokens(ctx, row, input);
      if (same !== null) await note(tx, found, { act: "repeated", name: row.name, ip: input.ip });
      return same;
    }
    const [next] = nextTokens(ctx, input.refreshToken);
    return next === undefined ? null : giveTokens(ctx, tx, row, { ...next, ip: input.ip });
  });
}

/** What was used before is in two hands, or its program was set back: its person may know which. */
async function tellReuse(ctx: IdentityContext, tx: TenantTx, row: ProgramRow, ip: string): Promise<void> {
  const { principalId, name } = row;
  const person = await selectPrincipal(tx, principalId);
  if (person !== null) await tellProgram(ctx, tx, { ...person, principalId }, "program_ended", { name, ip });
}

/** Does `work` with the locked row of a secret; what `work` answers null to ends, and that is committed. */
async function withSecret(
  ctx: IdentityContext,
  kind: "code" | "family",
  hashes: readonly [Buffer, ...Buffer[]],
  ip: string,
  work: (tx: TenantTx, row: ProgramRow, found: FoundProgram) => Promise<ProgramTokens | null>,
): Promise<ProgramTokens> {
  const found = await ctx.db.lookup((tx) => findProgram(tx, kind, hashes));
  if (found === null) await countStrangeSecret(ctx, hashes[0], ip);
  if (found === null || !isActive(found)) throw badGrant();
  const tokens = await ctx.db.tenant(found.tenantId, async (tx) => {
    const row = await lockProgram(tx, found.programId);
    if (row === null || row.endsAt.getTime() <= ctx.clock.nowMs()) return null;
    const given = await work(tx, row, found);
    if (given === null) {
      await end(ctx, tx, found, ip, "reused");
      if (row.connectedAt !== null) await tellReuse(ctx, tx, row, ip);
    }
    return given;
  });
  if (tokens === null) throw badGrant();
  return tokens;
}

/**
 * A program signs itself out with one of its tokens (RFC 7009): the connection ends, whichever it was. One that is no longer
 * good is no trouble. @throws invalid `identity.program_grant` for another program's.
 */
export async function leaveProgram(
  ctx: IdentityContext,
  input: { readonly token: string; readonly clientId: string; readonly ip: string },
): Promise<void> {
  const access = hashAccessToken(ctx, input.token);
  const refresh = hashRefreshToken(ctx, input.token);
  const found = await ctx.db.lookup(async (tx) => {
    if (access !== null) return findProgram(tx, "access", access);
    return refresh === null ? null : findProgram(tx, "family", refresh.family);
  });
  if (found === null) return;
  await ctx.db.tenant(found.tenantId, async (tx) => {
    const row = await lockProgram(tx, found.programId);
    if (row === null) return;
    if (!equalSecrets(row.clientHash, hashClientId(input.clientId))) throw badGrant();
    await end(ctx, tx, found, input.ip, "left");
  });
}
