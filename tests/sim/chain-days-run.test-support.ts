import type { TestVault } from "../../modules/backup/src/vault.test-support.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { ChainBench, type ChainRules, dayMs } from "./chain-bench.test-support.ts";
import { EditedTree } from "./tree-edits.test-support.ts";

export interface ChainDays extends ChainRules {
  readonly random: SimRandom;
  readonly files: number;
  readonly fileBytesMax: number;
  readonly days: number;
  readonly editsPerDay: number;
  /** Every point that is left is restored and compared after so many days, and at the end; each new one on its own day too, unless not. */
  readonly checkEveryDays: number;
  readonly isEachChecked?: boolean;
  say(line: string): void;
}

export interface ChainDaysReport {
  readonly findings: readonly string[];
  /** Points that were made a full by composing. */
  readonly composed: number;
  /** Older points that were made a full, so that their ancestors could go. */
  readonly merged: number;
  readonly expired: number;
  readonly partsDropped: number;
  readonly restored: number;
  /** Points left at the end. */
  readonly left: number;
}

const pointIdOf = ({ pointId }: { readonly pointId: string }): string => pointId;

/**
 * A device that is backed up every day against the vault on PostgreSQL, with fulls composed, retention and the collector
 * run each day by the vault's clock. At the end time goes on until everything binned is gone for good: what is left must
 * stand without it.
 */
export async function runChainDays(vault: TestVault, given: ChainDays): Promise<ChainDaysReport> {
  using bench = await ChainBench.open(vault, given);
  const tree = new EditedTree(bench.tree, given.random, given);
  const figures = { composed: 0, merged: 0, expired: 0, partsDropped: 0, restored: 0, left: 0 };
  const tend = async () => {
    const { expired, partsDropped } = await bench.tend();
    figures.expired += expired;
    figures.partsDropped += partsDropped;
  };
  const check = async (when: string) => {
    figures.left = await bench.check(when);
    figures.restored += figures.left;
    given.say(`${when}: ${JSON.stringify(figures)}`);
  };
  for (let day = 1; day <= given.days && bench.findings.length === 0; day++) {
    tree.edit(given.editsPerDay);
    const increments = new Set((await bench.points()).filter((point) => point.kind === "vib").map(pointIdOf));
    const { kind, told } = await bench.backUp();
    bench.findings.push(...told.map((note) => `day ${day}: ${JSON.stringify(note)}`));
    const wholes = (await bench.points()).filter((point) => point.kind === "vbk").map(pointIdOf);
    figures.merged += wholes.filter((id) => increments.has(id)).length;
    for (const point of await bench.keep()) {
      if (kind === "vib" && point.kind === "vbk") figures.composed++;
      if (given.isEachChecked === false) continue;
      await bench.checkPoint(point, `day ${day}`);
      figures.restored++;
    }
    await bench.vault.clock.advance(dayMs);
    await tend();
    if (day % given.checkEveryDays === 0) await check(`day ${day}`);
  }
  for (let night = 0; night < 2; night++) {
    await bench.vault.clock.advance(8 * dayMs);
    await tend();
  }
  await check("after the bin and the grace");
  return { findings: bench.findings, ...figures };
}
