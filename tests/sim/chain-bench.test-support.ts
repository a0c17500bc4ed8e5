import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policySettingsSchema } from "@casaforte/contract/policies";
import { toHex } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import { createVaultClient, type PointReply, type VaultClient, type VaultFetch } from "@casaforte/vault";
import { type EnrolledDevice, enrolDevice, listOf } from "@casaforte/vault/conformance";
import type { StorageKey } from "@casaforte/vbk/seal";
import { composePoint } from "../../apps/agent/src/chain/compose-point.ts";
import { listPoints } from "../../apps/agent/src/chain/find-point.ts";
import { unlockOrCreateChain } from "../../apps/agent/src/chain/unlock.ts";
import { currentVbm } from "../../apps/agent/src/chain/vbm.ts";
import { type BackupResult, backup } from "../../apps/agent/src/commands/backup.ts";
import type { RunContext } from "../../apps/agent/src/commands/context.ts";
import { restore } from "../../apps/agent/src/commands/restore.ts";
import { Notes } from "../../apps/agent/src/notes.ts";
import { systemRandom } from "../../apps/agent/src/outside.ts";
import { PatternList } from "../../apps/agent/src/select/pattern-list.ts";
import { Selection } from "../../apps/agent/src/select/selection.ts";
import { AgentHome } from "../../apps/agent/src/state/home.ts";
import { resolveRoots } from "../../apps/agent/src/tree/roots.ts";
import { createVaultFetch } from "../../apps/agent/src/vault-fetch.ts";
import { applyRetention } from "../../modules/backup/src/apply-retention.ts";
import { collectTenant } from "../../modules/backup/src/collect.ts";
import type { BackupServices } from "../../modules/backup/src/services.ts";
import type { TestVault } from "../../modules/backup/src/vault.test-support.ts";
import { compareTrees } from "../interop/compare-trees.ts";

export const dayMs = 86_400_000;
const chainId = "0198f000-0000-7000-8000-00000000000d";

export interface ChainRules {
  readonly retention: { points: number; days: number; weeks: number; months: number; years: number };
  readonly incrementsMax: number;
}

/** Time that passes by itself as soon as somebody waits. */
class HastyClock extends FakeClock {
  override sleep(ms: number): Promise<void> {
    return this.advance(ms);
  }
}

/** The agent's code in this process, a vault on PostgreSQL, one device, one tree, and a copy of the tree for each point. */
export class ChainBench implements Disposable {
  readonly vault: TestVault;
  readonly home: AgentHome;
  readonly tree: string;
  readonly device: EnrolledDevice;
  readonly findings: string[] = [];
  readonly #top: string;
  readonly #rules: ChainRules;
  readonly #storageKey: StorageKey;
  readonly #client: VaultClient;
  /** What each point must give back. Points of one tree share a copy. */
  readonly #copies = new Map<string, string>();
  #copyNumber = 0;

  private constructor(
    given: Pick<ChainBench, "vault" | "home" | "tree" | "device">,
    private_: { top: string; rules: ChainRules; storageKey: StorageKey; client: VaultClient },
  ) {
    this.vault = given.vault;
    this.home = given.home;
    this.tree = given.tree;
    this.#top = private_.top;
    this.device = given.device;
    this.#rules = private_.rules;
    this.#storageKey = private_.storageKey;
    this.#client = private_.client;
  }

