import type { Actor, Clock, Logger, PrincipalId, Random } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { addressSite } from "./address-prefix.ts";
import { allowProgram, askProgram } from "./allow-program.ts";
import { createApiToken, listApiTokens, revokeApiToken } from "./api-tokens.ts";
import { createAppPassword, listAppPasswords, removeAppPassword } from "./app-passwords.ts";
import { bootstrapOperator, createBootstrapToken } from "./bootstrap.ts";
import { type BrakeOptions, createBrake } from "./brake.ts";
import { listPrograms, removeProgram } from "./connected-programs.ts";
import type { IdentityContext, SendSystemMail } from "./context.ts";
import { dayOf } from "./day-of.ts";
import { disconnectMailAccount } from "./disconnect-mail-account.ts";
import { confirmTotpEnrolment, disableTotp, enrolTotp } from "./enrol-totp.ts";
import { acceptInvitation, invitationLink, readInvitation, sendInvitation } from "./invitations.ts";
import { inviteAuditor } from "./invite-auditor.ts";
import { createKeys } from "./keys.ts";
import { identityLimits } from "./limits.ts";
import { confirmLoginChange, requestLoginChange } from "./login-change.ts";
import { verifyMailSecret, verifyMailToken } from "./mail-token.ts";
import { removePrincipal, setLogin, setMailAccess, setPassword, setPrincipalStatus } from "./manage-principal.ts";
import { beginPasskeyRegistration, finishPasskeyRegistration, listPasskeys, removePasskey } from "./passkeys.ts";
import { changePassword, confirmPasswordReset, requestPasswordReset } from "./password-change.ts";
import { createPasswordHasher, type HasherOptions } from "./password-hasher.ts";
import { checkPassword } from "./password-rules.ts";
import { changeRole, inviteAgain, invitePerson, listPeople, removePerson, setPersonStatus } from "./people.ts";
import { changeProfile, eraseSelf } from "./profile.ts";
import { registerProgram } from "./program-client.ts";
import { exchangeProgramCode, leaveProgram, renewProgramTokens } from "./program-tokens.ts";
import { beginReauthentication, reauthenticate } from "./reauthenticate.ts";
import {
  confirmRecoveryAddress,
  readRecoveryAddress,
  removeRecoveryAddress,
  requestRecoveryAddress,
} from "./recovery-address.ts";
import { regenerateRecoveryCodes } from "./recovery-codes.ts";
import { operatorsWord, releaseBrake } from "./release-brake.ts";
import { refuse, resolveApiToken } from "./resolve-api-token.ts";
import {
  beginPasskeySignIn,
  beginSecondFactorPasskey,
  completeSecondFactor,
  finishPasskeySignIn,
} from "./second-factor.ts";
import {
  assertFresh,
  assertSessionStands,
  listSessions,
  resolveSession,
  revokeOtherSessions,
  revokeSession,
  signOut,
} from "./sessions.ts";
import { signIn } from "./sign-in.ts";
import { askSignUp, finishSignUp, proveSignUp, readSignUp, resendSignUp } from "./sign-up.ts";
import { tellShare } from "./tell-share.ts";
import { createTenantWithOwner, inviteOwner } from "./tenant-owners.ts";
import { type FaceIdentity, mailProtocols, type Realm } from "./types.ts";
import { createVerifiedLogins } from "./verified-logins.ts";

export interface IdentityOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly bus: Bus;
  /** 32 bytes each, newest first. */
  readonly masterKeys: readonly Uint8Array[];
  readonly sendSystemMail: SendSystemMail;
  readonly faces: Readonly<Record<Realm, FaceIdentity>>;
  readonly brake?: BrakeOptions;
  readonly hasher?: HasherOptions;
  /** Takes what bears a removed person's address out of other modules' rows (R81). */
  readonly forgetPerson?: IdentityContext["forgetPerson"];
  /** Default: no hold ever stands. */
  readonly isHeld?: IdentityContext["isHeld"];
  /** What app passwords may be made for. Default: every protocol. */
  readonly offered?: IdentityContext["offered"];
  /** Default `passkey` (security.md, check 23). */
  readonly operatorFactor?: IdentityContext["operatorFactor"];
}

