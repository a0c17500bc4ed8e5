import type { Bytes, Clock, Random, SiteId, TenantId } from "@casaforte/kernel";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { Language, NoticeService, Recipient, Scope } from "./types.ts";

/** One look at one part of the running system. */
export interface PartCheck {
  /** Stable: `disk/mi1`. */
  readonly key: string;
  readonly service: NoticeService;
  readonly siteId: SiteId | null;
  readonly hostId: string | null;
  /** Of a storage server: how many its site has in use, whether or not anybody looks at them. */
  readonly hostsOfSite?: number;
  readonly isWell: boolean;
}

export interface NoticeMail {
  readonly to: string;
  readonly language: Language;
  readonly subject: string;
  readonly text: string;
  /** RFC 8058: where one POST ends the subscription. */
  readonly unsubscribeUrl?: string;
}

/** What notices work with. */
export interface NoticeServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  /** Signs the links of mails. */
  readonly secret: Bytes;
  readonly providerName: string;
  /** Of the face that shows the status page, without a slash at the end. */
  readonly consoleUrl: string;
  readonly sites: readonly { readonly id: SiteId; readonly name: string }[];
  /** Since when anything is watched here: the installation's first day. */
  watchedSince(): Promise<Date>;
  /** Whose spaces, mail or accounts lie there: from what runs where, nobody else (R24). */
  affected(tx: OperatorTx, scope: Scope): Promise<readonly TenantId[]>;
  /** Owners and administrators: who is told where a customer named no contact. */
  administrators(tx: TenantTx): Promise<readonly Recipient[]>;
  /** Promised in the caller's transaction. Returns the Message-ID. */
  mail(tx: TenantTx, mail: NoticeMail): Promise<string>;
  /** Told of each update in the transaction that writes to one customer; again when that is done again. */
  updated?(tx: TenantTx, update: { readonly id: string; readonly noticeId: string }): Promise<void>;
  /** Looks at every part now; never throws. */
  look(signal: AbortSignal): Promise<readonly PartCheck[]>;
}
