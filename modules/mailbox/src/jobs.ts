import { FlagTableFull } from "@casaforte/imap";
import { type Actor, type BlobId, Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { purgeMailAccount } from "./change-mail-account.ts";
import type { MailAccountHooks } from "./http-services.ts";
import { mailboxLimits } from "./limits.ts";
import { MailboxView } from "./mailbox-view.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { lockDeletedAccount, selectAddresses, selectPurgeableAccounts } from "./store-accounts.ts";
import {
  deleteDeadReferences,
  deletePrunedChanges,
  deletePrunedTombstones,
  deleteSupersededChanges,
  markForgottenContents,
  noteHorizon,
  selectKnownBlobs,
  selectUnsummarised,
  takeDeadContents,
  takeOldUploads,
} from "./store-jobs.ts";

/** Tells which of these blobs some module still needs. */
export type BlobReferences = (tx: TenantTx, ids: readonly BlobId[]) => Promise<readonly BlobId[]>;

/** The mail store's own answer, for whoever sweeps the same blob store. */
export const mailboxBlobReferences: BlobReferences = selectKnownBlobs;

export interface MailboxJobServices extends MailboxEdgeServices {
  /**
   * Every other module that keeps blobs in the same store. Without it blobs that never got a row stay where they are;
   * with it a blob older than the grace that nobody claims is deleted.
   */
  readonly otherBlobReferences?: readonly BlobReferences[];
  /** True for an account that the end of its domain takes away, stored files and all: then that alone does. */
  isLeaving?(tx: TenantTx, accountId: MailAccountId): Promise<boolean>;
  /** What other modules keep of an account ends with it, in the same transaction (R81, R104). */
  readonly ends?: {
    readonly purged: MailAccountHooks["purged"];
    /** Sign-ins of mail accounts that let nobody in any more; those whose account is gone end too. */
    closedSignIns(tx: TenantTx): Promise<readonly MailAccountId[]>;
  };
}

const dayMs = 24 * 60 * 60 * 1000;
const collectBatch = 500;
const collector: Actor = { kind: "system", name: "mailbox.collect" };

export const jobSchedules: readonly JobSchedule[] = [
  { task: "mailbox.collect", everyMs: 60 * 60 * 1000 },
  { task: "mailbox.prune", everyMs: 60 * 60 * 1000 },
  { task: "mailbox.summarise", everyMs: mailboxLimits.summariseEveryMs },
];

/** Collects what nobody uses and forgets what nobody may ask any more. Both may run at any time and any number of times. */
export function jobHandlers(services: MailboxJobServices): readonly JobHandler[] {
  return [
    {
      task: "mailbox.collect",
      async run(_payload, context) {
        const { signal } = context;
        await sweepTenants(services.db, context, async ({ tenantId }) => {
          if (await services.isHeld?.(tenantId)) return;
          await purgeOldAccounts(services, tenantId);
          await endStraySignIns(services, tenantId);
          await collectContents(services, tenantId, signal);
          await collectStrayBlobs(services, tenantId, signal);
        });
      },
    },
    {
      task: "mailbox.prune",
      async run(_payload, context) {
        const { signal } = context;
        await sweepTenants(services.db, context, async ({ tenantId }) => {
          const nowMs = services.clock.nowMs();
          // Under a hold the contents stay, and with them what tells whose they were: by it an end finds their files.
          const isHeld = await services.isHeld?.(tenantId);
          await services.db.tenant(tenantId, async (tx) => {
            await noteHorizon(tx, new Date(nowMs), new Date(nowMs - mailboxLimits.tombstoneDays * dayMs));
          });
          const { prunedChangesAtOnce, supersededChangesAtOnce } = mailboxLimits;
          await inPieces(prunedChangesAtOnce, services, tenantId, signal, deletePrunedChanges);
          await inPieces(supersededChangesAtOnce, services, tenantId, signal, deleteSupersededChanges);
          await services.db.tenant(tenantId, async (tx) => {
            if (!isHeld) await deletePrunedTombstones(tx);
            await deleteDeadReferences(tx);
          });
        });
      },
    },
    {
      task: "mailbox.summarise",
      async run(_payload, context) {
        await sweepTenants(services.db, context, ({ tenantId }) => summariseLarge(services, tenantId, context.signal));
      },
    },
  ];
}

/** The first time, and after a long stop, there is more than one statement deletes in its time. */
async function inPieces(
  limit: number,
  services: MailboxEdgeServices,
  tenantId: TenantId,
  signal: AbortSignal,
  deleteSome: (tx: TenantTx, limit: number) => Promise<number>,
): Promise<void> {
  for (let deleted = limit; deleted === limit; ) {
    signal.throwIfAborted();
    deleted = await services.db.tenant(tenantId, (tx) => deleteSome(tx, limit));
  }
}

/** So that whoever opens a large mailbox finds a summary, though nobody opened it since it grew. */
async function summariseLarge(services: MailboxEdgeServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const due = await services.db.tenant(tenantId, (tx) => selectUnsummarised(tx), { readOnly: true });
  for (const { accountId, mailboxId } of due) {
    signal.throwIfAborted();
    const view = new MailboxView(services, { tenantId, accountId, mailboxId });
    try {
      await view.refresh();
      await view.summarise();
    } catch (error) {
      if (signal.aborted) throw error;
      // It was deleted meanwhile, or holds too many combinations of flags.
      if (error instanceof FlagTableFull || (error instanceof Failure && error.kind === "not_found")) continue;
      // The others need not wait for what is wrong with this one.
      services.logger.error("mailbox.not_summarised", error, { tenantId, mailboxId });
    }
  }
}

async function purgeOldAccounts(services: MailboxJobServices, tenantId: TenantId): Promise<void> {
  const before = new Date(services.clock.nowMs() - mailboxLimits.deletedAccountDays * dayMs);
  const ids = await services.db.tenant(tenantId, (tx) => selectPurgeableAccounts(tx, before));
  for (const accountId of ids)
    await services.db.tenant(tenantId, async (tx) => {
      // The lock first: an end of its domain that begins meanwhile waits, or is seen.
      if (!(await lockDeletedAccount(tx, accountId)) || (await services.isLeaving?.(tx, accountId))) return;
      await purgeMailAccount(tx, collector, { accountId });
      await services.ends?.purged(tx, collector, { account: { id: accountId } });
    });
}

/** Accounts once went by age without their sign-in, which kept the address from being made again. */
async function endStraySignIns({ db, ends }: MailboxJobServices, tenantId: TenantId): Promise<void> {
  if (!ends) return;
  await db.tenant(tenantId, async (tx) => {
    const closed = await ends.closedSignIns(tx);
    const there = await selectAddresses(tx, closed);
    for (const id of closed) if (!there.has(id)) await ends.purged(tx, collector, { account: { id } });
  });
}

/** Row first, blob after the commit: a crash between leaves a blob without a row, never a row without a blob. */
async function collectContents(services: MailboxJobServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const now = new Date(services.clock.nowMs());
  const before = new Date(now.getTime() - mailboxLimits.recoverDays * dayMs);
  const uploadedBefore = new Date(now.getTime() - mailboxLimits.blobGraceMs);
  await services.db.tenant(tenantId, (tx) => markForgottenContents(tx, now));
  for (let found = collectBatch; found === collectBatch; ) {
    signal.throwIfAborted();
    const ids = await services.db.tenant(tenantId, async (tx) => [
      ...(await takeDeadContents(tx, before, collectBatch)),
      ...(await takeOldUploads(tx, uploadedBefore, collectBatch)),
    ]);
    await deleteUnclaimed(services, tenantId, ids);
    found = ids.length >= collectBatch ? collectBatch : 0;
  }
}

/** Blobs whose append never came. */
async function collectStrayBlobs(services: MailboxJobServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  if (!services.otherBlobReferences) return;
  const beforeMs = services.clock.nowMs() - mailboxLimits.blobGraceMs;
  let batch: BlobId[] = [];
  for await (const { id, createdMs } of services.blobs.list(tenantId)) {
    signal.throwIfAborted();
    if (createdMs < beforeMs) batch.push(id);
    if (batch.length < collectBatch) continue;
    await deleteUnclaimed(services, tenantId, batch);
    batch = [];
  }
  if (batch.length > 0) await deleteUnclaimed(services, tenantId, batch);
  await services.blobs.reclaim?.(tenantId);
}

async function deleteUnclaimed(
  services: MailboxJobServices,
  tenantId: TenantId,
  ids: readonly BlobId[],
): Promise<void> {
  for (const id of await unclaimedBlobs(services, tenantId, ids)) await services.blobs.delete(tenantId, id);
}

/** Which of these no row names. The mail store is asked first and last: a blob may move to it from another module meanwhile. */
export async function unclaimedBlobs(
  services: Pick<MailboxJobServices, "db" | "otherBlobReferences">,
  tenantId: TenantId,
  ids: readonly BlobId[],
): Promise<readonly BlobId[]> {
  let unclaimed = ids;
  for (const references of [mailboxBlobReferences, ...(services.otherBlobReferences ?? []), mailboxBlobReferences]) {
    if (unclaimed.length === 0) break;
    const asked = unclaimed;
    const claimed = new Set(await services.db.tenant(tenantId, (tx) => references(tx, asked), { readOnly: true }));
    unclaimed = asked.filter((id) => !claimed.has(id));
  }
  return unclaimed;
}
