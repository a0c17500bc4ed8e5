import { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { killAndRevive, type Victim } from "./kills.test-support.ts";
import { MailLoad } from "./mail-load.test-support.ts";
import { judgeMail, untilMailIsQuiet } from "./mail-verdict.test-support.ts";

export interface MailKillReport {
  readonly findings: readonly string[];
  readonly accepted: number;
  readonly unknown: number;
  readonly victims: readonly Victim[];
}

/**
 * Kills parts of the product while mail comes in, again and again, then compares what senders were told with what is
 * there. `goesOn` is asked before each round.
 */
export async function runMailKill(
  seed: number,
  goesOn: (round: number) => boolean,
  say: (line: string) => void,
): Promise<MailKillReport> {
  const random = new SimRandom(seed);
  // Fresh: after minutes between a seed and a start, customers are told of an outage by mail.
  const product = await Product.prepare({ fresh: true });
  const findings: string[] = [];
  const victims: Victim[] = [];
  const startedMs = performance.now();
  const load = new MailLoad(product, seed);
  try {
    await product.start();
    load.start(3, 2);
    for (let round = 0; goesOn(round); round++) {
      await load.afterSteps(random.between(50, 1_200));
      const victim = (["server", "database", "backend"] as const)[round] ?? random.pick(victimsOf);
      victims.push(victim);
      findings.push(...(await killAndRevive(product, victim, random)));
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      say(
        `${seconds} s, round ${round}: killed the ${victim}; ${load.accepted} of ${load.sent.length} messages accepted so far`,
      );
    }
    await load.afterSteps(300);
    await load.stop();
    await untilMailIsQuiet(product, 60_000);
    findings.push(...load.unexpected, ...(await judgeMail(product, load.sent)), ...(await product.findings()));
    return { findings, accepted: load.accepted, unknown: load.sent.length - load.accepted, victims };
  } catch (error) {
    say(product.output.slice(-4000));
    throw error;
  } finally {
    await load.stop();
    await product.dispose();
  }
}

const victimsOf = ["server", "server", "database", "backend", "both"] as const satisfies readonly Victim[];
