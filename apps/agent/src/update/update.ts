import { compareAgentVersions } from "@casaforte/contract/agent-release";
import { Failure } from "@casaforte/kernel";
import { agentVersion } from "../commands/context.ts";
import type { AgentHome } from "../state/home.ts";
import { takeRunLock } from "../state/run-lock.ts";
import { currentVersion, type InstalledAgent, wasGivenUp } from "./installed.ts";
import { fetchArchive, fetchManifest, type ReleaseSource } from "./release.ts";
import { removeLeftovers, switchVersion } from "./switch-version.ts";

export interface UpdateInput extends ReleaseSource {
  readonly installed: InstalledAgent;
  readonly home: AgentHome;
  /** Only say what there is. */
  readonly checkOnly: boolean;
  /** A version that was tried and did not stay up is left alone. */
  readonly sparesGivenUp: boolean;
}

export interface UpdateResult {
  readonly result: "current" | "available" | "updated" | "given_up";
  /** What ran when it was asked. */
  readonly version: string;
  readonly offered: string;
}

/**
 * Asks the vault for the agent's newest version and takes it, if the pinned key signed it and it is newer than this one
 * and than the one that is started next. What runs goes on running; the new one is started the next time.
 * @throws conflict `agent.update_older`, unsupported `agent.update_platform`, what `fetchManifest`, `fetchArchive` and
 *   `switchVersion` throw, locked `agent.running`.
 */
export async function update(input: UpdateInput): Promise<UpdateResult> {
  const { installed, checkOnly, sparesGivenUp, signal } = input;
  // Two processes at once would compare with what the other is about to replace.
  using _lock = checkOnly ? null : takeRunLock(input.home, "update.lock");
  const manifest = await fetchManifest(input, installed.publicKey);
  const offered = manifest.version;
  const current = currentVersion(installed);
  const newest = compareAgentVersions(current, agentVersion) > 0 ? current : agentVersion;
  const difference = compareAgentVersions(offered, newest);
  const done = (result: UpdateResult["result"]): UpdateResult => ({ result, version: agentVersion, offered });
  if (difference < 0)
    throw new Failure("conflict", "agent.update_older", `the vault offers ${offered}, older than ${newest}`);
  if (offered === agentVersion) return done("current");
  if (sparesGivenUp && wasGivenUp(installed, offered)) return done("given_up");
  // Taken before, by another process: it waits for the next start.
  if (difference === 0) return done("updated");
  const platform = `${process.platform}-${process.arch}`;
  const archive = manifest.archives.find((each) => each.platform === platform);
  const hasNode = Number(process.versions.node.split(".")[0]) >= manifest.nodeMajorMin;
  if (archive === undefined || !hasNode) {
    const why = hasNode ? `there is none for ${platform}` : `it needs Node ${manifest.nodeMajorMin}`;
    throw new Failure("unsupported", "agent.update_platform", `version ${offered} cannot run here: ${why}`);
  }
  if (checkOnly) return done("available");
  removeLeftovers(installed);
  await switchVersion(installed, { version: offered, archive: await fetchArchive(input, archive), signal });
  return done("updated");
}
