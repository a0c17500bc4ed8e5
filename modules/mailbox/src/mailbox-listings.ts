import type { EmailQuery } from "@casaforte/jmap";
import type { MailAccountId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import {
  canList,
  listResults,
  placesOf,
  type QueryPlaces,
  type QueryWindow,
  splitMailbox,
  stepsOf,
  windowOf,
} from "./list-messages.ts";
import type { ListedResults } from "./listed-results.ts";
import type { Mailbox } from "./mailbox.ts";
import { listingBytesOf, MailboxListing } from "./mailbox-listing.ts";
import { mailboxesInSight } from "./share-access.ts";
import { selectThreadCounts, type ThreadCount } from "./store-jmap.ts";
import { selectQueryPlaces, selectQueryWindow } from "./store-jmap-query.ts";
import { type ListingLook, type ListingPage, selectListedRows, selectListing } from "./store-listing.ts";

/** What a process spends on listings; see `mailboxLimits`. */
export interface ListingBounds extends ListingPage {
  readonly bytesMax: number;
  readonly threadsListedMin: number;
  readonly stepsMax: number;
}

interface Place {
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
}

type Ranking = Pick<EmailQuery, "filter" | "sort" | "collapseThreads">;

/** How often a mailbox that changes all the time is looked at again, before the database lists it. */
const looksMax = 3;

/**
 * The listings of one process: what JMAP asks of one mailbox is answered from memory, after one look at what changed since,
 * in the transaction that asks. So nothing is trusted for any time, whoever else writes; whoever may not see a mailbox, or
 * sees it no more, is told so by the transaction. What a listing does not know is answered by the database.
 */
export class MailboxListings {
  readonly #bounds: ListingBounds;
  /** Least lately used first. */
  readonly #held = new Map<string, { readonly listing: MailboxListing; readonly bytes: number }>();
  readonly #loading = new Map<string, Promise<unknown>>();
  readonly #threadCounts = new Map<string, ThreadCount>();
  /** Those that do not fit whatever else is held, and from which modseq on they are tried again. */
  readonly #tooLarge = new Map<string, number>();
  #heldBytes = 0;
  /** For those that are being read. */
  #reservedBytes = 0;

  constructor(bounds: Partial<ListingBounds> = {}) {
    this.#bounds = {
      bytesMax: mailboxLimits.listingBytesKept,
      rowsAtOnce: mailboxLimits.listingRowsAtOnce,
      labelBytesMax: mailboxLimits.labelBytesMax,
      threadsListedMin: mailboxLimits.threadsListedMin,
      stepsMax: mailboxLimits.listingStepsMax,
      ...bounds,
    };
  }

  /** Bytes of all listings, those that are being read included, about. */
  get bytes(): number {
    return this.#heldBytes + this.#reservedBytes;
  }

  /** One window of a query (RFC 8621 §4.4), its place and the number of all. @throws JmapError `anchorNotFound`. */
  async queryWindow(tx: TenantTx, accountId: MailAccountId, query: EmailQuery): Promise<QueryWindow> {
    return (
      (await this.#list(tx, accountId, query, (listing, results) => windowOf(listing, results, query))) ??
      selectQueryWindow(tx, accountId, query)
    );
  }

  /** Of these messages those in the results, with their index; and the number of all results. */
  async queryPlaces(
    tx: TenantTx,
    accountId: MailAccountId,
    query: Ranking,
    ids: readonly MessageId[],
  ): Promise<QueryPlaces> {
    return (
      (await this.#list(tx, accountId, query, (listing, results) => placesOf(listing, results, ids))) ??
      selectQueryPlaces(tx, accountId, query, ids)
    );
  }

  /** Threads in each of these mailboxes of the account, all and unread ones; `mailboxes` as this transaction read them. */
  async threadCounts(
    tx: TenantTx,
    accountId: MailAccountId,
    mailboxes: readonly Mailbox[],
  ): Promise<ReadonlyMap<MailboxId, Pick<ThreadCount, "total" | "unread">>> {
    const counts = new Map<MailboxId, ThreadCount>();
    const uncounted: MailboxId[] = [];
    for (const { id, total, uidvalidity: uidValidity, highestModseq: modseq } of mailboxes) {
      const place = { accountId, mailboxId: id };
      const known = this.#threadCounts.get(keyOf(tx, place));
      if (total === 0) counts.set(id, { modseq, uidValidity, total: 0, unread: 0 });
      else if (known?.modseq === modseq && known.uidValidity === uidValidity) counts.set(id, known);
      else {
        const listing = total < this.#bounds.threadsListedMin ? null : await this.#fresh(tx, place);
        if (listing === null) uncounted.push(id);
        else {
          const count = threadsOf(listing);
          note(this.#threadCounts, keyOf(tx, place), count, mailboxLimits.threadCountsKept);
          counts.set(id, count);
        }
      }
    }
    if (uncounted.length === 0) return counts;
    const found = await selectThreadCounts(tx, accountId, uncounted);
    for (const [id, count] of found.counts) {
      counts.set(id, count);
      if (!found.isPure) continue;
      note(this.#threadCounts, keyOf(tx, { accountId, mailboxId: id }), count, mailboxLimits.threadCountsKept);
    }
    return counts;
  }

  /** Null when the database must answer. */
  async #list<Answer>(
    tx: TenantTx,
    accountId: MailAccountId,
    { filter, sort, collapseThreads }: Ranking,
    answer: (listing: MailboxListing, results: ListedResults) => Answer,
  ): Promise<Answer | null> {
    const { mailboxId, rest } = splitMailbox(filter);
    if (mailboxId === null || !isMailboxId(mailboxId) || !canList({ filter: rest, sort })) return null;
    const inSight = mailboxesInSight(tx, accountId);
    if (inSight !== null && !inSight.includes(mailboxId)) return null;
    const place = { accountId, mailboxId };
    const listing = await this.#fresh(tx, place);
    if (listing === null || stepsOf(listing, { filter: rest, sort }) > this.#bounds.stepsMax) return null;
    try {
      return answer(listing, listResults(listing, { filter: rest, sort, collapseThreads }));
    } finally {
      // Its results count as well, also those in which an anchor was not found.
      this.#keep(keyOf(tx, place), listing);
    }
  }

  /** The mailbox as of a moment of this transaction, until the next `await`; null when the database must answer. */
  async #fresh(tx: TenantTx, place: Place): Promise<MailboxListing | null> {
    const key = keyOf(tx, place);
    for (let looks = 0; looks < looksMax; looks++) {
      const held = this.#held.get(key)?.listing;
      const look = await selectListing(tx, place, held?.modseq ?? -1, this.#bounds);
      // What is not committed may never be.
      if (!look?.isPure) return null;
      // Somebody else read it meanwhile.
      if (look.reach !== "since" && this.#held.get(key)?.listing !== held) continue;
      // One that trouble left half changed is not kept.
      this.#drop(key);
      if (look.reach === "since" && held !== undefined && isSame(held, look)) {
        bringTo(held, look);
        return this.#keep(key, held);
      }
      if (look.reach === "all") {
        const listing = new MailboxListing(look);
        listing.take(look);
        return this.#keep(key, listing);
      }
      if (look.reach === "none" && !(await this.#read(tx, place, look))) return null;
    }
    return null;
  }

  /** Reads a large mailbox, once for all who ask meanwhile. False when there is no room for it. */
  async #read(tx: TenantTx, place: Place, look: ListingLook): Promise<boolean> {
    const key = keyOf(tx, place);
    const running = this.#loading.get(key);
    if (running !== undefined) {
      // Whoever reads it may fail by himself: then the next one does it.
      await running.catch(() => undefined);
      return true;
    }
    let bytes = listingBytesOf(look.total);
    if (look.highestModseq < (this.#tooLarge.get(key) ?? 0)) return false;
    if (this.#reservedBytes + bytes > this.#bounds.bytesMax) return false;
    this.#reservedBytes += bytes;
    this.#makeRoom();
    // Keywords may take more than was set aside.
    const fits = (listing: MailboxListing): boolean => {
      const more = Math.max(0, listing.bytes - bytes);
      if (listing.bytes > this.#bounds.bytesMax) {
        const again = look.highestModseq + mailboxLimits.listingTriedAgainAfter;
        note(this.#tooLarge, key, again, mailboxLimits.listingsTooLargeKept);
      }
      if (this.#reservedBytes + more > this.#bounds.bytesMax) return false;
      bytes += more;
      this.#reservedBytes += more;
      this.#makeRoom();
      return true;
    };
    const reading = readAll(tx, place, look, { page: this.#bounds, fits }).finally(() => {
      this.#reservedBytes -= bytes;
      this.#loading.delete(key);
    });
    this.#loading.set(key, reading);
    const listing = await reading;
    if (listing !== null) this.#keep(key, listing);
    return listing !== null;
  }

  /** It was used: it goes last. One that does not fit is good for what was asked, and goes. */
  #keep(key: string, listing: MailboxListing): MailboxListing {
    this.#drop(key);
    const { bytes } = listing;
    if (this.#reservedBytes + bytes > this.#bounds.bytesMax) return listing;
    this.#held.set(key, { listing, bytes });
    this.#heldBytes += bytes;
    this.#makeRoom();
    return listing;
  }

  #makeRoom(): void {
    for (const oldest of this.#held.keys()) {
      if (this.bytes <= this.#bounds.bytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#heldBytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}

/** As the last one; the oldest one goes when there are too many. */
function note<Value>(notes: Map<string, Value>, key: string, value: Value, keptMax: number): void {
  notes.delete(key);
  notes.set(key, value);
  const [oldest] = notes.keys();
  if (oldest !== undefined && notes.size > keptMax) notes.delete(oldest);
}

const keyOf = (tx: TenantTx, { accountId, mailboxId }: Place): string => `${tx.tenantId}/${accountId}/${mailboxId}`;

const isMailboxId = (id: string): id is MailboxId => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** Not one that was restored or made anew meanwhile. */
const isSame = (listing: MailboxListing, look: ListingLook): boolean =>
  listing.epoch === look.epoch && listing.uidValidity === look.uidValidity;

/** To the modseq of a look. Answers come in any order: one that tells of less than is known changes nothing. */
function bringTo(listing: MailboxListing, look: ListingLook): void {
  if (look.highestModseq <= listing.modseq) return;
  listing.remove(look.gone);
  listing.take(look);
  listing.modseq = look.highestModseq;
}

/**
 * Row by row, each batch as of its own moment; then what changed since the first, as of one. Null when too much did, when the
 * mailbox went, or when it no longer fits.
 */
async function readAll(
  tx: TenantTx,
  place: Place,
  look: ListingLook,
  { page, fits }: { readonly page: ListingPage; readonly fits: (listing: MailboxListing) => boolean },
): Promise<MailboxListing | null> {
  const listing = new MailboxListing(look);
  for (let before = -1; before < listing.count; ) {
    before = listing.count;
    listing.take(await selectListedRows(tx, place.mailboxId, listing.lastUid, page));
    if (!fits(listing)) return null;
  }
  const since = await selectListing(tx, place, listing.modseq, page);
  if (since?.reach !== "since" || !isSame(listing, since)) return null;
  bringTo(listing, since);
  return fits(listing) ? listing : null;
}

const threadsOf = (listing: MailboxListing): ThreadCount => ({
  modseq: listing.modseq,
  uidValidity: listing.uidValidity,
  total: listing.threadCount,
  unread: listing.unreadThreadCount,
});
