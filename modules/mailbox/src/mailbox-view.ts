import { type FlagColumns, FlagTable, FlagTableFull, type MailboxChanges, type RecentClaim } from "@casaforte/imap";
import type { MailAccountId, MailboxId, TenantId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";
import { noSuchMailbox } from "./locked-account.ts";
import type { Mailbox } from "./mailbox.ts";
import { explainLook } from "./refusals.ts";
import type { MailboxEdgeServices } from "./services.ts";
import type { StoreFlagsResult } from "./store-flags.ts";
import { doNotWaitForDisk } from "./store-mailboxes.ts";
import { deleteSummary, type PackedView, putSummary, selectExpunged, selectUids, selectView } from "./store-view.ts";
import { decodeSummary, encodeSummary } from "./summary-codec.ts";
import { unpackColumns } from "./unpack-columns.ts";
import { ViewColumns } from "./view-columns.ts";

/** Of the columns, for one message. */
const viewRowBytes = 16;

/** Which mailbox, in whose name. */
export interface MailboxAddress {
  readonly tenantId: TenantId;
  readonly accountId: MailAccountId;
  readonly mailboxId: MailboxId;
}

/**
 * What one process knows of one mailbox, shared by all its sessions: UIDs, flags and modseqs as columns, and what changed
 * lately. The database is asked when a hint says so, and when nobody asked it for `viewTrustMs`: so a change of this
 * process shows at once, a change of another process when its hint comes, and if that was lost after `viewTrustMs` at the
 * next look. Everything here only rises or is told by the database, so answers may come in any order.
 */
export class MailboxView {
  readonly address: MailboxAddress;
  readonly table: FlagTable;
  readonly columns = new ViewColumns();
  readonly #services: MailboxEdgeServices;
  readonly #grew: () => void;
  readonly #spent = new AbortController();
  #mailbox: Mailbox | null = null;
  #keywords: readonly string[] = [];
  #highestModseq = -1;
  /** As of which the database has a summary, as far as is known here. */
  #summaryModseq = Number.NEGATIVE_INFINITY;
  #summarising: Promise<void> | null = null;
  #uidNext = 1;
  #recentUid = 1;
  /** The highest modseq that a hint spoke of; infinite when it did not say. */
  #hinted = Number.POSITIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;

  constructor(
    services: MailboxEdgeServices,
    address: MailboxAddress,
    flags: { readonly bytesMax?: number; readonly grew?: () => void } = {},
  ) {
    this.#services = services;
    this.address = address;
    this.table = new FlagTable(flags.bytesMax ?? mailboxLimits.viewFlagBytesMax);
    this.#grew = flags.grew ?? (() => {});
  }

  /** Aborts when it knows so many combinations of flags that it is given up: a new one knows those in use alone. */
  get spent(): AbortSignal {
    return this.#spent.signal;
  }

  get highestModseq(): number {
    return this.#highestModseq;
  }
  /** Bytes that it holds, about. */
  get bytes(): number {
    return viewRowBytes * this.columns.count + this.table.bytes;
  }
  /** It knows many flags that no message has any more; sessions go by their numbers, so that it cannot forget them. */
  get isOutgrown(): boolean {
    return this.table.size > 2 * this.columns.count + 1_024;
  }
  get uidNext(): number {
    return this.#uidNext;
  }
  get uidValidity(): number {
    return this.#mailbox?.uidvalidity ?? 0;
  }
  get keywords(): readonly string[] {
    return this.#keywords;
  }
  /** First UID that no session claimed as \Recent; UIDNEXT when there is none. */
  get recentUid(): number {
    return Math.min(this.#recentUid, this.#uidNext);
  }

  /** Something may have changed, up to this modseq where it is known. */
  hint(modseq = Number.POSITIVE_INFINITY): void {
    this.#hinted = Math.max(this.#hinted, modseq);
  }

  /** Nobody uses it: what changed is found again by the modseqs of the messages, and by the tombstones. */
  forgetChanges(): void {
    if (this.#highestModseq >= 0) this.columns.forget(this.#highestModseq);
  }

  claimedRecent(uidNext: number): void {
    this.#recentUid = Math.max(this.#recentUid, uidNext);
  }

  /** Its sessions end. */
  giveUp(): void {
    this.#spent.abort();
  }

  /** Resolves when the view is as fresh as the class promises. @throws not_found when the mailbox is gone, FlagTableFull. */
  async refresh(): Promise<void> {
    if (this.spent.aborted) throw new FlagTableFull();
    while (!this.#isFresh()) {
      this.#asking ??= this.#ask(false)
        .then(() => {})
        .finally(() => {
          this.#asking = null;
        });
      await this.#asking;
    }
    if (this.spent.aborted) throw new FlagTableFull();
  }

  /**
   * As `refresh`; where the database is asked anyway, \Recent is claimed in the same trip. Returns what was claimed; null
   * when nothing was, or when the caller must see to it. @throws as `refresh`.
   */
  async refreshAndClaim(): Promise<RecentClaim | null> {
    let claimed: RecentClaim | null = null;
    if (!this.#asking && !this.#isFresh()) {
      this.#asking = this.#ask(true)
        .then((claim) => {
          claimed = claim;
        })
        .finally(() => {
          this.#asking = null;
        });
      await this.#asking;
    }
    await this.refresh();
    return claimed;
  }

  /** Everything since a modseq, from memory where it reaches back that far. */
  async changesSince(modseq: number): Promise<MailboxChanges> {
    await this.refresh();
    const { columns } = this;
    const highestModseq = Math.max(this.#highestModseq, modseq);
    const known = {
      changed: columns.changedSince(modseq),
      whole: columns.whole,
      uidNext: this.#uidNext,
      highestModseq,
    };
    if (modseq >= this.#highestModseq) return { ...known, vanished: new Uint32Array(0) };
    const vanished = columns.vanishedSince(modseq);
    if (vanished) return { ...known, vanished };
    return { ...known, vanished: await this.#askVanished(modseq, highestModseq) };
  }

  /** Takes in flags that this process stored, and returns them; none when the view is spent by them. */
  takeStored(result: StoreFlagsResult): FlagColumns {
    if (this.spent.aborted) return noColumns;
    try {
      const stored = this.#numbered(() => unpackColumns(result.stored, this.table));
      this.columns.take(stored, { newFrom: Number.POSITIVE_INFINITY, noted: true });
      this.step(result);
      return stored;
    } catch (error) {
      if (!(error instanceof FlagTableFull)) throw error;
      return noColumns;
    }
  }

  /** @throws FlagTableFull, and the view is spent. */
  #numbered<T>(read: () => T): T {
    const { size } = this.table;
    try {
      const columns = read();
      if (this.table.size > size) this.#grew();
      return columns;
    } catch (error) {
      if (error instanceof FlagTableFull) this.giveUp();
      throw error;
    }
  }

  /** Takes in what this process changed; read back from the database when another change may lie between. */
  step(step: { readonly modseqBefore: number; readonly modseqAfter: number }): void {
    if (step.modseqAfter <= this.#highestModseq) return;
    if (step.modseqBefore <= this.#highestModseq) this.#highestModseq = step.modseqAfter;
    else this.hint(step.modseqAfter);
  }

  #isFresh(): boolean {
    if (this.#hinted > this.#highestModseq) return false;
    return this.#services.clock.nowMs() - this.#askedMs <= mailboxLimits.viewTrustMs;
  }

  /** Returns what was claimed as \Recent. */
  async #ask(claim: boolean): Promise<RecentClaim | null> {
    const { tenantId, accountId, mailboxId } = this.address;
    const after = this.#highestModseq;
    const askedMs = this.#services.clock.nowMs();
    this.#hinted = 0;
    const isFirst = after < 0;
    let view: PackedView | null;
    let expunged: readonly { readonly uid: number; readonly modseq: number }[] | null = [];
    try {
      [view, expunged] = await this.#services.db
        .tenant(
          tenantId,
          (tx) =>
            Promise.all([
              selectView(tx, accountId, mailboxId, after, claim),
              isFirst ? Promise.resolve([]) : selectExpunged(tx, accountId, mailboxId, after),
              claim ? doNotWaitForDisk(tx) : null,
            ]),
          { readOnly: !claim, oneTrip: true },
        )
        .catch(explainLook);
    } catch (error) {
      this.hint();
      if (error instanceof FlagTableFull) this.giveUp();
      throw error;
    }
    if (!view?.mailbox.selectable) {
      this.hint();
      throw noSuchMailbox();
    }
    const base = view.base && (await this.#decode(view.base));
    // Tombstones so old are pruned only if nobody looked for weeks, and a summary is good as a rule: begin again.
    if (expunged === null || (view.base && !base)) {
      this.columns.clear(view.mailbox.highestModseq);
      this.#highestModseq = -1;
    } else {
      this.#take(view, base, expunged);
      this.#askedMs = askedMs;
      if (isFirst) this.keepSummary();
    }
    if (view.claimed !== null) this.claimedRecent(view.claimed.upToUid);
    return view.claimed;
  }

  /** Null when it cannot be read; then it is gone, and the next look reads the rows. */
  async #decode({ modseq, summary }: NonNullable<PackedView["base"]>): Promise<FlagColumns | null> {
    try {
      return this.#numbered(() => decodeSummary(summary, this.table));
    } catch (error) {
      if (error instanceof FlagTableFull) throw error;
      const { tenantId, mailboxId } = this.address;
      this.#services.logger.error("mailbox.summary_unreadable", error, { tenantId, mailboxId });
      await this.#services.db.tenant(tenantId, (tx) => deleteSummary(tx, mailboxId, modseq));
      return null;
    }
  }

  #take(
    view: PackedView,
    base: FlagColumns | null,
    expunged: readonly { readonly uid: number; readonly modseq: number }[],
  ): void {
    const { mailbox } = view;
    const columns = this.#numbered(() => unpackColumns(view, this.table));
    this.#mailbox = mailbox;
    this.#keywords = view.knownKeywords;
    const isFirst = this.#highestModseq < 0;
    if (view.base && base) {
      this.columns.fill(base);
      this.columns.take(columns, { newFrom: 0, noted: false });
      this.columns.remove(view.base.gone.map((uid) => ({ uid, modseq: mailbox.highestModseq })));
      this.#summaryModseq = view.base.modseq;
    } else if (isFirst) this.columns.fill(columns);
    else this.columns.take(columns, { newFrom: this.#uidNext, noted: true });
    // The tombstones were read a moment after the view: those beyond it come again.
    this.columns.remove(expunged.filter(({ modseq }) => modseq <= mailbox.highestModseq));
    if (isFirst) this.columns.forget(mailbox.highestModseq);
    this.#uidNext = Math.max(this.#uidNext, mailbox.uidnext);
    this.#recentUid = Math.max(this.#recentUid, mailbox.recentUid);
    this.#highestModseq = Math.max(this.#highestModseq, mailbox.highestModseq);
  }

  /** Keeps what is known for whoever opens the mailbox with nothing in memory, if it is large and came far since. */
  keepSummary(): void {
    const isWorthIt =
      this.columns.count >= mailboxLimits.summaryMessagesMin &&
      this.#highestModseq >= this.#summaryModseq + mailboxLimits.summaryChangesKept;
    if (!isWorthIt) return;
    this.summarise().catch((error: unknown) =>
      this.#services.logger.debug("mailbox.summary_not_kept", { reason: String(error) }),
    );
  }

  /** Resolves when a summary is kept of what is known now, or was a moment ago. */
  summarise(): Promise<void> {
    this.#summarising ??= this.#writeSummary().finally(() => {
      this.#summarising = null;
    });
    return this.#summarising;
  }

  /** The columns may be ahead of the view's modseq: what changed is told by the database once more, and changes nothing. */
  async #writeSummary(): Promise<void> {
    const { tenantId, mailboxId } = this.address;
    const modseq = this.#highestModseq;
    const summary = encodeSummary(this.columns.whole, this.table);
    await this.#services.db.tenant(tenantId, (tx) => putSummary(tx, mailboxId, modseq, summary), { oneTrip: true });
    this.#summaryModseq = Math.max(this.#summaryModseq, modseq);
  }

  async #askVanished(after: number, upTo: number): Promise<Uint32Array> {
    const { tenantId, accountId, mailboxId } = this.address;
    return this.#services.db.tenant(
      tenantId,
      async (tx) => {
        const gone = await selectExpunged(tx, accountId, mailboxId, after);
        if (gone === null) return complement(await selectUids(tx, mailboxId), this.#uidNext);
        const uids = gone.filter(({ modseq }) => modseq <= upTo).map(({ uid }) => uid);
        return Uint32Array.from(uids).sort();
      },
      { readOnly: true },
    );
  }
}

const noColumns: FlagColumns = {
  uids: new Uint32Array(0),
  flagSets: new Uint32Array(0),
  modseqs: new Float64Array(0),
};

/** Every UID below `uidNext` that is not there: what an old client is told when tombstones are pruned (RFC 7162 §3.2.5). */
function complement(present: readonly number[], uidNext: number): Uint32Array {
  const absent = new Uint32Array(Math.max(0, uidNext - 1 - present.length));
  let at = 0;
  let next = 0;
  for (let uid = 1; uid < uidNext && at < absent.length; uid++) {
    if (present[next] === uid) next++;
    else absent[at++] = uid;
  }
  return absent.subarray(0, at);
}
