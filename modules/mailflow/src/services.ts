import type {
  Bytes,
  Clock,
  Logger,
  MailAccountId,
  MailboxId,
  MessageId,
  PrincipalId,
  Random,
  TenantId,
} from "@casaforte/kernel";
import type { BlobStore, StoredBlob } from "@casaforte/platform/blobstore";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { ValidatingResolver } from "@casaforte/platform/net";
import type { DsnRequest } from "@casaforte/smtp";
import type { BlockLists, ResolveAddress } from "./dnsbl.ts";
import type { ContentFilter, VirusScanner } from "./outside-filters.ts";
import type { OutgoingId, Place } from "./types.ts";

export interface DeliverTarget {
  readonly mailAccountId: MailAccountId;
  readonly place: Place;
  readonly receivedAtMs: number;
  /** The envelope: empty for the null sender. */
  readonly sender: string;
  readonly recipient: string;
  /** What the sender asked to be told; rules that refuse or pass on keep to it. */
  readonly dsn?: DsnRequest;
}

/** Whether an account takes mail, and for how many bytes it has room; null is no limit. */
export type Room = { readonly kind: "gone" } | { readonly kind: "open"; readonly freeBytes: bigint | null };

/** A message that is durable and indexed; the store's own. Any number of accounts of its tenant may be given it. */
export interface PreparedMail {
  readonly blob: StoredBlob;
}

export interface MailToAppend {
  readonly mail: PreparedMail;
  readonly target: DeliverTarget;
}

/** The mail store, as the mail flow needs it; `mailStoreOf` adapts the mailbox module. */
export interface MailStore {
  room(tx: TenantTx, account: MailAccountId): Promise<Room>;
  /** The slow work before any lock: writes the blob and indexes it. */
  store(tenantId: TenantId, message: Bytes | AsyncIterable<Bytes>): Promise<PreparedMail>;
  /** Indexes a blob that is stored already. */
  prepare(tenantId: TenantId, blob: StoredBlob): Promise<PreparedMail>;
  /**
   * Puts each message into its account, all or none; the ids in the same order. Accounts are locked in the order of their
   * ids. @throws over_quota, not_found `mailbox.account_not_found`, conflict `mailflow.place_gone` (try again); with places
   * conflict `sieve.has_rules` when some owner has rules for what arrives: then only `append` without them will do.
   */
  append(tx: TenantTx, mails: readonly MailToAppend[], places?: readonly MailboxId[]): Promise<readonly MessageId[]>;
  /**
   * Where each of them goes when nobody has rules; null when that must be looked up. With these places `append` asks
   * nothing and sends all its statements at once: it may be in a transaction of one trip.
   */
  knownPlaces(mails: readonly MailToAppend[]): readonly MailboxId[] | null;
  /** Something became of a message that the account submitted; pages that show it hear of it. */
  noteOutcome(tx: TenantTx, account: MailAccountId, outgoing: OutgoingId): Promise<void>;
}

