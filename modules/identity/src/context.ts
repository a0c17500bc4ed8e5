import type { Clock, Logger, PrincipalId, Random, TenantId } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Brake } from "./brake.ts";
import type { IdentityKeys } from "./keys.ts";
import type { SystemMail } from "./mail-templates.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { FaceIdentity, MailProtocol, Realm } from "./types.ts";
import type { VerifiedLogins } from "./verified-logins.ts";

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
  /** Of requests for an account, by wider networks. */
  readonly siteBrake: Brake;
  /** Of mails to addresses that a stranger chose. */
  readonly mailBrake: Brake;
  /** Of operators' releases of held logins. */
  readonly releases: Brake;
  readonly verified: VerifiedLogins;
  readonly sendSystemMail: SendSystemMail;
  /** In the transaction that removes the person (R81). */
  readonly forgetPerson: (
    tx: TenantTx,
    person: { readonly principalId: PrincipalId; readonly address: string },
  ) => Promise<void>;
  /** While true, nothing of that tenant is deleted for good (R92). */
  readonly isHeld: (tenantId: TenantId) => Promise<boolean>;
  readonly faces: Readonly<Record<Realm, FaceIdentity>>;
  readonly productWords: readonly string[];
  /** What app passwords may be made for. */
  readonly offered: readonly MailProtocol[];
  /** What operators must hold: a passkey (default), any second factor, or nothing (demonstrations on loopback only). */
  readonly operatorFactor: "passkey" | "any" | "none";
}
