import type { Actor } from "@casaforte/kernel";
import { forgetClientStates } from "@casaforte/modules/mailbox";
import { eachTenant } from "@casaforte/modules/tenancy";
import { openPostgresBus } from "@casaforte/platform/bus";
import { openDb } from "@casaforte/platform/db";
import { releaseLeases } from "@casaforte/platform/jobs";
import { openLogger, systemClock, systemRandom } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";

const actor: Actor = { kind: "system", name: "after-restore" };

/**
 * After the database was put back from a backup and before any process starts: numbers that were given out since would be
 * given out twice, so every mail program must read anew; jobs that were at work then are free again. Returns how many
 * mail accounts there were.
 */
export async function settleAfterRestore(urls: DatabaseUrls): Promise<number> {
  const logger = openLogger({ level: "error" });
  const db = openDb({ ...urls, logger, appConnectionsMax: 2, operatorConnectionsMax: 1 });
  const services = { clock: systemClock, random: systemRandom };
  const bus = await openPostgresBus({ ...services, db, logger });
  try {
    await releaseLeases(db);
    let accounts = 0;
    for await (const { tenantId } of eachTenant(db))
      accounts += await db.tenant(tenantId, (tx) => forgetClientStates(tx, actor, { ...services, bus }));
    return accounts;
  } finally {
    await bus.close();
    await db.close();
  }
}
