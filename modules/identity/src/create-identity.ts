import type { Actor, Clock, Logger, Random } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, TenantTx } from "@casaforte/platform/db";
import {
  type CreateAppPasswordInput,
  createAppPassword,
  listAppPasswords,
  removeAppPassword,
} from "./app-passwords.ts";
import { type BrakeOptions, createBrake } from "./brake.ts";
import { createKeys } from "./keys.ts";
import { type MailLoginInput, verifyMailLogin } from "./mail-login.ts";
import { removePrincipal, setLogin, setMailAccess, setPassword, setPrincipalStatus } from "./manage-principal.ts";
import { createPasswordHasher, type HasherOptions } from "./password-hasher.ts";
import { checkPassword } from "./password-rules.ts";
import {
  assertFresh,
  assertUnrestricted,
  listSessions,
  resolveSession,
  revokeOtherSessions,
  revokeSession,
  signOut,
} from "./sessions.ts";
import { type SignInInput, signIn } from "./sign-in.ts";
import type { FaceIdentity, IdentityContext, Realm, SendSystemMail, Session } from "./types.ts";
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
  /** Default `passkey` (security.md, check 23). */
  readonly operatorFactor?: IdentityContext["operatorFactor"];
}

export type Identity = ReturnType<typeof createIdentity>;

/** All sign-in services of one process; the edges of every realm and every mail protocol share one. */
export function createIdentity(options: IdentityOptions) {
  const { db, clock, random, logger, bus } = options;
  const keys = createKeys(options.masterKeys, random);
  const ctx: IdentityContext = {
    db,
    clock,
    random,
    logger,
    bus,
    keys,
    hasher: createPasswordHasher(options.hasher),
    brake: createBrake({ db, clock, keys, ...(options.brake ? { options: options.brake } : {}) }),
    verified: createVerifiedLogins({ clock, random, bus }),
    sendSystemMail: options.sendSystemMail,
    faces: options.faces,
    productWords: ["casaforte", options.faces.user.rpName],
    operatorFactor: options.operatorFactor ?? "passkey",
  };
  /** Binds an operation that runs in its caller's transaction. */
  const inTx =
    <Input, Result>(operation: (ctx: IdentityContext, tx: TenantTx, actor: Actor, input: Input) => Promise<Result>) =>
    (tx: TenantTx, actor: Actor, input: Input): Promise<Result> =>
      operation(ctx, tx, actor, input);
  return {
    context: ctx,
    verifyMailLogin: (input: MailLoginInput) => verifyMailLogin(ctx, input),
    listAppPasswords: (session: Session) => listAppPasswords(ctx, session),
    createAppPassword: (session: Session, input: CreateAppPasswordInput) => createAppPassword(ctx, session, input),
    removeAppPassword: (session: Session, id: string) => removeAppPassword(ctx, session, id),
    setMailAccess: inTx(setMailAccess),
    setPrincipalStatus: inTx(setPrincipalStatus),
    setPassword: inTx(setPassword),
    setLogin: inTx(setLogin),
    removePrincipal: inTx(removePrincipal),
    signIn: (input: SignInInput) => signIn(ctx, input),
    resolveSession: (realm: Realm, token: string | null, ip: string) => resolveSession(ctx, realm, token, ip),
    signOut: (session: Session) => signOut(ctx, session),
    listSessions: (session: Session) => listSessions(ctx, session),
    revokeSession: (session: Session, sessionId: string) => revokeSession(ctx, session, sessionId),
    revokeOtherSessions: (session: Session) => revokeOtherSessions(ctx, session),
    assertFresh: (session: Session) => assertFresh(ctx, session),
    assertUnrestricted,
    /** Checks the rules and hashes, outside any transaction. `words`: login, names, company. @throws as checkPassword. */
    async preparePassword(input: { readonly password: string; readonly words: readonly string[] }): Promise<string> {
      checkPassword(input.password, [...ctx.productWords, ...input.words]);
      return ctx.hasher.hash(input.password);
    },
    close: () => ctx.verified.close(),
  };
}
