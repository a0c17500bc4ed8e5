import type { TenantId } from "@casaforte/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Probe } from "./probe.test-support.ts";

let probe: Probe;
beforeAll(async () => {
  probe = await Probe.open();
});
afterAll(() => probe?.database.close());

describe("transactions that others join", () => {
  test("never hold all connections while they look something up, and one tenant never holds all of them", async () => {
    const four = probe.openFew(4);
    const work = (tenantId: TenantId) =>
      four.together(tenantId, async (tx) => {
        await tx.sql`select 1`;
        await four.lookup((other) => other.sql`select 1`);
        return four.apart(tenantId, (other) => other.sql`select 1`);
      });
    const tenants = Array.from({ length: 8 }, () => probe.newTenant());
    expect(await Promise.all(tenants.map(work))).toHaveLength(8);
    await four.close();
    const [nine, hold] = [probe.openFew(9), Promise.withResolvers<void>()];
    const held = [1, 2, 3].map(() => nine.together(probe.tenantA, () => hold.promise));
    expect(await nine.together(probe.tenantB, async (tx) => (await tx.sql`select 1`).length)).toBe(1);
    hold.resolve();
    await Promise.all(held);
    await nine.close();
  });

  test("refuse a look-up where the pool has no second connection", async () => {
    const single = probe.openFew(1);
    const work = single.together(probe.tenantA, () => single.lookup((tx) => tx.sql`select 1`));
    await expect(work).rejects.toThrow("no other beside");
    await single.close();
  });

  test("are undone without what was written apart from them", async () => {
    const write = (how: "tenant" | "apart") =>
      probe.database.db[how](probe.tenantA, probe.insert(probe.tenantA, `by ${how}`));
    const work = probe.database.db.together(probe.tenantA, async () => {
      await write("tenant");
      await write("apart");
      throw new Error("refused");
    });
    await expect(work).rejects.toThrow("refused");
    expect((await probe.bodies()).filter((body) => body.startsWith("by "))).toEqual(["by apart"]);
  });
});
