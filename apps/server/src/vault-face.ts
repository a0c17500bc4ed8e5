import { createVaultBackend, registerVaultRoutes } from "@casaforte/modules/backup";
import type { Face } from "@casaforte/platform/http";
import { type AgentRelease, registerAgentRelease } from "./agent-release.ts";
import { openFace } from "./open-face.ts";
import type { Services } from "./services.ts";
import { version } from "./version.ts";
import { tellRuns } from "./webhook-desk.ts";

/** The agents' face. Returns the way to stop what it watches. */
export function vaultFace(
  services: Services,
  release: AgentRelease | null = null,
): { readonly app: Face; readonly close: () => void } {
  const { db, clock, random, bus, logger, jobs, blobsOfSite, replicasOfSite, config } = services.core;
  const app = openFace("vault", services, "api");
  const backend = createVaultBackend({
    db,
    clock,
    random,
    logger: logger.with({ component: "vault" }),
    bus,
    jobs,
    blobStoreFor: blobsOfSite,
    replicaStoreFor: replicasOfSite,
    serverVersion: version,
    bandwidth: services.bandwidth,
    leaveOutZeros: config.vault.leaveOutZeros,
    runEnded: tellRuns(services.webhooks),
  });
  registerVaultRoutes(app, backend, { logger, clock });
  registerAgentRelease(app, release);
  return { app, close: () => backend.gate.close() };
}
