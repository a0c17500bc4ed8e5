import { fileURLToPath } from "node:url";
import { type Id, newId, type TenantId } from "@casaforte/kernel";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lintCatalogue, openDb, openPool, startTestDatabase, type TenantTx, type TestDatabase } from "./index.ts";

const base = { module: "platform_db", directory: fileURLToPath(new URL("../sql", import.meta.url)) };
const clock = new FakeClock();
const random = new SeededRandom(7);
const tenantA = newId<TenantId>(clock, random);
const tenantB = newId<TenantId>(clock, random);
let database: TestDatabase;

async function asOwner(text: string): Promise<void> {
  const pool = openPool(database.cluster.ownerUrl, 1);
  await pool.unsafe(text);
  await pool.end();
}

beforeAll(async () => {
  database = await startTestDatabase([base]);
  await asOwner(`create table probe_note (tenant_id uuid not null, id uuid not null, body text not null, size bigint not null default 7, primary key (tenant_id, id));
    select cf_tenant_table('probe_note', 'read');`);
  for (const tenant of [tenantA, tenantB]) {
    await database.db.tenant(
      tenant,
      (tx) =>
        tx.sql`insert into probe_note (tenant_id, id, body) values (${tenant}, ${newId<Id<"Note">>(clock, random)}, ${tenant})`,
    );
  }
});
afterAll(() => database?.close());