export type Identity = ReturnType<typeof createIdentity>;

/**
 * All sign-in services of one process; the edges of every realm and every mail protocol share one. What takes a
 * transaction runs in its caller's; everything else opens its own.
 */
export function createIdentity(options: IdentityOptions) {
  const ctx = createContext(options);
  const edge =
    <Args extends readonly unknown[], Result>(operation: (ctx: IdentityContext, ...args: Args) => Result) =>
    (...args: Args): Result =>
      operation(ctx, ...args);
  const inTx =
    <Input, Result>(operation: (ctx: IdentityContext, tx: TenantTx, actor: Actor, input: Input) => Promise<Result>) =>
    (tx: TenantTx, actor: Actor, input: Input): Promise<Result> =>
      operation(ctx, tx, actor, input);
  return {
    context: ctx,

    signIn: edge(signIn),
    completeSecondFactor: edge(completeSecondFactor),
    beginSecondFactorPasskey: edge(beginSecondFactorPasskey),
    beginPasskeySignIn: edge(beginPasskeySignIn),
    finishPasskeySignIn: edge(finishPasskeySignIn),
    verifyMailLogin: edge(verifyMailSecret),
    verifyMailToken: edge(verifyMailToken),

    resolveSession: edge(resolveSession),
    assertFresh: edge(assertFresh),
    assertSessionStands: edge(assertSessionStands),
    reauthenticate: edge(reauthenticate),
    beginReauthentication: edge(beginReauthentication),
    signOut: edge(signOut),
    listSessions: edge(listSessions),
    revokeSession: edge(revokeSession),
    revokeOtherSessions: edge(revokeOtherSessions),

    changePassword: edge(changePassword),
    requestPasswordReset: edge(requestPasswordReset),
    confirmPasswordReset: edge(confirmPasswordReset),
    requestLoginChange: edge(requestLoginChange),
    confirmLoginChange: edge(confirmLoginChange),
    readRecoveryAddress: edge(readRecoveryAddress),
    requestRecoveryAddress: edge(requestRecoveryAddress),
    confirmRecoveryAddress: edge(confirmRecoveryAddress),
    removeRecoveryAddress: edge(removeRecoveryAddress),

    enrolTotp: edge(enrolTotp),
    confirmTotpEnrolment: edge(confirmTotpEnrolment),
    disableTotp: edge(disableTotp),
    regenerateRecoveryCodes: edge(regenerateRecoveryCodes),
    beginPasskeyRegistration: edge(beginPasskeyRegistration),
    finishPasskeyRegistration: edge(finishPasskeyRegistration),
    listPasskeys: edge(listPasskeys),
    removePasskey: edge(removePasskey),
    resolveApiToken: edge(resolveApiToken),
    refuseApiToken: edge(refuse),
    listApiTokens: edge(listApiTokens),
    createApiToken: edge(createApiToken),
    revokeApiToken: edge(revokeApiToken),
    listAppPasswords: edge(listAppPasswords),
    createAppPassword: edge(createAppPassword),
    removeAppPassword: edge(removeAppPassword),

    registerProgram: edge(registerProgram),
    askProgram: edge(askProgram),
    allowProgram: edge(allowProgram),
    exchangeProgramCode: edge(exchangeProgramCode),
    renewProgramTokens: edge(renewProgramTokens),
    leaveProgram: edge(leaveProgram),
    listPrograms: edge(listPrograms),
    removeProgram: edge(removeProgram),

    releaseBrake: edge(releaseBrake),

    listPeople: edge(listPeople),
    invitePerson: edge(invitePerson),
    inviteAgain: edge(inviteAgain),
    changeRole: edge(changeRole),
    setPersonStatus: edge(setPersonStatus),
    changeProfile: edge(changeProfile),
    eraseSelf: edge(eraseSelf),
    removePerson: edge(removePerson),
    createTenantWithOwner: edge(createTenantWithOwner),
    inviteOwner: edge(inviteOwner),
    askSignUp: edge(askSignUp),
    readSignUp: edge(readSignUp),
    resendSignUp: edge(resendSignUp),
    proveSignUp: edge(proveSignUp),
    finishSignUp: edge(finishSignUp),
    readInvitation: edge(readInvitation),
    acceptInvitation: edge(acceptInvitation),
    createBootstrapToken: edge(createBootstrapToken),
    bootstrapOperator: edge(bootstrapOperator),

    inviteAuditor: inTx(inviteAuditor),
    invitationLink: inTx(invitationLink),
    sendInvitation: inTx<{ readonly principalId: PrincipalId; readonly inviter: string }, void>(sendInvitation),
    setMailAccess: inTx(setMailAccess),
    setPrincipalStatus: inTx(setPrincipalStatus),
    setPassword: inTx(setPassword),
    disconnectMailAccount: inTx(disconnectMailAccount),
    setLogin: inTx(setLogin),
    removePrincipal: inTx(removePrincipal),
    tellShare: edge(tellShare),

    /** Checks the rules alone. @throws as checkPassword. */
    checkPassword(input: { readonly password: string; readonly words: readonly string[] }): void {
      checkPassword(input.password, [...ctx.productWords, ...input.words]);
    },
    /** Checks the rules and hashes, outside any transaction. `words`: login, names, company. @throws as checkPassword. */
    async preparePassword(input: { readonly password: string; readonly words: readonly string[] }): Promise<string> {
      checkPassword(input.password, [...ctx.productWords, ...input.words]);
      return ctx.hasher.hash(input.password);
    },
    close: () => ctx.verified.close(),
  };
}

