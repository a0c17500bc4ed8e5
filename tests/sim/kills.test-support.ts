import { childrenOf, commandOf, databasePid } from "../support/processes.test-support.ts";
import type { Product } from "../support/product.ts";
import type { SimRandom } from "../support/seed.test-support.ts";
import { until } from "../support/until.test-support.ts";

/** What a power failure, the OOM killer or a bug may take away; a backend is one connection's process of PostgreSQL. */
export type Victim = "server" | "database" | "backend" | "both";

/**
 * Kills without warning and brings the product back. Returns what did not go as promised: the product ends by itself when
 * its database is gone, and stays when the database only restarts.
 */
export async function killAndRevive(
  product: Product,
  victim: Victim,
  random: SimRandom,
  start: readonly string[] = [],
): Promise<string[]> {
  const database = databasePid(product.directory);
  if (victim === "backend") {
    const backends = childrenOf(database).filter((pid) => commandOf(pid).startsWith("postgres: cf_"));
    const [first, ...rest] = backends;
    if (first === undefined) return ["the database has no connection"];
    process.kill(random.pick([first, ...rest]), "SIGKILL");
    return [];
  }
  const findings: string[] = [];
  if (victim !== "server") process.kill(database, "SIGKILL");
  if (victim !== "database") await product.kill();
  else {
    let code: number | null = null;
    void product.ended().then((ended) => (code = ended));
    await until("the end of the server after its database", () => code !== null, { withinMs: 30_000 });
    if (code !== 0)
      findings.push(
        `the server ended with ${code} (signal ${product.signal}) after its database was killed: ${product.output.slice(-500)}`,
      );
  }
  await product.start(...start);
  return findings;
}
