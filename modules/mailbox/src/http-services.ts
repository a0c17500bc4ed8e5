import type { Actor, Failure, MailAccountId, TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MailAccount } from "./mail-account.ts";
import type { MailboxEdgeServices } from "./services.ts";

/** Somebody of the organisation, signed in to its console. */
export type UserActor = Extract<Actor, { kind: "user" }>;

/** How somebody gets into an account; as identity knows it. */
export interface MailAccess {
  /** A person's last sign-in or a program's last login, the latter to the hour; null: never. */
  readonly lastAt: Date | null;
  readonly hasPassword: boolean;
  readonly hasSecondFactor: boolean;
  readonly appPasswords: number;
  readonly connectedPrograms: number;
}

/**
 * What other modules do in the same transaction when accounts change: the principal of realm `mail` and its password
 * (identity), the address (domains), licences (catalogue). Wired by the composition root; each may throw to refuse.
 */
export interface MailAccountHooks {
  /** Only the rules, without the hashing. @throws invalid when it is too weak. */
  checkPassword(input: { readonly password: string; readonly words: readonly string[] }): void;
  /** Checks and hashes, before any transaction. `words` must not be part of it. @throws invalid when it is too weak. */
  preparePassword(input: { readonly password: string; readonly words: readonly string[] }): Promise<string>;
  /** Of those of these accounts that somebody can sign in to. */
  access(tx: TenantTx, ids: readonly MailAccountId[]): Promise<ReadonlyMap<MailAccountId, MailAccess>>;
  /**
   * What `created` would say against each of these addresses, in their order, and null where nothing: each judged as if it came
   * alone, in as few readings for many as for one.
   */
  refused(tx: TenantTx, addresses: readonly string[]): Promise<readonly (Failure | null)[]>;
  created(
    tx: TenantTx,
    actor: Actor,
    /** Null: its person chooses the password by an invitation. */
    input: { readonly account: MailAccount; readonly passwordHash: string | null },
  ): Promise<void>;
  /** A new link by which the account's person chooses the first password. @throws precondition `identity.not_invited`. */
  invited(
    tx: TenantTx,
    actor: Actor,
    input: { readonly account: MailAccount },
  ): Promise<{ readonly link: string; readonly expiresAt: Date }>;
  updated(
    tx: TenantTx,
    actor: Actor,
    input: { readonly before: MailAccount; readonly after: MailAccount },
  ): Promise<void>;
  deleted(tx: TenantTx, actor: Actor, input: { readonly account: MailAccount }): Promise<void>;
  /** While true, nothing of that tenant is deleted for good (R92). */
  isHeld?(tenantId: TenantId): Promise<boolean>;
  restored(tx: TenantTx, actor: Actor, input: { readonly account: MailAccount }): Promise<void>;
  purged(tx: TenantTx, actor: Actor, input: { readonly account: Pick<MailAccount, "id"> }): Promise<void>;
  /** Every app password and connected program ends, with `factors` every second factor and session too; the password does not. */
  disconnected(
    tx: TenantTx,
    actor: Actor,
    input: { readonly account: MailAccount; readonly factors: boolean },
  ): Promise<void>;
  /** A new password, and all that `disconnected` ends of the account in the same transaction. */
  passwordReset(
    tx: TenantTx,
    actor: Actor,
    input: { readonly account: MailAccount; readonly passwordHash: string; readonly factors: boolean },
  ): Promise<void>;
}

export interface MailAccountHttpServices extends MailboxEdgeServices {
  readonly hooks: MailAccountHooks;
  /** Who asks, for `read` or `write` of mail administration; throws unauthenticated or forbidden. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
  /** @throws forbidden `identity.reauthentication_required`: who asks must prove again who they are. */
  readonly assertFresh: (request: unknown) => Promise<void>;
}
