import type { Actor, MailAccountId } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { DnsLookups } from "./check-records.ts";
import type { MailHosts } from "./dns-records.ts";
import type { DomainServices } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface DomainHttpServices extends DomainServices {
  readonly db: Db;
  readonly dns: DnsLookups;
  readonly hosts: MailHosts;
  /** Who asks, for `read` or `write` of mail administration; throws unauthenticated or forbidden. */
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
  /** True when the account is one of the tenant's: the mail store's to say. */
  readonly isMailAccount: (tx: TenantTx, mailAccountId: MailAccountId) => Promise<boolean>;
}
