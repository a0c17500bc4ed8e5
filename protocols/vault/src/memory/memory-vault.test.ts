import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { type VaultHarness, vaultConformance } from "../conformance/index.ts";
import { type MemoryVault, startMemoryVault } from "./index.ts";

describe("the memory vault", () => {
  const clock = new FakeClock();
  const random = new SeededRandom(11);
  let vault: MemoryVault;
  let harness: VaultHarness;
  beforeAll(async () => {
    vault = await startMemoryVault({ clock, random });
    harness = {
      baseUrl: vault.baseUrl,
      clock,
      random,
      addSpace: async (options) => vault.addSpace(options),
      enrolmentToken: async (spaceId) => vault.enrolmentToken(spaceId),
      restoreToken: async (deviceId) => vault.restoreToken(deviceId),
      revokeDevice: async (deviceId) => vault.revokeDevice(deviceId),
      setPolicy: async (deviceId, policy) => vault.setPolicy(deviceId, policy),
      requestRun: async (deviceId) => vault.requestRun(deviceId),
      advance: (ms) => clock.advance(ms),
    };
  });
  afterAll(() => vault?.close());
  vaultConformance(() => harness);
});
