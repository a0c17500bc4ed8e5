import { Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type LookupTx, type TenantTx } from "@casaforte/platform/db";
import type {
  AuthenticationResponseJSON,
  generateAuthenticationOptions,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { IdentityContext } from "./context.ts";
import { type FactorTurnedOn, factorRemoved, factorTurnedOn } from "./enrol-totp.ts";
import { identityLimits } from "./limits.ts";
import { hashSecret } from "./secrets.ts";
import { assertFresh } from "./sessions.ts";
import { type ChallengePurpose, putChallenge, takeChallenge } from "./store-challenges.ts";
import {
  advancePasskey,
  deletePasskey,
  flagPasskey,
  insertPasskey,
  type PasskeyRow,
  selectPasskeys,
} from "./store-factors.ts";
import type { Realm, Session } from "./types.ts";

type Transports = NonNullable<
  NonNullable<Parameters<typeof generateAuthenticationOptions>[0]["allowCredentials"]>[number]["transports"]
>;

/** Loaded with the first passkey, or ahead of it: no start should wait for it. */
export const loadPasskeyLibrary = () => import("@simplewebauthn/server");

const badPasskey = (cause?: unknown): Failure =>
  new Failure("unauthenticated", "identity.bad_passkey", "the passkey was not accepted", { cause });

/** What a challenge is bound to; only a holder of the same secret can answer it. */
export const bindingOf = (purpose: ChallengePurpose, secret: string): Buffer => hashSecret(`${purpose}|${secret}`);

async function remember(
  ctx: IdentityContext,
  binding: Buffer,
  purpose: ChallengePurpose,
  challenge: string,
): Promise<void> {
  const expiresAt = new Date(ctx.clock.nowMs() + identityLimits.challengeMs);
  await ctx.db.lookup((tx: LookupTx) => putChallenge(tx, { binding, challenge, purpose, expiresAt }));
}

async function recall(ctx: IdentityContext, binding: Buffer, purpose: ChallengePurpose): Promise<string> {
  const challenge = await ctx.db.lookup((tx) => takeChallenge(tx, binding, purpose, new Date(ctx.clock.nowMs())));
  if (challenge === null) throw badPasskey();
  return challenge;
}

/** Options for the browser's registration of a passkey, bound to this session. */
export async function beginPasskeyRegistration(
  ctx: IdentityContext,
  session: Session,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  assertFresh(ctx, session);
  const face = ctx.faces[session.realm];
  const present = await ctx.db.tenant(session.tenantId, (tx) => selectPasskeys(tx, session.principalId));
  const { generateRegistrationOptions } = await loadPasskeyLibrary();
  const options = await generateRegistrationOptions({
    rpName: face.rpName,
    rpID: face.rpId,
    userName: session.login,
    userDisplayName: session.displayName,
    userID: Uint8Array.from(Buffer.from(session.principalId)),
    challenge: ctx.random.bytes(32),
    attestationType: "none",
    excludeCredentials: present.map(descriptor),
    authenticatorSelection: { residentKey: "preferred", userVerification: verificationOf(session.realm) },
  });
  await remember(ctx, bindingOf("register", session.sessionId), "register", options.challenge);
  return options;
}

/** Stores the passkey. @throws unauthenticated `identity.bad_passkey`, over_quota `identity.passkeys_full`, conflict `identity.passkey_known`. */
export async function finishPasskeyRegistration(
  ctx: IdentityContext,
  session: Session,
  input: { readonly name: string; readonly response: RegistrationResponseJSON },
): Promise<FactorTurnedOn> {
  assertFresh(ctx, session);
  const face = ctx.faces[session.realm];
  const { verifyRegistrationResponse } = await loadPasskeyLibrary();
  const expectedChallenge = await recall(ctx, bindingOf("register", session.sessionId), "register");
  const verified = await verifyRegistrationResponse({
    response: input.response,
    expectedChallenge,
    expectedOrigin: face.origin,
    expectedRPID: face.rpId,
    requireUserVerification: verificationOf(session.realm) === "required",
  }).catch((cause) => {
    throw badPasskey(cause);
  });
  if (!verified.verified) throw badPasskey();
  const { credential, credentialBackedUp, userVerified } = verified.registrationInfo;
  return ctx.db.tenant(session.tenantId, async (tx) => {
    if ((await selectPasskeys(tx, session.principalId)).length >= identityLimits.passkeysMax)
      throw new Failure("over_quota", "identity.passkeys_full", "remove a passkey first");
    try {
      await tx.sql.savepoint((sql) =>
        insertPasskey(
          { ...tx, sql },
          {
            id: newId(ctx.clock, ctx.random),
            principalId: session.principalId,
            credentialId: Buffer.from(credential.id, "base64url"),
            publicKey: Buffer.from(credential.publicKey),
            counter: BigInt(credential.counter),
            transports: credential.transports ?? [],
            name: input.name.trim().slice(0, 100) || "Passkey",
            backedUp: credentialBackedUp,
            userVerified,
            createdAt: new Date(ctx.clock.nowMs()),
          },
        ),
      );
    } catch (cause) {
      if (isViolation(cause))
        throw new Failure("conflict", "identity.passkey_known", "this passkey is already in use", { cause });
      throw cause;
    }
    return factorTurnedOn(ctx, tx, session, "passkey");
  });
}

export function listPasskeys(ctx: IdentityContext, session: Session): Promise<PasskeyRow[]> {
  return ctx.db.tenant(session.tenantId, (tx) => selectPasskeys(tx, session.principalId));
}

/** @throws not_found `identity.no_passkey`, precondition `identity.second_factor_required`. */
export async function removePasskey(ctx: IdentityContext, session: Session, id: string): Promise<void> {
  assertFresh(ctx, session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (!(await deletePasskey(tx, session.principalId, id)))
      throw new Failure("not_found", "identity.no_passkey", "there is no such passkey");
    await factorRemoved(ctx, tx, session, "passkey");
  });
}

