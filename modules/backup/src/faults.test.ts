import { expect, test } from "vitest";
import { depth } from "../../../tests/support/depth.test-support.ts";
import { seededRun } from "../../../tests/support/seed.test-support.ts";
import { startTestVault } from "./vault.test-support.ts";
import { runVaultFaults } from "./vault-faults.test-support.ts";

/** Of calls that kept nothing one of so many neighbours fails; in the chains of `npm run soak` each. */
const neighbours = depth(8, 2);
/** Something was kept and its answer lost: what is done again must find it, at every step. */
const kept: ReadonlySet<string> = new Set(["tenant transaction has committed", "blob is stored"]);

test("whichever answer is lost once, and whatever fails of the rest, a patient agent finishes, no invariant breaks and no rubbish stays", async () => {
  await using vault = await startTestVault();
  const random = seededRun("faults");
  let group = 0;
  let next = 0;
  let lost = 0;
  const { calls, lives, findings } = await runVaultFaults(vault, (_, what) => {
    if (kept.has(what)) {
      lost++;
      return true;
    }
    if (group % neighbours === 0) next = group + random.between(0, neighbours - 1);
    return group++ === next;
  });
  expect(findings).toEqual([]);
  expect(calls).toBeGreaterThan(100);
  expect(lost).toBeGreaterThan(20);
  expect(lives).toBeGreaterThanOrEqual(lost + Math.floor((calls - lost) / neighbours));
}, 600_000);
