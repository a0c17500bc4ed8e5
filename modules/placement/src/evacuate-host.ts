import { type Actor, type Clock, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type Db, isViolation, type OperatorTx } from "@casaforte/platform/db";
import type { JobHandler, Jobs } from "@casaforte/platform/jobs";
import { moveSpace } from "./move-space.ts";
import { selectHosts } from "./store.ts";
import {
  countMoved,
  type Evacuation,
  endEvacuation,
  insertEvacuation,
  lockEvacuation,
  selectNextToMove,
} from "./store-moves.ts";

const task = "placement.evacuate";

/**
 * Promises that every space of a draining host moves to the other hosts of its site, as far as they have room.
 * @throws not_found `placement.host_not_found`, conflict `placement.not_draining`, `placement.already_emptying`.
 */
export async function evacuateHost(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly id: string; readonly hostId: string; readonly reason: string; readonly nowMs: number },
  jobs: Jobs,
): Promise<void> {
  const { id, hostId, reason } = input;
  const host = (await selectHosts(tx)).find((each) => each.id === hostId);
  if (host === undefined) throw new Failure("not_found", "placement.host_not_found", "there is no such host");
  if (host.state !== "draining")
    throw new Failure("conflict", "placement.not_draining", "only a draining host is emptied");
  try {
    await insertEvacuation(tx, { id, hostId, reason, askedAt: new Date(input.nowMs) });
  } catch (error) {
    if (!isViolation(error, "placement_evacuations_running")) throw error;
    throw new Failure("conflict", "placement.already_emptying", "its spaces are moving already", { cause: error });
  }
  await jobs.enqueue(tx, task, { id }, { key: id });
  await recordAudit(tx, actor, {
    action: "placement.evacuation_begun",
    object: { kind: "host", id: hostId },
    details: { spaces: host.spaces, reason },
  });
}

export interface EvacuationServices {
  readonly db: Db;
  readonly clock: Clock;
}

/** `placement.evacuate`: a transaction for each space, so that it goes on anywhere after a cut and nothing moves twice. */
export function jobHandlers(services: EvacuationServices): readonly JobHandler[] {
  const { db, clock } = services;
  return [
    {
      task,
      async run({ id }, { signal }) {
        for (let goesOn = true; goesOn; ) {
          signal.throwIfAborted();
          goesOn = await db.operator((tx) => moveNext(tx, String(id), clock.nowMs()));
        }
      },
    },
  ];
}

/** Moves the largest space that fits somewhere, or ends; false once it has ended. */
async function moveNext(tx: OperatorTx, id: string, nowMs: number): Promise<boolean> {
  const evacuation = await lockEvacuation(tx, id);
  if (evacuation === null) return false;
  const { hostId, reason } = evacuation;
  const host = (await selectHosts(tx)).find((each) => each.id === hostId);
  if (host?.state !== "draining") return end(tx, evacuation, "called_off", nowMs);
  const next = await selectNextToMove(tx, hostId);
  if (next === null) return end(tx, evacuation, host.spaces === 0 ? "emptied" : "out_of_room", nowMs);
  // An order may have taken the room meanwhile: the next turn looks again.
  if (await moveSpace(tx, system, { ...next, hostId: null, reason, nowMs })) await countMoved(tx, id);
  return true;
}

const system: Actor = { kind: "system", name: "placement" };

async function end(
  tx: OperatorTx,
  { id, hostId, moved }: Evacuation,
  state: Exclude<Evacuation["state"], "running">,
  nowMs: number,
): Promise<false> {
  await endEvacuation(tx, id, state, new Date(nowMs));
  const object = { kind: "host", id: hostId };
  await recordAudit(tx, system, { action: "placement.evacuation_ended", object, details: { state, moved } });
  return false;
}
