import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@casaforte/kernel";
import { type EmbeddedCluster, startEmbedded } from "./embedded.ts";
import { type MigrationSource, migrate } from "./migrate.ts";
import { openDb } from "./postgres-db.ts";
import { quickSettings, takeFromShelf } from "./test-shelf.ts";
import type { Db } from "./tx.ts";

/** A real cluster of its own, migrated, in a directory that goes away with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: Db;
  readonly cluster: EmbeddedCluster;
  close(): Promise<void>;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

/** For integration tests of every package: `const database = await startTestDatabase(sources)` in beforeAll. */
export async function startTestDatabase(
  sources: readonly MigrationSource[],
  logger: Logger = silent,
): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "cf-test-"));
  await chmod(directory, 0o711);
  const root = join(directory, "postgres");
  await takeFromShelf(root, sources, logger);
  const cluster = await startEmbedded(root, logger, quickSettings);
  await migrate(cluster.ownerUrl, sources, logger);
  const db = openDb({ appUrl: cluster.appUrl, operatorUrl: cluster.operatorUrl, logger, appConnectionsMax: 10 });
  const close = async () => {
    await db.close();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { db, cluster, close, [Symbol.asyncDispose]: close };
}