  /** On a vault that may have other devices; it stays open. */
  static async open(vault: TestVault, rules: ChainRules, { lockDays = 0 } = {}): Promise<ChainBench> {
    // Threads of the agent start from its sources here, several for each restore.
    process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "cf-compiled-agent");
    const top = mkdtempSync(join(tmpdir(), "cf-chain-"));
    const device = await enrolDevice(vault.harness, { quotaBytes: 1e12, lockDays });
    await vault.harness.setPolicy(device.deviceId, { name: "days", settings: settingsOf(rules) });
    const client = clientOf(device, vault.harness.baseUrl);
    const home = new AgentHome(join(top, "home"));
    home.create();
    const password = async () => "correct horse";
    const storageKey = await unlockOrCreateChain({ vault: client, chainId, label: "laptop", password });
    return new ChainBench({ vault, home, tree: join(top, "tree"), device }, { top, rules, storageKey, client });
  }

  get spaceId(): string {
    return this.device.spaceId;
  }

  /** One backup as the agent makes it, over the vault as it is or as it is given. @throws what the agent does. */
  async backUp(over: { readonly baseUrl?: string; readonly fetch?: VaultFetch; readonly triesMax?: number } = {}) {
    const client = clientOf(this.device, over.baseUrl ?? this.vault.harness.baseUrl, over);
    const run = this.#context(client);
    const { incrementsMax } = this.#rules;
    const chain = { incrementsMax, repackBytesMax: 1e9 };
    const done: BackupResult = await backup(run, { roots: resolveRoots([this.tree]), full: false, chain });
    for (const { level, ...note } of run.notes.kept)
      if (level === "lost") this.findings.push(`lost in a backup: ${JSON.stringify(note)}`);
    if (run.notes.kept.length === 0) await this.#checkVbm(`after the backup of ${done.pointId}`);
    return { ...done, told: run.notes.kept };
  }

  /** Makes a point a full, as the agent does after a run. */
  compose(pointId: string): Promise<void> {
    return composePoint(this.#context(this.#client), { pointId, repackBytesMax: 0 });
  }

  /** Keeps the tree as it is now for all points that came since the last time. Returns those. */
  async keep(): Promise<readonly PointReply[]> {
    const fresh = (await listPoints(this.#client)).filter(({ pointId }) => !this.#copies.has(pointId));
    if (fresh.length === 0) return fresh;
    const copy = join(this.#top, `copy-${this.#copyNumber++}`);
    const made = spawnSync("cp", ["-a", "--reflink=auto", this.tree, copy]);
    if (made.status !== 0) throw new Error(`cp: ${made.stderr}`);
    for (const { pointId } of fresh) this.#copies.set(pointId, copy);
    return fresh;
  }

  /** What the vault's jobs do of a night: retention, then the collector. */
  async tend(services: BackupServices = this.vault.services): Promise<{ expired: number; partsDropped: number }> {
    const { signal } = new AbortController();
    const figures = { expired: 0, partsDropped: 0 };
    for (const tenantId of this.vault.tenants) {
      figures.expired += (await applyRetention(services, tenantId, signal)).pointsExpired;
      figures.partsDropped += (await collectTenant(services, tenantId, signal)).partsDropped;
    }
    return figures;
  }

  /** Restores every point that is left and compares it with the tree of its moment; forgets copies that no point needs. */
  async check(when: string): Promise<number> {
    const points = await listPoints(this.#client);
    this.#forget(new Set(points.map(({ pointId }) => pointId)));
    for (const point of points) await this.checkPoint(point, when);
    this.findings.push(...(await this.vault.findings()).map((line) => `${when}: ${line}`));
    return points.length;
  }

  /** Restores one point and compares it with the tree of its moment. */
  async checkPoint(point: PointReply, when: string): Promise<void> {
    const path = join(this.#top, "restored");
    const run = this.#context(this.#client);
    const selection = new Selection({ paths: [], include: new PatternList([]), exclude: new PatternList([]) });
    const choices = { selection, isLimited: false, onConflict: undefined, check: false, home: this.home };
    const label = `${when}, ${point.kind} of ${point.at}`;
    try {
      await restore({ ...run, point }, { destination: { kind: "directory", path }, ...choices });
      const differences = compareTrees(this.#copies.get(point.pointId) ?? "", join(path, this.tree), { owners: false });
      this.findings.push(...differences.map((line) => `${label}: ${line}`));
    } catch (error) {
      this.findings.push(`${label}: ${error}`);
    }
    rmSync(path, { recursive: true, force: true });
  }

  /** The points as the vault lists them. */
  points(): Promise<readonly PointReply[]> {
    return listPoints(this.#client);
  }

  [Symbol.dispose](): void {
    this.#storageKey.destroy();
    rmSync(this.#top, { recursive: true, force: true });
  }

  /** The VBM that the agent has just written says of each file, and of no other, what the vault and the file say. */
  async #checkVbm(when: string): Promise<void> {
    const { document } = await currentVbm({ vault: this.#client, chainId, storageKey: this.#storageKey });
    const files = await listOf(this.#client.files({ chainId }));
    const hex = (root: Uint8Array | null | undefined) => (root ? toHex(root) : null);
    const written = document?.points.map((point) => ({
      kind: point.kind,
      fileName: point.fileName,
      fileBytes: point.fileBytes,
      createdMs: point.createdMs,
      root: hex(point.root),
      parentRoot: hex(point.parentRoot),
      standsFor: hex(point.standsFor),
    }));
    const stored = files.map((file) => ({
      kind: file.kind === "vbk" ? "full" : "increment",
      fileName: file.fileName,
      fileBytes: file.size,
      createdMs: Math.floor(Date.parse(file.at) / 1000) * 1000,
      root: file.fileRoot,
      parentRoot: file.parent?.fileRoot ?? null,
      standsFor: file.standsFor,
    }));
    if (JSON.stringify(written) !== JSON.stringify(stored))
      this.findings.push(`${when}: the VBM says ${JSON.stringify(written)} of ${JSON.stringify(stored)}`);
  }

  #forget(left: ReadonlySet<string>): void {
    for (const pointId of [...this.#copies.keys()]) if (!left.has(pointId)) this.#copies.delete(pointId);
    const kept = new Set(this.#copies.values());
    for (let number = 0; number < this.#copyNumber; number++) {
      const copy = join(this.#top, `copy-${number}`);
      if (!kept.has(copy)) rmSync(copy, { recursive: true, force: true });
    }
  }

  #context(vault: VaultClient): RunContext {
    const { deviceId, token: deviceToken, spaceId } = this.device;
    const names = { name: "laptop", spaceName: "space" };
    return {
      home: this.home,
      enrolment: { vaultUrl: this.vault.harness.baseUrl, deviceId, deviceToken, spaceId, chainId, ...names },
      vault,
      storageKey: this.#storageKey,
      notes: new Notes(),
      onProgress: () => undefined,
      signal: new AbortController().signal,
    };
  }
}

function clientOf(
  { token }: EnrolledDevice,
  baseUrl: string,
  { fetch = createVaultFetch(), triesMax }: { readonly fetch?: VaultFetch; readonly triesMax?: number } = {},
): VaultClient {
  const tries = triesMax === undefined ? {} : { triesMax };
  return createVaultClient({ baseUrl, token, fetch, clock: new HastyClock(), random: systemRandom, ...tries });
}

const settingsOf = ({ retention, incrementsMax }: ChainRules) =>
  policySettingsSchema.parse({
    sources: [{ kind: "directory", name: "everything", paths: ["/"] }],
    schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "UTC" },
    retention,
    lockDays: null,
    bandwidth: { bytesPerSecond: null, windows: [] },
    hooks: { before: [], after: [] },
    compression: "fast",
    snapshot: "off",
    chain: { incrementsMax, repackBytesMax: 1e9 },
    verify: null,
    alerts: { onFailure: true, noSuccessDays: 0 },
  });
