import type { Bytes, Clock, DomainId, Logger, Random, TenantId } from "@casaforte/kernel";
import type { ExternalAccount } from "@casaforte/platform/acme";
import type { Bus } from "@casaforte/platform/bus";
import type { Db } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { FindAddresses } from "@casaforte/platform/net";

/**
 * What keeps a name from a new certificate. `no_dns`: the DNS knows no such name; `elsewhere`: it leads to another server;
 * `dns_silent`: the DNS did not answer; `limit`: the customer's orders of this week; `rate_limited`, `refused`, `away`: the
 * authority's limit, its refusal, its silence.
 */
export type Trouble = "no_dns" | "elsewhere" | "dns_silent" | "limit" | "rate_limited" | "refused" | "away";

export interface CertificateName {
  readonly tenantId: TenantId;
  readonly name: string;
  /** Null: the provider's own. */
  readonly domainId: DomainId | null;
  /** Nobody looks at it before. */
  readonly lookAt: Date;
  readonly triedAt: Date | null;
  readonly trouble: Trouble | null;
  /** The authority's. */
  readonly words: string;
  readonly failures: number;
  readonly issued: { readonly at: Date; readonly endsAt: Date; readonly renewAt: Date } | null;
}

/** The certificate authority, and the account there. */
export interface Authority {
  readonly directory: string;
  readonly contact: string;
  readonly externalAccount?: ExternalAccount;
  /** PEM of its root, where it is not a public one. */
  readonly ca?: string;
}

export interface CertificateServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  readonly bus: Pick<Bus, "publish">;
  /** 32 bytes that seal private keys. */
  readonly secretKey: Bytes;
  /** Null: certificates come from files alone. */
  readonly authority: Authority | null;
  /** The host names of the provider's listeners: no customer's, wherever their certificates come from. */
  readonly ownNames: ReadonlySet<string>;
  /** Those of them that are to have one of the authority's. */
  readonly orderedNames: ReadonlySet<string>;
  /** Where customers' host names should lead. */
  readonly hostname: string;
  /** Whether a file holds a certificate for that name. */
  readonly isFiled: (name: string) => boolean;
  readonly findAddresses: FindAddresses;
}

/** Told after each certificate: servers read again what they show. */
export const issuedTopic = "certificates:issued";
