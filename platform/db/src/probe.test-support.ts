import { fileURLToPath } from "node:url";
import { type Id, newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { type Db, openDb, openPool, startTestDatabase, type TenantTx, type TestDatabase } from "./index.ts";

const base = { module: "platform_db", directory: fileURLToPath(new URL("../sql", import.meta.url)) };

/** A database with one table of tenants' notes, in which two tenants have one each whose body is their own id. */
export class Probe {
  readonly database: TestDatabase;
  readonly #clock = new FakeClock();
  readonly #random = new SeededRandom(7);
  readonly tenantA = this.newTenant();
  readonly tenantB = this.newTenant();

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async open(): Promise<Probe> {
    const probe = new Probe(await startTestDatabase([base]));
    await probe.asOwner(`create table probe_note (tenant_id uuid not null, id uuid not null, body text not null, size bigint not null default 7, primary key (tenant_id, id));
      select cf_tenant_table('probe_note', 'read');`);
    for (const tenant of [probe.tenantA, probe.tenantB])
      await probe.database.db.tenant(tenant, probe.insert(tenant, tenant));
    return probe;
  }

  newTenant(): TenantId {
    return newId<TenantId>(this.#clock, this.#random);
  }

  newNote(): Id<"Note"> {
    return newId<Id<"Note">>(this.#clock, this.#random);
  }

  insert(tenant: TenantId, body: string, id = this.newNote()) {
    return (tx: { readonly sql: TenantTx["sql"] }) =>
      tx.sql`insert into probe_note (tenant_id, id, body) values (${tenant}, ${id}, ${body})`;
  }

  /** The notes of the first tenant. */
  async bodies(): Promise<readonly string[]> {
    const read = (tx: TenantTx) => tx.sql<{ body: string }[]>`select body from probe_note`;
    return (await this.database.db.tenant(this.tenantA, read)).map((row) => row.body);
  }

  /** The same database over so many connections; the caller closes it. */
  openFew(appConnectionsMax: number): Db {
    const { appUrl, operatorUrl } = this.database.cluster;
    return openDb({ appUrl, operatorUrl, logger: new MemoryLogger(), appConnectionsMax });
  }

  async asOwner(text: string): Promise<void> {
    const pool = openPool(this.database.cluster.ownerUrl, 1);
    await pool.unsafe(text);
    await pool.end();
  }
}
