import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CuttableLine } from "./cuttable-line.test-support.ts";
import { lintCatalogue, openDb, openPool } from "./index.ts";
import { Probe } from "./probe.test-support.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await Probe.open();
});
afterAll(() => probe?.database.close());

describe("tenant segregation by the database alone (R50)", () => {
  test("a tenant sees its own rows only", async () => {
    const rows = await probe.database.db.tenant(
      probe.tenantA,
      (tx) => tx.sql<{ body: string; size: bigint }[]>`select body, size from probe_note`,
    );
    expect(rows.map((row) => row.body)).toEqual([probe.tenantA]);
    expect(rows[0]?.size).toBe(7n);
  });

  test("without a tenant there is nothing", async () => {
    expect(await probe.database.db.lookup((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(0);
  });

  test("a row for another tenant is refused", async () => {
    const attempt = probe.database.db.tenant(probe.tenantA, probe.insert(probe.tenantB, "x"));
    await expect(attempt).rejects.toMatchObject({ code: "42501" });
  });

  test("the operator role reads across tenants where a policy says so, and writes nothing there", async () => {
    expect(await probe.database.db.operator((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(2);
    await expect(probe.database.db.operator((tx) => tx.sql`delete from probe_note`)).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("interleaved tenants on few connections never see each other's rows", async () => {
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => {
        const tenant = index % 2 ? probe.tenantA : probe.tenantB;
        return probe.database.db.tenant(tenant, async (tx) =>
          (await tx.sql<{ body: string }[]>`select body from probe_note`).every((row) => row.body === tenant),
        );
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });

  test("an aborted transaction leaves no tenant behind", async () => {
    await expect(probe.database.db.tenant(probe.tenantA, (tx) => tx.sql`select 1 / 0`)).rejects.toThrow();
    expect(await probe.database.db.lookup((tx) => tx.sql`select 1 from probe_note`)).toHaveLength(0);
  });
});

describe("the catalogue lint", () => {
  test("is silent on a sound schema", async () => {
    expect(await lintCatalogue(probe.database.cluster.appUrl)).toEqual([]);
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
    await probe.asOwner(sabotage);
    expect((await lintCatalogue(probe.database.cluster.appUrl)).map((finding) => finding.rule)).toContain(rule);
    await probe.asOwner(repair);
    expect(await lintCatalogue(probe.database.cluster.appUrl)).toEqual([]);
  });
});

describe("transactions", () => {
  test("effects run after the commit, in order, and never after a rollback", async () => {
    const seen: string[] = [];
    await probe.database.db.tenant(probe.tenantA, async (tx) => {
      tx.afterCommit(() => void seen.push("first"));
      tx.afterCommit(() => void seen.push("second"));
      await tx.sql`select 1`;
      expect(seen).toEqual([]);
    });
    await expect(
      probe.database.db.tenant(probe.tenantA, async (tx) => {
        tx.afterCommit(() => void seen.push("never"));
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    expect(seen).toEqual(["first", "second"]);
  });

  test("later connections of a pool know arrays too, and give a transaction that opened them its turn", async () => {
    const pool = openPool(probe.database.cluster.appUrl, 3);
    const read = () => pool.begin((sql) => sql`select ${["a", "b"]}::text[] as words`);
    await read();
    const rows = await Promise.all([read(), read(), read(), pool`select ${[1, 2]}::int[] as words`]);
    expect(rows.map(([row]) => row?.["words"])).toEqual([...Array(3).fill(["a", "b"]), [1, 2]]);
    await pool.end();
  });

  test.each([
    [Date.UTC(-1, 0, 1), "1000-01-01T00:00:00.000Z"],
    [Date.parse("0000-12-31T23:00:00Z"), "1000-01-01T00:00:00.000Z"],
    [0, "1970-01-01T00:00:00.000Z"],
    [Date.UTC(12_000, 0, 1), "9999-12-31T23:59:59.999Z"],
  ])("an instant is written, or the nearest that has a text: %d", async (ms, text) => {
    const [row] = await probe.database.db.lookup((tx) => tx.sql<{ at: Date }[]>`select ${new Date(ms)} as at`);
    expect(row?.at.toISOString()).toBe(text);
  });

  test("a hint sent with notify reaches a listener", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const stop = await probe.database.db.listen("probe_hint", (payload) => payload !== null && resolve(payload));
    await probe.database.db.notify("probe_hint", "hello");
    expect(await promise).toBe("hello");
    await stop();
  });

  test("what follows a hint on its connection waits for the disk as before", async () => {
    const single = probe.openFew(1);
    await single.notify("probe_hint", "hello");
    const rows = await single.lookup((tx) => tx.sql`show synchronous_commit`);
    expect(rows).toEqual([{ synchronous_commit: "on" }]);
    await single.close();
  });

  test("the connection that has seen most is used next, whichever came back last", async () => {
    const few = probe.openFew(3);
    const backend = () => few.lookup((tx) => tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`);
    const warm = await backend();
    await backend();
    expect(new Set((await Promise.all([backend(), backend(), backend()])).map(([row]) => row?.pid)).size).toBe(3);
    for (let turn = 0; turn < 3; turn++) expect(await backend()).toEqual(warm);
    await few.close();
  });
});

describe("a connection lost inside a transaction", () => {
  const terminate = async (pid: number) => {
    const pool = openPool(probe.database.cluster.appUrl, 1);
    await pool`select pg_terminate_backend(${pid})`;
    await pool.end();
  };

  test("fails that transaction alone, even when its work goes on asking, and the process lives", async () => {
    for (let round = 0; round < 8; round++) {
      const work = probe.database.db.tenant(probe.tenantA, async (tx) => {
        const [row] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await terminate(row?.pid ?? 0);
        await new Promise((resolve) => setTimeout(resolve, 5 * round));
        await tx.sql`insert into probe_note (tenant_id, id, body) values (${probe.tenantA}, ${probe.newNote()}, 'lost')`;
      });
      await expect(work).rejects.toMatchObject({ kind: "unavailable", code: "db.unavailable" });
    }
    const left = await probe.database.db.tenant(
      probe.tenantA,
      (tx) => tx.sql`select 1 from probe_note where body = 'lost'`,
    );
    expect(left).toHaveLength(0);
  });

  test("its late statements never run inside another tenant's transaction", async () => {
    const single = probe.openFew(1);
    const late = Promise.withResolvers<unknown>();
    const goOn = Promise.withResolvers<void>();
    const lost = single.tenant(probe.tenantA, async (tx) => {
      const [row] = await tx.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await terminate(row?.pid ?? 0);
      await goOn.promise;
      await tx.sql`update probe_note set body = 'taken over'`.then(late.resolve, late.reject);
    });
    await expect(lost).rejects.toMatchObject({ code: "db.unavailable" });
    await single.tenant(probe.tenantB, async (tx) => {
      await tx.sql`select 1`;
      goOn.resolve();
      await expect(late.promise).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
      expect((await tx.sql<{ body: string }[]>`select body from probe_note`).map((row) => row.body)).toEqual([
        probe.tenantB,
      ]);
    });
    await single.close();
  });

  test("an error of the network leaves no statement behind for whoever is next on the connection", async () => {
    const { appUrl, operatorUrl } = probe.database.cluster;
    await using line = await CuttableLine.open(appUrl);
    const single = openDb({ appUrl: line.url, operatorUrl, logger: new MemoryLogger(), appConnectionsMax: 1 });
    for (const oneTrip of [false, true, false]) {
      const lost = single.tenant(
        probe.tenantA,
        async (tx) => {
          const asleep = tx.sql`select pg_sleep(60)`;
          setImmediate(() => line.cut());
          await asleep;
        },
        { oneTrip },
      );
      await expect(lost).rejects.toMatchObject({ code: "db.unavailable" });
      for (let turn = 0; turn < 3; turn++)
        expect(await single.tenant(probe.tenantA, (tx) => tx.sql`select ${turn}::int as turn`)).toEqual([{ turn }]);
    }
    await single.close();
  });
});