/** DNS for routing. Each rejects with Node's codes: ENOTFOUND and ENODATA mean that there is none. */
export interface RouteResolver {
  resolveMx(domain: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  resolveAddresses(host: string): Promise<readonly string[]>;
}

/** DNS with proofs, for routing: servers are held to the certificates that their domains publish (RFC 7672). */
export type SecureResolver = Pick<ValidatingResolver, "ask">;

/** DNS for SPF, DKIM and DMARC, in the form of `dns.promises.resolve(name, type)`. */
export type AuthResolver = (name: string, type: string) => Promise<string[][] | string[]>;

/** The relay's user for us. Only ever sent over TLS. */
export interface RelayLogin {
  readonly user: string;
  readonly password: string;
}

/** Addresses of this host that mail leaves from. What none of them can reach, by its kind, waits. */
export interface LocalAddresses {
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

export type Outbound =
  /** Everything to one server: a relay, or the sink of a demonstration. */
  | {
      readonly kind: "smarthost";
      /** Else the system chooses. */
      readonly from?: LocalAddresses;
      readonly host: string;
      readonly port: number;
      readonly requireTls?: boolean;
      readonly auth?: RelayLogin;
      /** PEM of the authority to trust for it, when it is not a public one. */
      readonly ca?: string;
    }
  /** To the exchanges that the DNS names. `allowsPrivate` only in tests: else an MX record could point inside. */
  | {
      readonly kind: "mx";
      /** Else the system chooses. */
      readonly from?: LocalAddresses;
      readonly resolver: RouteResolver;
      /** Asked in its place. */
      readonly secureResolver?: SecureResolver;
      readonly port?: number;
      readonly allowsPrivate?: boolean;
      /** PEM of an authority to trust instead of the public ones, where a policy demands a certificate; for tests. */
      readonly ca?: string;
    };

/** How policies are found: the DNS, and the domain's own web server over verified HTTPS, redirects refused. */
export interface StsSource {
  /** TXT records; rejects when there is none or the DNS does not answer. */
  resolveTxt(name: string): Promise<readonly string[]>;
  /** `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`. Rejects when it cannot be had. */
  fetchPolicy(domain: string): Promise<string>;
}

/** How domains that want reports are found and told (RFC 7489 §7.2, RFC 8460). */
export interface ReportsOut {
  /** TXT records, each in one piece; rejects with Node's codes. */
  resolveTxt(name: string): Promise<readonly string[]>;
  /**
   * Posts to a server of the public internet and answers its status. @throws forbidden `net.not_public`; unavailable.
   */
  post(url: string, report: PostedReport, signal: AbortSignal): Promise<number>;
}

export interface PostedReport {
  readonly type: string;
  readonly body: Bytes;
}

/** What block lists are asked about ourselves. Both functions reject with Node's codes. */
export interface OwnAddressWatch {
  /** Public addresses that mail leaves from. */
  readonly addresses: readonly string[];
  readonly zones: readonly string[];
  readonly resolve: ResolveAddress;
  /** TXT records, each in one piece. */
  resolveTxt(name: string): Promise<readonly string[]>;
}

/** Who signed in on a submission port. */
export interface SubmissionUser {
  readonly tenantId: TenantId;
  readonly mailAccountId: MailAccountId;
  readonly principalId: PrincipalId;
}

/** One who signed in over SMTP; `holds`: whether the same sign-in would be let in now. */
export interface SignedInUser extends SubmissionUser {
  holds(): Promise<boolean>;
}

/** @throws unauthenticated, forbidden (with the reason: app passwords only, no SMTP), rate_limited. */
export type VerifyLogin = (login: {
  readonly address: string;
  readonly password: string;
  /** `password` is an access token, and `address` may be empty. */
  readonly isToken: boolean;
  readonly ip: string;
  readonly protocol: "smtp";
}) => Promise<SignedInUser>;

/** What edges and jobs of the mail flow work with. */
export interface MailflowServices {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly mailStore: MailStore;
  /** Our name in Received fields, EHLO and Authentication-Results. */
  readonly hostname: string;
  /** Domain of noreply@ and postmaster@. */
  readonly providerDomain: string;
  /** The secret that the domains module seals DKIM keys with; also keys SRS. */
  readonly secretKey: Bytes;
  /** Null: SPF, DKIM and DMARC are not checked, and the message says so. */
  readonly authResolver: AuthResolver | null;
  readonly outbound: Outbound;
  /** DNS block lists and how to ask them. */
  readonly blockLists?: BlockLists;
  /** Our own addresses, and the lists that are asked about them; without it they are not watched. */
  readonly ownAddresses?: OwnAddressWatch;
  /** rspamd or another; its score is weighed with our own evidence. */
  readonly contentFilter?: ContentFilter;
  readonly virusScanner?: VirusScanner;
  /** Where webmail is, for links in mails; without a slash at the end. */
  readonly webmailUrl?: string;
  /** MTA-STS of the domains we send to; without it nobody's policy is asked for. */
  readonly sts?: StsSource;
  /** Without it nothing is counted, and no domain gets a report of ours. */
  readonly reportsOut?: ReportsOut;
  /** Told of each mail of the service itself that cannot be brought to its recipient, in the transaction that notes it. */
  undeliverable?(tx: TenantTx, mail: { readonly recipient: string; readonly reply: string }): Promise<void>;
  /** While true, nothing of that tenant is deleted for good (R92). */
  isHeld?(tenantId: TenantId): Promise<boolean>;
  /** Recipients one account may send to in an hour; the default is in limits.ts. */
  readonly recipientsPerHour?: number;
  /** All accounts of one domain together; the default is in limits.ts. */
  readonly recipientsPerHourOfDomain?: number;
  /** Called once an account and hour, after the commit, when the limit is hit. */
  readonly onRateAlarm?: (tenantId: TenantId, mailAccountId: MailAccountId) => void;
}