describe("tenant segregation by the database alone (R50)", () => {
  test("a tenant sees its own rows only", async () => {
    const rows = await database.db.tenant(
      tenantA,
      (tx) => tx.sql<{ body: string; size: bigint }[]>`select body, size from probe_note`,
    );
    expect(rows.map((row) => row.body)).toEqual([tenantA]);
    expect(rows[0]?.size).toBe(7n);
  });

  test("without a tenant there is nothing", async () => {
    expect(await database.db.lookup((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(0);
  });

  test("a row for another tenant is refused", async () => {
    const attempt = database.db.tenant(
      tenantA,
      (tx) =>
        tx.sql`insert into probe_note (tenant_id, id, body) values (${tenantB}, ${newId<Id<"Note">>(clock, random)}, 'x')`,
    );
    await expect(attempt).rejects.toMatchObject({ code: "42501" });
  });

  test("the operator role reads across tenants where a policy says so, and writes nothing there", async () => {
    expect(await database.db.operator((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(2);
    await expect(database.db.operator((tx) => tx.sql`delete from probe_note`)).rejects.toMatchObject({ code: "42501" });
  });

  test("interleaved tenants on few connections never see each other's rows", async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => {
        const tenant = index % 2 ? tenantA : tenantB;
        return database.db.tenant(tenant, async (tx) =>
          (await tx.sql<{ body: string }[]>`select body from probe_note`).every((row) => row.body === tenant),
        );
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });

  test("an aborted transaction leaves no tenant behind", async () => {
    await expect(database.db.tenant(tenantA, (tx) => tx.sql`select 1 / 0`)).rejects.toThrow();
    expect(await database.db.lookup((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(0);
  });
});

describe("the catalogue lint", () => {
  test("is silent on a sound schema", async () => {
    expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  });

  test.each([
    [
      "drop policy tenant on probe_note",
      "no tenant policy with check for cf_app",
      "drop policy erasure on probe_note; drop policy erasure_select on probe_note; select cf_tenant_table('probe_note')",
    ],
    [
      "alter table probe_note no force row level security",
      "row security is not forced",
      "alter table probe_note force row level security",
    ],
    [
      "alter table probe_note disable row level security",
      "row security is off",
      "alter table probe_note enable row level security",
    ],
    [
      "create policy wide on probe_note to cf_app using (true) with check (true)",
      "a policy opens more to cf_app than its tenant",
      "drop policy wide on probe_note",
    ],
    ["create view probe_view as select * from probe_note", "view without security_invoker", "drop view probe_view"],
    ["create unique index probe_body on probe_note (body)", "unique index without tenant_id", "drop index probe_body"],
  ])("names the breach after: %s", async (sabotage, rule, repair) => {
    await asOwner(sabotage);
    expect((await lintCatalogue(database.cluster.appUrl)).map((finding) => finding.rule)).toContain(rule);
    await asOwner(repair);
    expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  });
});

describe("transactions", () => {
  test("effects run after the commit, in order, and never after a rollback", async () => {
    const seen: string[] = [];
    await database.db.tenant(tenantA, async (tx) => {
      tx.afterCommit(() => void seen.push("first"));
      tx.afterCommit(() => void seen.push("second"));
      await tx.sql`select 1`;
      expect(seen).toEqual([]);
    });
    await expect(
      database.db.tenant(tenantA, async (tx) => {
        tx.afterCommit(() => void seen.push("never"));
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    expect(seen).toEqual(["first", "second"]);
  });

  test("later connections of a pool know arrays too, and give a transaction that opened them its turn", async () => {
    const pool = openPool(database.cluster.appUrl, 3);
    const read = () => pool.begin((sql) => sql`select ${["a", "b"]}::text[] as words`);
    await read();
    const rows = await Promise.all([read(), read(), read(), pool`select ${[1, 2]}::int[] as words`]);
    expect(rows.map(([row]) => row?.["words"])).toEqual([...Array(3).fill(["a", "b"]), [1, 2]]);
    await pool.end();
  });

  test("a hint sent with notify reaches a listener", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const stop = await database.db.listen("probe_hint", (payload) => payload !== null && resolve(payload));
    await database.db.notify("probe_hint", "hello");
    expect(await promise).toBe("hello");
    await stop();
  });
});

describe("a transaction of one trip", () => {
  const insert = (id: Id<"Note">, body: string) => (tx: { sql: TenantTx["sql"] }) =>
    tx.sql`insert into probe_note (tenant_id, id, body) values (${tenantA}, ${id}, ${body})`;
  const bodies = async () =>
    (await database.db.tenant(tenantA, (tx) => tx.sql<{ body: string }[]>`select body from probe_note`)).map(
      (row) => row.body,
    );

  test("sends all its statements before the first answer, and their end with them", async () => {
    const [one, two] = [newId<Id<"Note">>(clock, random), newId<Id<"Note">>(clock, random)];
    await database.db.tenant(tenantA, (tx) => Promise.all([insert(one, "trip 1")(tx), insert(two, "trip 2")(tx)]), {
      oneTrip: true,
    });
    expect(await bodies()).toEqual(expect.arrayContaining(["trip 1", "trip 2"]));
  });

  test("is undone whole when a statement fails, and its connection stays sound", async () => {
    const id = newId<Id<"Note">>(clock, random);
    for (let round = 0; round < 3; round++) {
      const work = database.db.tenant(
        tenantA,
        (tx) => Promise.all([insert(id, "undone")(tx), insert(id, "double")(tx)]),
        { oneTrip: true },
      );
      await expect(work).rejects.toMatchObject({ code: "23505" });
    }
    expect(await bodies()).not.toContain("undone");
  });

  test("refuses a statement that comes after its end", async () => {
    const work = database.db.tenant(
      tenantA,
      async (tx) => {
        await tx.sql`select 1`;
        await insert(newId<Id<"Note">>(clock, random), "late")(tx);
      },
      { oneTrip: true },
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ENDED" });
    expect(await bodies()).not.toContain("late");
  });

  const openFew = (appConnectionsMax: number) =>
    openDb({
      appUrl: database.cluster.appUrl,
      operatorUrl: database.cluster.operatorUrl,
      logger: new MemoryLogger(),
      appConnectionsMax,
    });

  test("writes nothing when it said that it only reads", async () => {
    const work = database.db.tenant(tenantA, insert(newId<Id<"Note">>(clock, random), "read"), {
      oneTrip: true,
      readOnly: true,
    });
    await expect(work).rejects.toMatchObject({ code: "25006" });
    expect(await bodies()).not.toContain("read");
  });

  test("keeps nothing when a value cannot be sent, on a new connection as on a used one", async () => {
    const single = openFew(1);
    const at = (when: Date | undefined) =>
      single.tenant(
        tenantA,
        (tx) =>
          Promise.all([
            insert(newId<Id<"Note">>(clock, random), "half")(tx),
            tx.sql`select ${when as Date}::timestamptz as at`,
            insert(newId<Id<"Note">>(clock, random), "half")(tx),
          ]),
        { oneTrip: true },
      );
    await expect(at(new Date(Number.NaN))).rejects.toThrow("Invalid time value");
    await expect(at(undefined)).rejects.toMatchObject({ code: "UNDEFINED_VALUE" });
    expect(await bodies()).not.toContain("half");
    await at(new Date(0));
    await expect(at(new Date(Number.NaN))).rejects.toThrow("Invalid time value");
    await expect(at(undefined)).rejects.toMatchObject({ code: "UNDEFINED_VALUE" });
    expect((await bodies()).filter((body) => body === "half")).toHaveLength(2);
    await single.close();
  });

  test("holds as many statements and bytes as it is given, and fails whole where the last one does", async () => {
    const text = "x".repeat(5_000_000);
    const work = (last: string) =>
      database.db.tenant(
        tenantA,
        async (tx) => {
          const all = Array.from({ length: 300 }, (_, at) => tx.sql<{ at: number }[]>`select ${at}::int as at`);
          const length = tx.sql<{ length: number }[]>`select length(${text}) as length`;
          const failing = tx.sql`select ${last}::int`;
          const rows = await Promise.all([...all, length, failing]);
          return rows.slice(0, 301).map(([row]) => Object.values(row ?? {})[0]);
        },
        { oneTrip: true },
      );
    expect(await work("1")).toEqual([...Array.from({ length: 300 }, (_, at) => at), text.length]);
    await expect(work("one")).rejects.toMatchObject({ code: "22P02" });
    expect(await work("1")).toHaveLength(301);
  });

  test("comes to its end when what the connection knows fails before what is new to it", async () => {
    const single = openFew(1);
    const run = <T>(work: (tx: TenantTx) => Promise<T>) => single.tenant(tenantA, work, { oneTrip: true });
    const known = (number: string) => (tx: TenantTx) => tx.sql`select ${number}::int as known`;
    const at = (when: Date) => (tx: TenantTx) => tx.sql`select ${when}::timestamptz as known_at`;
    await run(known("1"));
    await run(at(new Date(0)));
    await expect(
      run((tx) => Promise.all([known("one")(tx), tx.sql`select ${1}::int as new_one`])),
    ).rejects.toMatchObject({ code: "22P02" });
    await expect(
      run((tx) => Promise.all([at(new Date(Number.NaN))(tx), tx.sql`select ${2}::int as new_two`])),
    ).rejects.toThrow("Invalid time value");
    // Fails after its second row, and the next answer begins with its first.
    await expect(run((tx) => tx.sql`select 1 / (3 - n) as part from generate_series(1, 5) n`)).rejects.toMatchObject({
      code: "22012",
    });
    expect(await run((tx) => tx.sql`select n + ${3}::int as sum from generate_series(1, 2) n`)).toEqual([
      { sum: 4 },
      { sum: 5 },
    ]);
    await single.close();
  });

  test("never shares its connection, neither with another transaction nor with a single statement", async () => {
    const few = openFew(2);
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const tenant = index % 2 ? tenantA : tenantB;
        if (index % 3 === 0) await few.notify("probe_hint", "noise");
        const read = (tx: TenantTx) => tx.sql<{ tenant_id: string }[]>`select tenant_id from probe_note`;
        const rows = await few.tenant(tenant, read, { oneTrip: index % 5 > 0 });
        return rows.length > 0 && rows.every((row) => row.tenant_id === tenant);
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
    await few.close();
  });

  test("never tries a stale plan again outside the tenant", async () => {
    const single = openFew(1);
    const read = () => single.tenant(tenantA, (tx) => tx.sql`select * from probe_note`, { oneTrip: true });
    const before = (await read()).length;
    await asOwner("alter table probe_note add column extra text");
    // Either the rows or an error, never an empty answer.
    const first = await read().then(
      (rows) => rows.length,
      (error: { code?: string }) => error.code,
    );
    expect([before, "0A000"]).toContain(first);
    expect(await read()).toHaveLength(before);
    await single.close();
  });

  test("of a lost connection fails as unavailable", async () => {
    const work = database.db.tenant(tenantA, (tx) => tx.sql`select pg_terminate_backend(pg_backend_pid())`, {
      oneTrip: true,
    });
    await expect(work).rejects.toMatchObject({ kind: "unavailable" });
    expect(await database.db.tenant(tenantA, (tx) => tx.sql`select 1 as one`, { oneTrip: true })).toHaveLength(1);
  });
});

describe("transactions that others join", () => {
  const open = (appConnectionsMax: number) =>
    openDb({
      appUrl: database.cluster.appUrl,
      operatorUrl: database.cluster.operatorUrl,
      logger: new MemoryLogger(),
      appConnectionsMax,
    });
  const tenants = Array.from({ length: 8 }, () => newId<TenantId>(clock, random));

  test("never hold all connections while they look something up, and one tenant never holds all of them", async () => {
    const four = open(4);
    const work = (tenantId: TenantId) =>
      four.together(tenantId, async (tx) => {
        await tx.sql`select 1`;
        await four.lookup((other) => other.sql`select 1`);
        return four.apart(tenantId, (other) => other.sql`select 1`);
      });
    expect(await Promise.all(tenants.map(work))).toHaveLength(8);
    await four.close();
    const [nine, hold] = [open(9), Promise.withResolvers<void>()];
    const held = [1, 2, 3].map(() => nine.together(tenantA, () => hold.promise));
    expect(await nine.together(tenantB, async (tx) => (await tx.sql`select 1`).length)).toBe(1);
    hold.resolve();
    await Promise.all(held);
    await nine.close();
  });

  test("refuse a look-up where the pool has no second connection", async () => {
    const single = open(1);
    const work = single.together(tenantA, () => single.lookup((tx) => tx.sql`select 1`));
    await expect(work).rejects.toThrow("no other beside");
    await single.close();
  });

  test("are undone without what was written apart from them", async () => {
    const write = (how: "tenant" | "apart") =>
      database.db[how](
        tenantA,
        (tx) =>
          tx.sql`insert into probe_note (tenant_id, id, body) values (${tenantA}, ${newId<Id<"Note">>(clock, random)}, ${`by ${how}`})`,
      );
    const work = database.db.together(tenantA, async () => {
      await write("tenant");
      await write("apart");
      throw new Error("refused");
    });
    await expect(work).rejects.toThrow("refused");
    const rows = await database.db.tenant(
      tenantA,
      (tx) => tx.sql<{ body: string }[]>`select body from probe_note where body like 'by %'`,
    );
    expect(rows.map(({ body }) => body)).toEqual(["by apart"]);
  });
});

describe("a connection lost inside a transaction", () => {
  const terminate = async (pid: number) => {
    const pool = openPool(database.cluster.appUrl, 1);
    await pool`select pg_terminate_backend(${pid})`;
    await pool.end();
  };

  test("fails that transaction alone, even when its work goes on asking, and the process lives", async () => {
    for (let round = 0; round < 8; round++) {
      const work = database.db.tenant(tenantA, async (tx) => {
        const [row] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await terminate(row?.pid ?? 0);
        await new Promise((resolve) => setTimeout(resolve, 5 * round));
        await tx.sql`insert into probe_note (tenant_id, id, body) values (${tenantA}, ${newId<Id<"Note">>(clock, random)}, 'lost')`;
      });
      await expect(work).rejects.toMatchObject({ kind: "unavailable", code: "db.unavailable" });
    }
    const left = await database.db.tenant(tenantA, (tx) => tx.sql`select 1 from probe_note where body = 'lost'`);
    expect(left).toHaveLength(0);
  });

  test("its late statements never run inside another tenant's transaction", async () => {
    const single = openDb({
      appUrl: database.cluster.appUrl,
      operatorUrl: database.cluster.operatorUrl,
      logger: new MemoryLogger(),
      appConnectionsMax: 1,
    });
    const late = Promise.withResolvers<unknown>();
    const goOn = Promise.withResolvers<void>();
    const lost = single.tenant(tenantA, async (tx) => {
      const [row] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await terminate(row?.pid ?? 0);
      await goOn.promise;
      await tx.sql`update probe_note set body = 'taken over'`.then(late.resolve, late.reject);
    });
    await expect(lost).rejects.toMatchObject({ code: "db.unavailable" });
    await single.tenant(tenantB, async (tx) => {
      await tx.sql`select 1`;
      goOn.resolve();
      await expect(late.promise).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
      expect((await tx.sql<{ body: string }[]>`select body from probe_note`).map((row) => row.body)).toEqual([tenantB]);
    });
    await single.close();
  });
});
