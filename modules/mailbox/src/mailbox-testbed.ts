import { type Actor, type BlobId, newId, type TenantId, utf8 } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { migrations as measures } from "@casaforte/modules/measures";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import { type Db, migrations as platformDb, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { createMailAccount } from "./create-mail-account.ts";
import { ingestMessage } from "./ingest-message.ts";
import type { MailAccount } from "./mail-account.ts";
import type { Mailbox } from "./mailbox.ts";
import { migrations } from "./migrations.ts";
import type { MailboxEdgeServices } from "./services.ts";
import type { ShareGiven } from "./share-given.ts";
import { selectMailboxes } from "./store-mailboxes.ts";

export const system: Actor = { kind: "system", name: "test" };

/** A migrated database of its own with everything the mail store needs. Tests only. */
export interface MailboxTestbed {
  readonly database: TestDatabase;
  readonly db: Db;
  readonly services: MailboxEdgeServices;
  readonly bus: ReturnType<typeof memoryBus>;
  /** Of which their owners are told. */
  readonly sharesGiven: readonly ShareGiven[];
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  newTenant(): Promise<TenantId>;
  newAccount(tenantId: TenantId, quotaBytes?: bigint | null): Promise<MailAccount>;
  mailbox(tenantId: TenantId, account: MailAccount, path: string): Promise<Mailbox>;
  close(): Promise<void>;
}

export async function openMailboxTestbed(seed = 1): Promise<MailboxTestbed> {
  const clock = new FakeClock();
  const random = new SeededRandom(seed);
  const logger = new MemoryLogger();
  const database = await startTestDatabase([platformDb, tenancy, audit, measures, migrations]);
  const { db } = database;
  const bus = memoryBus(logger);
  const sharesGiven: ShareGiven[] = [];
  const services: MailboxEdgeServices = {
    ...{ clock, random, logger, db, bus, blobs: memoryBlobStore(clock, random) },
    onShareGiven: async (_tx, given) => void sharesGiven.push(given),
  };
  let accounts = 0;
  return {
    database,
    db,
    services,
    bus,
    sharesGiven,
    clock,
    logger,
    newTenant: () =>
      db.operator((tx) =>
        createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name: "Test", nowMs: clock.nowMs() }),
      ),
    newAccount: (tenantId, quotaBytes = null) =>
      db.tenant(tenantId, (tx) =>
        createMailAccount(tx, system, { address: `user${++accounts}@example.test`, quotaBytes }, services),
      ),
    async mailbox(tenantId, account, path) {
      const found = (await db.tenant(tenantId, (tx) => selectMailboxes(tx, account.id))).find(
        (box) => box.path === path,
      );
      if (!found) throw new Error(`no mailbox ${path}`);
      return found;
    },
    close: () => database.close(),
  };
}

/** An ordinary message. */
export function sampleMessage(number: number, body = `This is message ${number}.`): Uint8Array {
  return utf8(
    `From: Ada <ada@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: Message ${number}\r\n` +
      `Date: Thu, 01 Jan 2026 10:00:00 +0100\r\nMessage-ID: <m${number}@example.test>\r\n\r\n${body}\r\n`,
  );
}

export const ingestSample = (bed: MailboxTestbed, tenantId: TenantId, number: number, body?: string) =>
  ingestMessage(bed.services, tenantId, sampleMessage(number, body));

/** What lies in the blob store. */
export async function blobIds(bed: MailboxTestbed, tenantId: TenantId): Promise<readonly BlobId[]> {
  const ids: BlobId[] = [];
  for await (const { id } of bed.services.blobs.list(tenantId)) ids.push(id);
  return ids;
}
