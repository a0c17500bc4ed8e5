import { type Actor, type Bytes, Failure, type MailAccountId, newId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { exportMessages, readMailAccount } from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import { transferLimits } from "./limits.ts";
import { pumped } from "./pumped.ts";
import type { TransferServices } from "./services.ts";
import {
  expireTakeouts,
  failTakeout,
  finishTakeout,
  insertTakeout,
  noteTakeout,
  selectTakeout,
  touchStranded,
} from "./store-takeouts.ts";
import type { TakeoutFormat, TakeoutId } from "./takeout.ts";
import { writeTakeout } from "./write-takeout.ts";

type OwnerActor = Extract<Actor, { kind: "mail_account" }>;
type Services = Pick<TransferServices, "db" | "blobs" | "clock" | "random" | "jobs">;

export const takeoutTask = "transfers.takeout";

/**
 * An owner asks for all of an account's mail as a ZIP; a job makes it (R62, R63). The one before is gone then.
 * @throws conflict `transfers.takeout_running`.
 */
export async function requestTakeout(
  tx: TenantTx,
  actor: OwnerActor,
  input: { readonly format: TakeoutFormat },
  { clock, random, jobs }: Pick<Services, "clock" | "random" | "jobs">,
): Promise<TakeoutId> {
  const accountId: MailAccountId = actor.mailAccountId;
  const account = await readMailAccount(tx, actor, { accountId });
  const id = newId<TakeoutId>(clock, random);
  const at = new Date(clock.nowMs());
  const row = { id, accountId, format: input.format, total: Number(account.messages), at };
  if (!(await insertTakeout(tx, row)))
    throw new Failure("conflict", "transfers.takeout_running", "an archive of this mailbox is being made");
  // The collector takes its bytes, which asks whether they may go (R92).
  await expireTakeouts(tx, { accountId });
  await enqueueTakeout(tx, { jobs }, id);
  await recordAudit(tx, actor, {
    action: "transfers.takeout_requested",
    object: { kind: "takeout", id },
    details: { format: input.format },
  });
  return id;
}

/** Waits in the queue for its turn. */
export async function enqueueTakeout(
  tx: TenantTx,
  { jobs }: Pick<TransferServices, "jobs">,
  id: TakeoutId,
  runAtMs?: number,
): Promise<void> {
  const options = { key: id, attemptsMax: transferLimits.takeoutTries };
  await jobs.enqueue(tx, takeoutTask, { id }, runAtMs === undefined ? options : { ...options, runAtMs });
}

/** Those whose job was given up wait anew; after a day one has failed, so that its owner may ask for another. */
export async function mendStranded(tx: TenantTx, { clock, jobs }: Pick<Services, "clock" | "jobs">): Promise<void> {
  const nowMs = clock.nowMs();
  const stranded = await touchStranded(tx, new Date(nowMs - transferLimits.strandedMs), new Date(nowMs));
  for (const { id, requestedAt } of stranded)
    if (nowMs - requestedAt.getTime() > transferLimits.takeoutTriedMs) await failTakeout(tx, id, "internal");
    else await enqueueTakeout(tx, { jobs }, id);
}

/** Makes the archive. Again after a crash: it is made anew, and what was stored of the first is collected. */
export async function runTakeout(
  services: Services,
  tenantId: TenantId,
  id: TakeoutId,
  context: { readonly signal: AbortSignal; readonly isLastTry: boolean },
): Promise<void> {
  const { db, blobs, clock } = services;
  const takeout = await db.tenant(tenantId, (tx) => selectTakeout(tx, id), { readOnly: true });
  if (takeout === null || (takeout.state !== "waiting" && takeout.state !== "running")) return;
  let [done, bytes, toldMs] = [0, 0, 0];
  const tell = async (sizeBytes: number) => {
    context.signal.throwIfAborted();
    done++;
    bytes += sizeBytes;
    if (clock.nowMs() - toldMs < transferLimits.takeoutToldEveryMs) return;
    toldMs = clock.nowMs();
    await db.tenant(tenantId, (tx) => noteTakeout(tx, id, { done, bytes, at: new Date(toldMs) }));
  };
  try {
    const scope = { accountId: takeout.accountId, withLost: true };
    const messages = exportMessages({ db, blobs }, tenantId, scope, context.signal);
    const archive: AsyncIterable<Bytes> = pumped((write) => writeTakeout(takeout.format, messages, write, tell));
    const stored = await blobs.put(tenantId, archive, { signal: context.signal });
    const nowMs = clock.nowMs();
    const made = { blobId: stored.id, done, bytes: stored.size, at: new Date(nowMs) };
    const expiresAt = new Date(nowMs + transferLimits.takeoutLifeMs);
    const isWanted = await db.tenant(tenantId, (tx) => finishTakeout(tx, id, { ...made, expiresAt }));
    if (!isWanted) await blobs.delete(tenantId, stored.id);
  } catch (error) {
    if (context.isLastTry && !context.signal.aborted)
      await db.tenant(tenantId, (tx) => failTakeout(tx, id, error instanceof Failure ? error.code : "internal"));
    throw error;
  }
}
