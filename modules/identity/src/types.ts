import type { Actor, Clock, Logger, OperatorRole, PrincipalId, Random, TenantId, TenantRole } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Brake } from "./brake.ts";
import type { IdentityKeys } from "./keys.ts";
import type { SystemMail } from "./mail-templates.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { VerifiedLogins } from "./verified-logins.ts";

/** Where somebody signs in: the customer console, the operator console, webmail and mail protocols. */
export type Realm = "user" | "operator" | "mail";
export type Language = "it" | "en";
export type PrincipalStatus = "invited" | "active" | "disabled";
export type MailProtocol = "imap" | "pop3" | "smtp";
export type SignInMethod = "password" | "totp" | "passkey" | "recovery_code";

/** What a request tells of itself before anybody is known. */
export interface Caller {
  readonly ip: string;
  readonly userAgent: string;
  /** The known-device cookie, as sent. */
  readonly deviceCookie: string | null;
}

/** A live session, as resolved from its token. */
export interface Session {
  readonly tenantId: TenantId;
  readonly tenantName: string;
  readonly sessionId: string;
  readonly principalId: PrincipalId;
  readonly realm: Realm;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly methods: readonly SignInMethod[];
  readonly authenticatedAtMs: number;
  readonly expiresAtMs: number;
  readonly hasTotp: boolean;
  readonly hasPasskey: boolean;
  /** The session may do nothing but enrol a second factor, because tenant or provider requires one (R52). */
  readonly mustEnrol: boolean;
  readonly actor: Actor;
}

/** One place where a realm is served, as browsers and passkeys know it. */
export interface FaceIdentity {
  /** `https://console.example.it`, without a slash at the end. */
  readonly origin: string;
  /** WebAuthn relying party id: the host name. */
  readonly rpId: string;
  readonly rpName: string;
}

/** Hands a message to the mail service in the same transaction; supplied by the composition root. */
export type SendSystemMail = (tx: TenantTx | OperatorTx, mail: SystemMail) => Promise<void>;

/** What every operation of this module works with. */
export interface IdentityContext {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly bus: Bus;
  readonly keys: IdentityKeys;
  readonly hasher: PasswordHasher;
  readonly brake: Brake;
  readonly verified: VerifiedLogins;
  readonly sendSystemMail: SendSystemMail;
  readonly faces: Readonly<Record<Realm, FaceIdentity>>;
  readonly productWords: readonly string[];
  /** What operators must hold: a passkey (default), any second factor, or nothing (demonstrations on loopback only). */
  readonly operatorFactor: "passkey" | "any" | "none";
}
