import type { Actor, OperatorRole, PrincipalId, TenantId, TenantRole } from "@casaforte/kernel";

/** Where somebody signs in: the customer console, the operator console, webmail and mail protocols. */
export type Realm = "user" | "operator" | "mail";
/** Where tokens for programs are made and taken (R78). */
export type TokenRealm = Exclude<Realm, "mail">;
export type Language = "it" | "en";
export type PrincipalStatus = "invited" | "active" | "disabled";
export const mailProtocols = ["imap", "pop3", "smtp", "jmap"] as const;
export type MailProtocol = (typeof mailProtocols)[number];
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
  /** Set when a token for programs speaks for the person (R78). */
  readonly tokenId?: string;
  /** Set when an operator acts under a customer's grant (R90). */
  readonly acting?: { readonly operatorName: string; readonly scope: "read" | "act" };
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
