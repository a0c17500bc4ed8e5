import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { copyFolder, type Ended, giveUpFolder, type Run } from "./copy-folder.ts";
import { planFolders } from "./folder-plan.ts";
import { transferLimits } from "./limits.ts";
import type { Remote } from "./remote.ts";
import { openPassword } from "./seal.ts";
import type { TransferServices } from "./services.ts";
import { lockTransfer, noteTrouble, noteTurn, selectTransfer, updateTransfer } from "./store.ts";
import { insertFolders, selectFolders } from "./store-folders.ts";
import type { Transfer, TransferId } from "./transfer.ts";

const actor: Actor = { kind: "system", name: "transfers.copy" };
export const copyTask = "transfers.copy";

/** Troubles that time does not mend: it stands still until somebody did something about it. */
const standing = new Set(["unauthenticated", "forbidden", "over_quota", "corrupt"]);
const standingCodes = new Set(["transfers.certificate", "transfers.no_tls", "net.no_such_host"]);

/**
 * One turn of a transfer: connects, lists, copies until it is done, paused, or others wait. It goes on where it stood,
 * whatever ended the turn before (R12).
 */
export async function runTransfer(
  services: TransferServices,
  tenantId: TenantId,
  id: TransferId,
  context: { readonly signal: AbortSignal; readonly isLastTry: boolean },
): Promise<void> {
  const { db, clock } = services;
  const begun = await db.tenant(tenantId, (tx) => begin(tx, services, id));
  if (begun === null) return;
  let hasMoved = false;
  const turnEndsMs = clock.nowMs() + transferLimits.sliceMs;
  const turn = endingTurn(services, context.signal);
  try {
    const ended = await copyAll(services, tenantId, begun, turn.signal, {
      isLastTry: context.isLastTry,
      mayGoOn: () => clock.nowMs() < turnEndsMs,
      moved: () => {
        hasMoved = true;
      },
    });
    if (ended === "stopped") return;
    await db.tenant(tenantId, async (tx) => {
      if ((await lockTransfer(tx, id))?.state !== "running") return;
      if (ended === "turn_over") return enqueueTransfer(tx, services, id);
      await settle(tx, services, id, "done", null);
    });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof Failure) && !context.isLastTry) throw error;
    const code = error instanceof Failure ? error.code : "internal";
    const isStanding = error instanceof Failure && (standing.has(error.kind) || standingCodes.has(code));
    const isGoingOn = await db.tenant(tenantId, async (tx) => {
      const locked = await lockTransfer(tx, id);
      if (locked?.state !== "running") return true;
      // Resumed with another password meanwhile: what became of the old one says nothing of it.
      if (locked.secret !== null && Buffer.compare(locked.secret, begun.secret) !== 0) return true;
      if (code === "mailbox.account_not_found") await settle(tx, services, id, "cancelled", code);
      else if (isStanding || (context.isLastTry && !hasMoved)) await settle(tx, services, id, "paused", code);
      else {
        await noteTrouble(tx, id, code);
        // What brought something begins its patience anew.
        if (!hasMoved) return false;
        await enqueueTransfer(tx, services, id, clock.nowMs() + transferLimits.waitMs);
      }
      return true;
    });
    if (!isGoingOn) throw error;
  } finally {
    turn.over();
  }
}

/** Ends with the job, or when a server that lets its answers drip has had its time. */
function endingTurn({ clock }: TransferServices, signal: AbortSignal): { readonly signal: AbortSignal; over(): void } {
  const limit = new AbortController();
  const waiting = new AbortController();
  const tooSlow = new Failure("unavailable", "transfers.unreachable", "the other server is too slow");
  clock.sleep(transferLimits.turnMsMax, waiting.signal).then(
    () => limit.abort(tooSlow),
    () => {},
  );
  return { signal: AbortSignal.any([signal, limit.signal]), over: () => waiting.abort() };
}

/** Waits in the queue for its (next) turn. */
export async function enqueueTransfer(
  tx: TenantTx,
  { jobs }: Pick<TransferServices, "jobs">,
  id: TransferId,
  runAtMs?: number,
): Promise<void> {
  const options = { key: id, attemptsMax: transferLimits.attemptsMax };
  await jobs.enqueue(tx, copyTask, { id }, runAtMs === undefined ? options : { ...options, runAtMs });
}

interface Begun {
  readonly transfer: Transfer;
  readonly password: string;
  /** The password as it is kept. */
  readonly secret: Uint8Array;
}

async function begin(tx: TenantTx, services: TransferServices, id: TransferId): Promise<Begun | null> {
  const locked = await lockTransfer(tx, id);
  if (locked === null || locked.secret === null || (locked.state !== "waiting" && locked.state !== "running"))
    return null;
  const transfer = await selectTransfer(tx, id);
  if (transfer === null) return null;
  const at = new Date(services.clock.nowMs());
  if (locked.state === "waiting") await updateTransfer(tx, id, { state: "running", problem: null, at });
  else await noteTurn(tx, id, at);
  return { transfer, password: openPassword(services.secretKey, id, locked.secret), secret: locked.secret };
}

async function copyAll(
  services: TransferServices,
  tenantId: TenantId,
  { transfer, password }: Begun,
  signal: AbortSignal,
  { isLastTry, ...turn }: Pick<Run, "mayGoOn" | "moved"> & { readonly isLastTry: boolean },
): Promise<Ended> {
  const { db } = services;
  const { id, accountId, host, port, security, user } = transfer;
  const remote: Remote = await services.openRemote({ host, port, security, user, password }, signal);
  try {
    const planned = planFolders((await remote.folders()).slice(0, transferLimits.foldersMax));
    const folders = await db.tenant(tenantId, async (tx) => {
      if ((await lockTransfer(tx, id))?.state !== "running") return null;
      await insertFolders(tx, id, planned);
      await noteTrouble(tx, id, null);
      return selectFolders(tx, id);
    });
    if (folders === null) return "stopped";
    const run = { services, tenantId, id, accountId, remote, signal, ...turn };
    const refused: Failure[] = [];
    for (const folder of folders) {
      signal.throwIfAborted();
      if (folder.state === "done") continue;
      const ended = await copyFolder(run, folder).catch((error: unknown) => {
        if (!(error instanceof Failure) || error.code !== "transfers.refused") throw error;
        if (isLastTry) return giveUpFolder(run, folder);
        refused.push(error);
        return null;
      });
      // Tried again with the next turn, when the others are done.
      if (ended === null) continue;
      if (ended !== "finished") return ended;
      run.moved();
      if (!run.mayGoOn()) return "turn_over";
    }
    for (const failure of refused) throw failure;
    return "finished";
  } finally {
    await remote.close();
  }
}

/** It is over, or stands still: the log tells. */
async function settle(
  tx: TenantTx,
  { clock }: TransferServices,
  id: TransferId,
  state: "done" | "paused" | "cancelled",
  problem: string | null,
): Promise<void> {
  await updateTransfer(tx, id, { state, problem, at: new Date(clock.nowMs()) });
  await recordAudit(tx, actor, {
    action: `transfers.transfer_${state}`,
    object: { kind: "transfer", id },
    details: problem === null ? {} : { problem },
  });
}
