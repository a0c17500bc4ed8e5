import type { KeyObject } from "node:crypto";
import type { Actor, Bytes, Clock, Logger, Random, TenantId } from "@casaforte/kernel";
import type { BlobStore, TenantKeys } from "@casaforte/platform/blobstore";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { LeavingServices } from "./service-departure.ts";

/** One file of an archive. Its size is known before its bytes are read. */
export interface ExportEntry {
  /** Relative, with `/`; never `..`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  open(signal?: AbortSignal): AsyncIterable<Bytes>;
}

/** What of a customer's data is wanted; everything when nothing is said. Authorities' requests narrow it (R58). */
export interface ExportScope {
  /** Addresses of mail accounts. */
  readonly mailAccounts?: readonly string[];
  /** The mail accounts of this domain, A-labels. */
  readonly mailDomain?: string;
  readonly from?: Date;
  readonly until?: Date;
  /** Also what was deleted and is not purged yet: authorities are given it, the customer is not. */
  readonly withDeleted?: boolean;
}

/** A module's way to hand out what it holds of a customer (R62, R63). */
export interface Exporter {
  readonly part: "settings" | "mail";
  entries(tenantId: TenantId, scope: ExportScope, signal: AbortSignal): AsyncIterable<ExportEntry>;
}

/** A place outside the database that holds bytes of customers. */
export interface Holding {
  /** As the certificate names it: `backups at mi1`. */
  readonly name: string;
  readonly store: BlobStore;
}

export interface DepartureServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  readonly providerName: string;
  readonly exporters: readonly Exporter[];
  /** Every store there is, so that nothing is forgotten (R28, R61). */
  readonly holdings: readonly Holding[];
  /** Where archives lie. */
  readonly archives: BlobStore;
  readonly tenantKeys: TenantKeys;
  /** Ed25519; signs certificates. */
  readonly signingKey: KeyObject;
  /** True while a legal hold stands (R92). */
  isHeld(tx: OperatorTx, tenantId: TenantId): Promise<boolean>;
  /** Whether time may end things: false for a day after the clock jumped. */
  clockIsSteady(): Promise<boolean>;
  /** Writes to every owner and administrator that deletion at once was asked for and when it begins. */
  tellErasure(tx: TenantTx, atMs: number): Promise<void>;
  /**
   * Every place that rows of the tenant name is configured here. @throws unavailable `site.not_here`,
   * `site.no_second_location`.
   */
  assertPlaces(tx: TenantTx): Promise<void>;
  /** Rows erased in one transaction, if not `departureLimits.eraseBatch`. */
  readonly eraseBatch?: bigint;
  /** Services that may end alone while the customer stays. */
  readonly leaving: LeavingServices;
  /** Ends what is metered and billed, so that the last invoice is complete; told again with the same time, nothing changes. */
  settle(tenantId: TenantId, actor: Actor, atMs: number): Promise<void>;
}