/** Each day has a count of its own. */
const wideNetworks = (clock: Clock) => ({
  prefixOf: (ip: string) => `${addressSite(ip)} ${dayOf(clock)}`,
  prefixFreeTries: identityLimits.signUpSiteFreeTries,
  capMs: identityLimits.brakeBaseMs,
});

const strangersMail = {
  freeTries: identityLimits.strangersMailsFree,
  prefixFreeTries: identityLimits.strangersMailsFree,
  baseMs: identityLimits.strangersMailsBaseMs,
  capMs: identityLimits.brakeForgetMs,
};

const operatorReleases = {
  trustedAddresses: [operatorsWord],
  freeTries: identityLimits.brakeReleasesPerDay,
  baseMs: identityLimits.brakeForgetMs,
  capMs: identityLimits.brakeForgetMs,
};

function createContext(options: IdentityOptions): IdentityContext {
  const { db, clock, random, logger, bus } = options;
  const keys = createKeys(options.masterKeys, random);
  return {
    db,
    clock,
    random,
    logger,
    bus,
    keys,
    hasher: createPasswordHasher(options.hasher),
    brake: createBrake({ db, clock, logger, keys, ...(options.brake ? { options: options.brake } : {}) }),
    siteBrake: createBrake({ db, clock, logger, keys, options: { ...options.brake, ...wideNetworks(clock) } }),
    mailBrake: createBrake({ db, clock, logger, keys, options: strangersMail }),
    releases: createBrake({ db, clock, logger, keys, options: operatorReleases }),
    verified: createVerifiedLogins({ clock, random, bus }),
    sendSystemMail: options.sendSystemMail,
    forgetPerson: options.forgetPerson ?? (async () => {}),
    isHeld: options.isHeld ?? (async () => false),
    faces: options.faces,
    productWords: ["casaforte", options.faces.user.rpName],
    offered: options.offered ?? mailProtocols,
    operatorFactor: options.operatorFactor ?? "passkey",
  };
}
