import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TenantTx } from "./index.ts";
import { Probe } from "./probe.test-support.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await Probe.open();
});
afterAll(() => probe?.database.close());

describe("a transaction of one trip", () => {
  test("sends all its statements before the first answer, and their end with them", async () => {
    const [one, two] = [probe.newNote(), probe.newNote()];
    await probe.database.db.tenant(
      probe.tenantA,
      (tx) =>
        Promise.all([probe.insert(probe.tenantA, "trip 1", one)(tx), probe.insert(probe.tenantA, "trip 2", two)(tx)]),
      {
        oneTrip: true,
      },
    );
    expect(await probe.bodies()).toEqual(expect.arrayContaining(["trip 1", "trip 2"]));
  });

  test("is undone whole when a statement fails, and its connection stays sound", async () => {
    const id = probe.newNote();
    for (let round = 0; round < 3; round++) {
      const work = probe.database.db.tenant(
        probe.tenantA,
        (tx) =>
          Promise.all([probe.insert(probe.tenantA, "undone", id)(tx), probe.insert(probe.tenantA, "double", id)(tx)]),
        { oneTrip: true },
      );
      await expect(work).rejects.toMatchObject({ code: "23505" });
    }
    expect(await probe.bodies()).not.toContain("undone");
  });

  test("refuses a statement that comes after its end", async () => {
    const work = probe.database.db.tenant(
      probe.tenantA,
      async (tx) => {
        await tx.sql`select 1`;
        await probe.insert(probe.tenantA, "late")(tx);
      },
      { oneTrip: true },
    );
    await expect(work).rejects.toMatchObject({ code: "TRANSACTION_ENDED" });
    expect(await probe.bodies()).not.toContain("late");
  });

  test("writes nothing when it said that it only reads", async () => {
    const work = probe.database.db.tenant(probe.tenantA, probe.insert(probe.tenantA, "read"), {
      oneTrip: true,
      readOnly: true,
    });
    await expect(work).rejects.toMatchObject({ code: "25006" });
    expect(await probe.bodies()).not.toContain("read");
  });

  test("keeps nothing when a value cannot be sent, on a new connection as on a used one", async () => {
    const single = probe.openFew(1);
    const at = (when: Date | undefined) =>
      single.tenant(
        probe.tenantA,
        (tx) =>
          Promise.all([
            probe.insert(probe.tenantA, "half")(tx),
            tx.sql`select ${when as Date}::timestamptz as at`,
            probe.insert(probe.tenantA, "half")(tx),
          ]),
        { oneTrip: true },
      );
    await expect(at(new Date(Number.NaN))).rejects.toThrow("Invalid time value");
    await expect(at(undefined)).rejects.toMatchObject({ code: "UNDEFINED_VALUE" });
    expect(await probe.bodies()).not.toContain("half");
    await at(new Date(0));
    await expect(at(new Date(Number.NaN))).rejects.toThrow("Invalid time value");
    await expect(at(undefined)).rejects.toMatchObject({ code: "UNDEFINED_VALUE" });
    expect((await probe.bodies()).filter((body) => body === "half")).toHaveLength(2);
    await single.close();
  });

  test("holds as many statements and bytes as it is given, and fails whole where the last one does", async () => {
    const text = "x".repeat(5_000_000);
    const work = (last: string) =>
      probe.database.db.tenant(
        probe.tenantA,
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
    const single = probe.openFew(1);
    const run = <T>(work: (tx: TenantTx) => Promise<T>) => single.tenant(probe.tenantA, work, { oneTrip: true });
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
    const few = probe.openFew(2);
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const tenant = index % 2 ? probe.tenantA : probe.tenantB;
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
    const single = probe.openFew(1);
    const read = () => single.tenant(probe.tenantA, (tx) => tx.sql`select * from probe_note`, { oneTrip: true });
    const before = (await read()).length;
    await probe.asOwner("alter table probe_note add column extra text");
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
    const work = probe.database.db.tenant(
      probe.tenantA,
      (tx) => tx.sql`select pg_terminate_backend(pg_backend_pid())`,
      {
        oneTrip: true,
      },
    );
    await expect(work).rejects.toMatchObject({ kind: "unavailable" });
    expect(
      await probe.database.db.tenant(probe.tenantA, (tx) => tx.sql`select 1 as one`, { oneTrip: true }),
    ).toHaveLength(1);
  });
});
