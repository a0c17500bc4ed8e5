import type { KeyObject } from "node:crypto";
import type { Actor, Clock, Logger, PrincipalId, Random } from "@casaforte/kernel";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { EvidenceSource } from "./evidence.ts";
import type { Inspection } from "./inspection.ts";

/** What customers' audits work with. */
export interface InspectionServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly providerName: string;
  /** Ed25519; signs evidence packs. */
  readonly signingKey: KeyObject;
  /** What the evidence room shows, in its order. */
  readonly evidence: readonly EvidenceSource[];
  /** Makes a read-only account that ends by itself, and mails the invitation. @throws conflict `identity.login_taken`. */
  invite(
    tx: TenantTx,
    actor: Actor,
    input: {
      readonly login: string;
      readonly displayName: string;
      readonly language: "it" | "en";
      readonly inviter: string;
      readonly endsAtMs: number;
    },
  ): Promise<PrincipalId>;
  /** Mails the invitation again to somebody who has not followed it; nothing for who has. */
  inviteAgain(
    tx: TenantTx,
    actor: Actor,
    input: { readonly principalId: PrincipalId; readonly inviter: string },
  ): Promise<void>;
  /** Takes the account away, with its sessions and links. */
  remove(tx: TenantTx, actor: Actor, principalId: PrincipalId): Promise<void>;
  /** Puts the accepted cost on the next invoice, once (R70). */
  charge(
    tx: TenantTx,
    actor: Actor,
    input: {
      readonly sourceKey: string;
      readonly netCents: bigint;
      readonly description: { readonly it: string; readonly en: string };
      readonly atMs: number;
    },
  ): Promise<void>;
  /** Tells the customer's owners and administrators by mail that a quote or a refusal is there. */
  tell(tx: OperatorTx, inspection: Inspection): Promise<void>;
  /** Tells the provider by mail that a notice of audit came in (R68: written). */
  tellProvider(tx: TenantTx, inspection: Inspection): Promise<void>;
}
