import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareTrees } from "../interop/compare-trees.ts";
import { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { Agent, type AgentRun } from "./agent.test-support.ts";
import { killAndRevive, type Victim } from "./kills.test-support.ts";
import { TcpGate } from "./tcp-gate.test-support.ts";
import { changeTree, makeTree, type TreeSize } from "./tree.test-support.ts";

export interface BackupKillReport {
  readonly findings: readonly string[];
  readonly victims: readonly (Victim | "agent")[];
  readonly points: number;
}

export interface BackupKillPlan {
  readonly seed: number;
  readonly size: TreeSize;
  /** Asked before each kill. */
  goesOn(round: number): boolean;
  say(line: string): void;
}

const first = ["agent", "server", "database", "backend"] as const;
const later = ["agent", "agent", "server", "server", "database", "backend", "both"] as const;

/**
 * Kills agent, server and database in the middle of backups until `goesOn` says enough, lets the last backup end, and
 * restores every point that `points` lists: each must be the tree as it was.
 */
export async function runBackupKill(plan: BackupKillPlan): Promise<BackupKillReport> {
  const product = await Product.prepare();
  const top = mkdtempSync(join(tmpdir(), "cf-backup-kill-"));
  const random = new SimRandom(plan.seed);
  let gate: TcpGate | null = null;
  try {
    const { demo } = await product.start();
    gate = await TcpGate.open(() => {
      const { hostname, port } = new URL(product.endpoints.vault);
      return { host: hostname, port: Number(port) };
    });
    const agent = new Agent(join(top, "home"));
    const vault = `http://127.0.0.1:${gate.port}`;
    await agent.json("enroll", "--vault", vault, "--token", demo.enrolmentToken, "--name", "Simulated");
    return await new BackupKill(plan, product, gate, agent, top, random).run();
  } catch (error) {
    plan.say(product.output.slice(-4000));
    throw error;
  } finally {
    await gate?.close();
    await product.dispose();
    spawnSync("rm", ["-rf", top]);
  }
}

class BackupKill {
  readonly #plan: BackupKillPlan;
  readonly #product: Product;
  readonly #gate: TcpGate;
  readonly #agent: Agent;
  readonly #top: string;
  readonly #random: SimRandom;
  readonly #findings: string[] = [];
  readonly #victims: (Victim | "agent")[] = [];
  /** Which version of the tree each listed point must hold. */
  readonly #versionOf = new Map<string, number>();
  #version = 0;

  constructor(plan: BackupKillPlan, product: Product, gate: TcpGate, agent: Agent, top: string, random: SimRandom) {
    this.#plan = plan;
    this.#product = product;
    this.#gate = gate;
    this.#agent = agent;
    this.#top = top;
    this.#random = random;
  }

  get #tree(): string {
    return join(this.#top, "tree");
  }

  async run(): Promise<BackupKillReport> {
    makeTree(this.#tree, this.#plan.size, this.#random);
    this.#keepVersion();
    let run: AgentRun | null = null;
    let disturbances = 0;
    for (let round = 0; ; ) {
      run ??= await this.#agent.start("backup", this.#tree, "--json");
      const isLast = !this.#plan.goesOn(round);
      const moment = isLast ? new Promise<never>(() => {}) : this.#moment();
      const ended = await Promise.race([run.end, moment.then(() => null)]);
      if (ended === null) {
        disturbances++;
        if (await this.#kill(round++, run)) run = null;
        continue;
      }
      run = null;
      if (ended.code !== 0) {
        // Interrupted by what we did: the next run goes on. Without that it is a fault.
        if (disturbances-- <= 0) this.#findings.push(`backup ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
        if (this.#findings.length > 0) break;
        continue;
      }
      disturbances = 0;
      await this.#readPoints(true);
      if (isLast) break;
      this.#version++;
      changeTree(this.#tree, this.#plan.size, this.#random, this.#version);
      this.#keepVersion();
    }
    await this.#restoreAll();
    this.#findings.push(...(await this.#product.findings()));
    return { findings: this.#findings, victims: this.#victims, points: this.#versionOf.size };
  }

  /** Early, late, or in the very moment of the commit. */
  #moment(): Promise<void> {
    const { smallFiles, largeFiles, largeBytes } = this.#plan.size;
    const whole = ((smallFiles * 20_000 + largeFiles * largeBytes) / 2) * (this.#version === 0 ? 1 : 0.2);
    if (this.#random.between(0, 4) === 0) return this.#gate.afterText("/commit");
    return this.#gate.afterBytes(this.#random.between(100_000, Math.round(whole / 2)));
  }

  /** True when the agent was the one killed. */
  async #kill(round: number, run: AgentRun): Promise<boolean> {
    const victim = first[round] ?? this.#random.pick(later);
    this.#victims.push(victim);
    if (victim === "agent") {
      run.child.kill("SIGKILL");
      await run.end;
    } else {
      this.#findings.push(...(await killAndRevive(this.#product, victim, this.#random)));
      if (victim !== "backend") this.#findings.push(...(await this.#product.findings()));
    }
    await this.#readPoints(false);
    this.#plan.say(`round ${round}: killed the ${victim}; ${this.#versionOf.size} points`);
    return victim === "agent";
  }

  /** A point that appears belongs to the tree as it is now, since the tree changes between backups only. */
  async #readPoints(isDone: boolean): Promise<void> {
    const points = await this.#agent.json<{ pointId: string; state: string }[]>("points");
    for (const { pointId, state } of points) {
      if (state === "damaged") this.#findings.push(`point ${pointId} is damaged`);
      if (!this.#versionOf.has(pointId)) this.#versionOf.set(pointId, this.#version);
    }
    for (const known of this.#versionOf.keys())
      if (!points.some(({ pointId }) => pointId === known)) this.#findings.push(`point ${known} is gone`);
    if (isDone && ![...this.#versionOf.values()].includes(this.#version))
      this.#findings.push(`no point of version ${this.#version} although its backup ended well`);
  }

  #keepVersion(): void {
    mkdirSync(join(this.#top, "kept"), { recursive: true });
    const copy = spawnSync("cp", ["-a", this.#tree, join(this.#top, "kept", String(this.#version))]);
    if (copy.status !== 0) throw new Error(`cp: ${copy.stderr}`);
  }

  async #restoreAll(): Promise<void> {
    for (const [pointId, version] of this.#versionOf) {
      const to = join(this.#top, "restored");
      const { code, stdout, stderr } = await this.#agent.run("restore", pointId, "--to", to, "--json");
      if (code !== 0) this.#findings.push(`restore of ${pointId} ended with ${code}: ${stdout}${stderr}`);
      else {
        const found = compareTrees(join(this.#top, "kept", String(version)), join(to, this.#tree));
        this.#findings.push(...found.slice(0, 10).map((text) => `point ${pointId}, version ${version}: ${text}`));
      }
      spawnSync("rm", ["-rf", to]);
    }
  }
}
