import { expect, test } from "vitest";
import { seededRun } from "../../../tests/support/seed.test-support.ts";
import { startTestVault } from "./vault.test-support.ts";
import { runVaultFaults } from "./vault-faults.test-support.ts";

/** One of so many neighbouring calls fails here; in `npm run soak` each. */
const neighbours = 3;

test("whichever call fails once, a patient agent finishes, no invariant breaks and no rubbish stays", async () => {
  await using vault = await startTestVault();
  const random = seededRun("faults");
  let next = 0;
  const { calls, lives, findings } = await runVaultFaults(vault, (k) => {
    if (k % neighbours === 1) next = k + random.between(0, neighbours - 1);
    return k === next;
  });
  expect(findings).toEqual([]);
  expect(calls).toBeGreaterThan(100);
  expect(lives).toBeGreaterThanOrEqual(Math.floor(calls / neighbours));
}, 600_000);
