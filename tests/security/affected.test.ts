import { type Actor, type MailAccountId, newId, type SiteId, type SpaceId, type TenantId } from "@casaforte/kernel";
import { deleteMailAccount } from "@casaforte/modules/mailbox";
import { addHost, changeHost, placeSpace, releaseSpace } from "@casaforte/modules/placement";
import { createSpace } from "@casaforte/modules/spaces";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noticeDesk } from "../../apps/server/src/notice-desk.ts";
import { startWorld, type World } from "./world.test-support.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

const maker: Actor = { kind: "system", name: "test" };

/** Of all customers, by name, whom a notice about these services reaches. */
async function concerned(
  customers: ReadonlyMap<TenantId, string>,
  about: { readonly services: ("backup" | "mail" | "console")[]; readonly siteId?: string; readonly hostId?: string },
): Promise<string[]> {
  const desk = noticeDesk(world.services.core, "http://localhost");
  const scope = {
    services: about.services,
    siteId: (about.siteId ?? null) as SiteId | null,
    hostId: about.hostId ?? null,
  };
  const found = await world.services.core.db.operator((tx) => desk.affected(tx, scope));
  expect(new Set(found).size).toBe(found.length);
  return found.flatMap((tenantId) => customers.get(tenantId) ?? []).sort();
}

test("R24: a notice concerns exactly those with a space on the host or at the site, or with mail", async () => {
  const { db, clock, random } = world.services.core;
  const id = <Branded extends string>() => newId(clock, random) as string as Branded;
  const customers = new Map<TenantId, string>();
  const tenant = async (name: string) => {
    const tenantId = await world.newTenant(name);
    customers.set(tenantId, name);
    return tenantId;
  };
  const host = async (name: string, siteId: string) => {
    const hostId = id<string>();
    const row = { id: hostId, siteId: siteId as SiteId, name, rack: null, serial: null, capacityBytes: 10n ** 13n };
    await db.operator((tx) => addHost(tx, maker, row, clock.nowMs()));
    return hostId;
  };
  const space = async (tenantId: TenantId, siteId: string) => {
    const spaceId = id<SpaceId>();
    const at = { siteId: siteId as SiteId, nowMs: clock.nowMs() };
    await db.tenant(tenantId, async (tx) => {
      await createSpace(tx, maker, { id: spaceId, name: `Spazio ${siteId}`, quotaBytes: 10n ** 9n, ...at });
      await placeSpace(tx, { spaceId, bytes: 10n ** 9n, ipAddresses: 0, ...at });
    });
    return spaceId;
  };
  // Each host takes what comes while it is the only one of its site that takes any.
  const first = await host("mi-a", "mi1");
  await space(await tenant("first"), "mi1");
  const moved = await tenant("left the first");
  const left = await space(moved, "mi1");
  await db.tenant(moved, (tx) => releaseSpace(tx, left, clock.nowMs()));
  await db.operator((tx) => changeHost(tx, maker, { id: first, state: "draining", nowMs: clock.nowMs() }));
  const second = await host("mi-b", "mi1");
  const both = await tenant("second and abroad");
  await space(both, "mi1");
  const third = await host("fr-a", "fr1");
  await space(both, "fr1");
  const withMail = await tenant("mail");
  await world.newDomain(withMail, "posta-sola.test");
  await world.newMailAccount(withMail, "posta-sola.test");
  const withoutMail = await tenant("mail of old");
  await world.newDomain(withoutMail, "posta-vecchia.test");
  const accountId = (await world.newMailAccount(withoutMail, "posta-vecchia.test")).principalId as string;
  await db.tenant(withoutMail, (tx) =>
    deleteMailAccount(tx, maker, { accountId: accountId as MailAccountId }, world.services.mailbox),
  );
  await tenant("nothing");

  const backup = (at: { siteId?: string; hostId?: string }) => concerned(customers, { services: ["backup"], ...at });
  expect(await backup({ siteId: "mi1", hostId: first })).toEqual(["first"]);
  expect(await backup({ siteId: "mi1", hostId: second })).toEqual(["second and abroad"]);
  expect(await backup({ siteId: "fr1", hostId: third })).toEqual(["second and abroad"]);
  // A space that was given back on its host still lies at the site until it is deleted.
  expect(await backup({ siteId: "mi1" })).toEqual(["first", "left the first", "second and abroad"]);
  expect(await backup({ siteId: "fr1" })).toEqual(["second and abroad"]);
  expect(await backup({})).toEqual(["first", "left the first", "second and abroad"]);
  expect(await concerned(customers, { services: ["mail"] })).toEqual(["mail"]);
  expect(await concerned(customers, { services: ["mail"], siteId: "mi1" })).toEqual(["mail"]);
  expect(await concerned(customers, { services: ["mail"], siteId: "fr1" })).toEqual([]);
  expect(await concerned(customers, { services: ["backup", "mail"], siteId: "mi1", hostId: first })).toEqual([
    "first",
    "mail",
  ]);
  expect(await concerned(customers, { services: ["console"] })).toEqual([...customers.values()].sort());
});
