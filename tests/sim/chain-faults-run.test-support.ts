import type { VaultFetch } from "@casaforte/vault";
import { createVaultFetch } from "../../apps/agent/src/vault-fetch.ts";
import { faultyBlobs, faultyDb } from "../../modules/backup/src/faulty-ports.test-support.ts";
import { sweepOrphans } from "../../modules/backup/src/orphan-sweep.ts";
import { siteId, type TestVault } from "../../modules/backup/src/vault.test-support.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { ChainBench, dayMs } from "./chain-bench.test-support.ts";
import { faultyDisk } from "./faulty-disk.test-support.ts";
import { EditedTree } from "./tree-edits.test-support.ts";

export interface ChainFaults {
  readonly random: SimRandom;
  /** One day for each: every k-th call of agent and vault fails in it, some times. */
  readonly ks: readonly number[];
  /** All points are restored and compared after so many days, and at the end. */
  readonly checkEveryDays: number;
  say(line: string): void;
}

export interface ChainFaultsReport {
  readonly findings: readonly string[];
  readonly faults: number;
  /** Runs of the agent that ended with an error. */
  readonly failedRuns: number;
  readonly points: number;
  /** How often each kind of call failed. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** So many faults hit one day: then it must be possible to finish it. */
const faultsPerDayMax = 6;

/** Fails every k-th call. */
class EveryKth {
  readonly kinds: Record<string, number> = {};
  fired = 0;
  #calls = 0;
  readonly #k: number;

  constructor(k: number) {
    this.#k = k;
  }

  pass(what: string): void {
    if (++this.#calls % this.#k !== 0 || this.fired >= faultsPerDayMax) return;
    this.fired++;
    this.kinds[what] = (this.kinds[what] ?? 0) + 1;
    throw new Error(`injected fault at call ${this.#calls}: ${what}`);
  }
}

/**
 * A device that is backed up, tended and pruned while every k-th request, transaction, blob and file of the agent's state
 * fails. The agent is run again until it ends well. At the end every point that was ever committed and has not expired
 * must give back the tree of its day, the invariants must hold, and no blob may be left without a row.
 */
export async function runChainFaults(vault: TestVault, given: ChainFaults): Promise<ChainFaultsReport> {
  const { random, ks, checkEveryDays, say } = given;
  const retention = { points: 6, days: 0, weeks: 0, months: 0, years: 0 };
  using bench = await ChainBench.open(vault, { retention, incrementsMax: 3 });
  const tree = new EditedTree(bench.tree, random, { files: 12, fileBytesMax: 200_000 });
  const figures = { faults: 0, failedRuns: 0, points: 0, kinds: {} as Record<string, number> };
  for (const [day, k] of ks.entries()) {
    if (bench.findings.length > 0) break;
    tree.edit(6);
    const plan = new EveryKth(k);
    figures.failedRuns += await liveThroughDay(bench, plan, `day ${day} with k = ${k}`);
    figures.faults += plan.fired;
    for (const [what, count] of Object.entries(plan.kinds)) figures.kinds[what] = (figures.kinds[what] ?? 0) + count;
    await bench.vault.clock.advance(dayMs);
    if ((day + 1) % checkEveryDays !== 0) continue;
    figures.points = await bench.check(`day ${day}`);
    say(
      `day ${day}: ${figures.points} points restored after ${figures.faults} faults, ${figures.failedRuns} failed runs`,
    );
  }
  // What crashes left goes, and nothing else.
  const { signal } = new AbortController();
  for (let night = 0; night < 2; night++) {
    await bench.vault.clock.advance(8 * dayMs);
    await bench.tend();
    for (const tenantId of bench.vault.tenants) await sweepOrphans(bench.vault.services, tenantId, siteId, signal);
  }
  figures.points = await bench.check("at the end");
  return { findings: bench.findings, ...figures };
}

/** Backup, retention and collector, each again until it ends well. Returns how many backups failed. */
async function liveThroughDay(bench: ChainBench, plan: EveryKth, when: string): Promise<number> {
  const services = {
    ...bench.vault.services,
    db: faultyDb(bench.vault.services.db, plan),
    blobStoreFor: () => faultyBlobs(bench.vault.blobs, plan),
  };
  const faulty = await bench.vault.another(services);
  let runs = 0;
  const untilWell = async (work: () => Promise<unknown>): Promise<number> => {
    for (let failed = 0; ; failed++) {
      const before = plan.fired;
      try {
        await work();
        return failed;
      } catch (error) {
        if (plan.fired > before) continue;
        bench.findings.push(`${when}: failed without a fault: ${error instanceof Error ? error.stack : error}`);
        return failed;
      }
    }
  };
  // Every other run gives up at the first trouble, as one that is killed does; the rest asks again.
  const failedRuns = await untilWell(async () => {
    using _disk = faultyDisk(bench.home.directory, plan);
    const tries = runs++ % 2 === 0 ? { triesMax: 1 } : {};
    await bench.backUp({ baseUrl: faulty.baseUrl, fetch: faultyFetch(plan), ...tries }).finally(() => bench.keep());
  });
  await untilWell(() => bench.tend(services));
  await faulty.close();
  return failedRuns;
}

/** Loses requests, and replies to requests that were carried out. */
function faultyFetch(plan: EveryKth): VaultFetch {
  const fetch = createVaultFetch();
  return async (url, init) => {
    plan.pass("request");
    const reply = await fetch(url, init);
    try {
      plan.pass("reply");
    } catch (error) {
      await reply.body?.cancel();
      throw error;
    }
    return reply;
  };
}