/** Options for an assertion. `secret` binds the challenge: a visitor's ceremony secret, a pending token, a session id. */
export async function beginAssertion(
  ctx: IdentityContext,
  realm: Realm,
  purpose: "sign_in" | "second_factor",
  secret: string,
  passkeys: readonly PasskeyRow[] | null,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await loadPasskeyLibrary();
  const options = await generateAuthenticationOptions({
    rpID: ctx.faces[realm].rpId,
    challenge: ctx.random.bytes(32),
    userVerification: purpose === "sign_in" ? "required" : verificationOf(realm),
    ...(passkeys === null ? {} : { allowCredentials: passkeys.map(descriptor) }),
  });
  await remember(ctx, bindingOf(purpose, secret), purpose, options.challenge);
  return options;
}

/** Takes the challenge of an assertion away, in a transaction of its own, so that no answer can be tried twice. */
export function takeAssertionChallenge(
  ctx: IdentityContext,
  purpose: "sign_in" | "second_factor",
  secret: string,
): Promise<string> {
  return recall(ctx, bindingOf(purpose, secret), purpose);
}

export interface AssertionInput {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly realm: Realm;
  readonly purpose: "sign_in" | "second_factor";
  readonly challenge: string;
  readonly response: AuthenticationResponseJSON;
}

/** True when the assertion is right. A counter that did not grow flags the passkey and is refused (check 17). */
export async function checkAssertion(ctx: IdentityContext, tx: TenantTx, input: AssertionInput): Promise<boolean> {
  const face = ctx.faces[input.realm];
  const credentialId = Buffer.from(input.response.id, "base64url");
  const passkey = (await selectPasskeys(tx, input.principalId)).find((row) => row.credentialId.equals(credentialId));
  if (passkey === undefined) return false;
  const { verifyAuthenticationResponse } = await loadPasskeyLibrary();
  const verified = await verifyAuthenticationResponse({
    response: input.response,
    expectedChallenge: input.challenge,
    expectedOrigin: face.origin,
    expectedRPID: face.rpId,
    requireUserVerification: input.purpose === "sign_in" || verificationOf(input.realm) === "required",
    // Counter 0: the comparison is ours, in one statement with the update, so that two parallel uses cannot both pass.
    credential: { id: input.response.id, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
  }).catch(() => null);
  if (!verified?.verified) return false;
  const at = new Date(ctx.clock.nowMs());
  if (await advancePasskey(tx, passkey.id, BigInt(verified.authenticationInfo.newCounter), at)) return true;
  await flagPasskey(tx, passkey.id, at);
  ctx.logger.warn("identity.passkey_counter_regressed", { principal: input.principalId, passkey: passkey.id });
  await recordAudit(
    tx,
    { kind: "system", name: "identity" },
    {
      action: "identity.passkey_clone_suspected",
      object: { kind: "principal", id: input.principalId },
      details: { passkey: passkey.id },
    },
  );
  return false;
}

const verificationOf = (realm: Realm): "required" | "preferred" => (realm === "operator" ? "required" : "preferred");

function descriptor(row: PasskeyRow): { id: string; transports: Transports } {
  return { id: row.credentialId.toString("base64url"), transports: [...row.transports] as Transports };
}
