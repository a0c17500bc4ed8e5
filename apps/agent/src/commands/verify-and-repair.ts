import { forgetDamage } from "../chain/damage.ts";
import { Notes } from "../notes.ts";
import type { AgentHome } from "../state/home.ts";
import type { ReadContext } from "./context.ts";
import { noRepair, type RepairResult, repairPoint, troubleOf } from "./repair-point.ts";
import { type VerifyPointResult, verify } from "./verify.ts";

/**
 * Reads a whole point; when it is damaged, mends what this machine can and reads it again. What is named is still lost,
 * or was when it was last read to the end: trouble on the way takes nothing from the verdict.
 */
export async function verifyAndRepair(
  home: AgentHome,
  context: ReadContext,
): Promise<VerifyPointResult & { readonly repair: RepairResult }> {
  let done = await verify(context);
  let repair = done.lost > 0 ? await repairPoint(context) : noRepair;
  if (repair.mendedBlocks > 0) {
    const unread = await troubleOf(async () => {
      done = await verify({ ...context, notes: new Notes() });
    }, context.signal);
    repair = { ...repair, trouble: repair.trouble ?? unread };
  }
  if (done.lost === 0) forgetDamage(home, done);
  return { ...done, repair };
}
