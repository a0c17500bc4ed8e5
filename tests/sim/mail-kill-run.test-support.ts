import { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { killAndRevive, type Victim } from "./kills.test-support.ts";
import { MailLoad } from "./mail-load.test-support.ts";
import { judgeMail, untilMailIsQuiet } from "./mail-verdict.test-support.ts";
import { OldServer } from "./old-server.test-support.ts";

export interface MailKillReport {
  readonly findings: readonly string[];
  readonly accepted: number;
  readonly unknown: number;
  readonly victims: readonly Victim[];
  /** Messages of the transfers, and how many of these had begun and were not over when something was killed. */
  readonly brought: number;
  readonly cutTransfers: number;
}

/**
 * Kills parts of the product while mail comes in and is brought from another server, again and again, then compares what
 * senders were told, and what lay over there, with what is there. `goesOn` is asked before each round.
 */
export async function runMailKill(
  seed: number,
  goesOn: (round: number) => boolean,
  say: (line: string) => void,
): Promise<MailKillReport> {
  const random = new SimRandom(seed);
  // Fresh: after minutes between a seed and a start, customers are told of an outage by mail.
  const old = await OldServer.open();
  const product = await Product.prepare({ fresh: true, environment: { NODE_EXTRA_CA_CERTS: old.caFile } });
  const start = ["--import-network", old.place];
  const findings: string[] = [];
  const victims: Victim[] = [];
  let cutTransfers = 0;
  const startedMs = performance.now();
  const load = new MailLoad(product, seed);
  try {
    await product.start(...start);
    load.start(3, 2);
    for (let round = 0; goesOn(round); round++) {
      const bytes = await old.bring(product.endpoints, random, messagesBrought);
      // The first is cut in its middle for certain.
      const isCutByBytes = round === 0 || random.between(0, 1) === 1;
      if (bytes !== null && isCutByBytes)
        await old.afterBytes(random.between(Math.floor(bytes / 10), Math.floor((bytes * 8) / 10)));
      else await load.afterSteps(random.between(50, 1_200));
      const victim = (["server", "database", "backend"] as const)[round] ?? random.pick(victimsOf);
      victims.push(victim);
      findings.push(...(await killAndRevive(product, victim, random, start)));
      const { state, progress } = (await old.newest(product.endpoints)) ?? {};
      if (state !== "done" && (progress?.copied ?? 0) < messagesBrought) cutTransfers++;
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      say(
        `${seconds} s, round ${round}: killed the ${victim}; ${load.accepted} of ${load.sent.length} messages accepted so far`,
      );
    }
    await load.afterSteps(300);
    await load.stop();
    await old.untilBrought(product, 60_000);
    await untilMailIsQuiet(product, 60_000);
    const wanted = [...load.sent, ...old.brought];
    findings.push(...load.unexpected, ...(await judgeMail(product, wanted)), ...(await product.findings()));
    return {
      findings,
      accepted: load.accepted,
      unknown: load.sent.length - load.accepted,
      victims,
      brought: old.brought.length,
      cutTransfers,
    };
  } catch (error) {
    say(product.output.slice(-4000));
    throw error;
  } finally {
    await load.stop();
    await product.dispose();
    await old.close();
  }
}

/** Of one transfer: several transactions of the copy. */
const messagesBrought = 240;

const victimsOf = ["server", "server", "database", "backend", "both"] as const satisfies readonly Victim[];
