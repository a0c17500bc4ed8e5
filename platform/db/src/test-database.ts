import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@casaforte/kernel";
import { startEmbedded } from "./embedded.ts";
import { type MigrationSource, migrate } from "./migrate.ts";
import { openDb } from "./postgres-db.ts";
import { quickSettings, type TestUrls, takeDatabase, takeFromShelf } from "./test-shelf.ts";
import type { Db } from "./tx.ts";

/** A real database of its own, migrated, that goes away when it is closed. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: Db;
  readonly cluster: TestUrls;
  close(): Promise<void>;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

/**
 * For integration tests of every package: `const database = await startTestDatabase(sources)` in beforeAll. On the run's
 * server, beside other files' databases.
 */
export async function startTestDatabase(
  sources: readonly MigrationSource[],
  logger: Logger = silent,
): Promise<TestDatabase> {
  const taken = await takeDatabase(sources, logger);
  return taken === null ? startTestCluster(sources, logger) : testDatabase(taken.urls, logger, taken.drop);
}

/** The same in a cluster of its own, for what would disturb the others on the run's server or be disturbed by them. */
export async function startTestCluster(
  sources: readonly MigrationSource[],
  logger: Logger = silent,
): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "cf-test-"));
  await chmod(directory, 0o711);
  const root = join(directory, "postgres");
  await takeFromShelf(root, sources, logger);
  const cluster = await startEmbedded(root, logger, quickSettings);
  await migrate(cluster.ownerUrl, sources, logger);
  return testDatabase(cluster, logger, async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });
}

function testDatabase(cluster: TestUrls, logger: Logger, remove: () => Promise<void>): TestDatabase {
  const { appUrl, operatorUrl } = cluster;
  const db = openDb({ appUrl, operatorUrl, logger, appConnectionsMax: 10 });
  const close = async () => {
    await db.close();
    await remove();
  };
  return { db, cluster, close, [Symbol.asyncDispose]: close };
}
