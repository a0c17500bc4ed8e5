import { forgetDamage } from "../chain/damage.ts";
import { Notes } from "../notes.ts";
import type { AgentHome } from "../state/home.ts";
import type { ReadContext } from "./context.ts";
import { type RepairResult, repairPoint } from "./repair-point.ts";
import { type VerifyPointResult, verify } from "./verify.ts";

/** Reads a whole point; when it is damaged, mends what this machine can and reads it again. What is named is still lost. */
export async function verifyAndRepair(
  home: AgentHome,
  context: ReadContext,
): Promise<VerifyPointResult & { readonly repair: RepairResult }> {
  const first = await verify(context);
  const repair = first.lost > 0 ? await repairPoint(context) : { damagedBlocks: 0, mendedBlocks: 0 };
  const done = repair.mendedBlocks > 0 ? await verify({ ...context, notes: new Notes() }) : first;
  if (done.lost === 0) forgetDamage(home, done);
  return { ...done, repair };
}
