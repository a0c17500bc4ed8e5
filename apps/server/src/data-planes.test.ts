import type { SpaceId } from "@casaforte/kernel";
import { publishSku, readVersion, setPrice } from "@casaforte/modules/catalogue";
import { addAddresses } from "@casaforte/modules/placement";
import { differences } from "@casaforte/modules/reconciliation";
import { changeSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { expect, test } from "vitest";
import {
  clock,
  database,
  gigabyte,
  newTenant,
  order,
  system,
  verona,
} from "../../../modules/orders/src/orders.test-support.ts";
import { backupPlane } from "./data-planes.ts";

const plane = backupPlane(clock);

test("R4: what the catalogue sold is what the data plane reports; what is changed behind its back shows, and is mended from the order", async () => {
  const nowMs = clock.nowMs();
  await database.db.operator(async (tx) => {
    await publishSku(tx, system, {
      ...{ sku: "verona-fast", product: "backup", siteId: verona, capacityBytes: 50n * gigabyte, ipAddresses: 2 },
      ...{ name: { it: "Veloce", en: "Fast" }, description: { it: "d", en: "d" }, replicaPlan: "none" },
      ...{ bandwidthBytesPerSecond: 12_500_000n, hostUse: "shared", quantityMax: 20n, units: ["hour"] },
      ...{ validFrom: new Date(nowMs), nowMs },
    });
    const price = { sku: "verona-fast", unit: "hour", priceMicros: 1_000n, validFromMs: nowMs } as const;
    await setPrice(tx, system, { ...price, approvalId: null, nowMs });
    await addAddresses(tx, system, { siteId: verona, addresses: ["192.0.2.41", "192.0.2.42"], nowMs });
  });
  const tenantId = await newTenant();
  await order(tenantId, { sku: "verona-fast", siteId: verona, quantity: 3n });
  const inTx = <Result>(work: (tx: TenantTx) => Promise<Result>) => database.db.tenant(tenantId, work);
  const look = () => inTx(async (tx) => ({ desired: await plane.desired(tx), actual: await plane.report(tx) }));
  const { desired, actual } = await look();
  const [space] = desired;
  if (space === undefined) throw new Error("nothing was ordered");
  const sold = await database.db.lookup((tx) => readVersion(tx, "verona-fast", 1));
  expect(actual.get(space.id)).toEqual({
    quotaBytes: String((sold?.capacityBytes ?? 0n) * 3n),
    bandwidthBytesPerSecond: String(sold?.bandwidthBytesPerSecond),
    replica: sold?.replicaPlan,
    site: sold?.siteId,
    addresses: String(sold?.ipAddresses),
  });
  expect(differences(desired, actual)).toEqual([]);
  const id = space.id as SpaceId;
  await inTx((tx) => changeSpace(tx, system, { id, quotaBytes: gigabyte, bandwidthBytesPerSecond: null, nowMs }));
  const drifted = await look();
  expect(differences(drifted.desired, drifted.actual)).toMatchObject([
    { attribute: "quotaBytes", desired: String(150n * gigabyte), actual: String(gigabyte) },
    { attribute: "bandwidthBytesPerSecond", desired: "12500000", actual: "unlimited" },
  ]);
  // While an attribute is mended no order changes the service.
  await inTx(async (tx) => {
    await plane.hold(tx, space.id);
    const order = inTx(
      (other) => other.sql`select 1 from orders_services where subject_id = ${space.id} for update nowait`,
    );
    await expect(order).rejects.toMatchObject({ code: "55P03" });
  });
  for (const attribute of ["quotaBytes", "bandwidthBytesPerSecond"])
    await inTx((tx) => plane.mend(tx, space, attribute));
  const mended = await look();
  expect(differences(mended.desired, mended.actual)).toEqual([]);
  await expect(inTx((tx) => plane.mend(tx, space, "site"))).rejects.toMatchObject({ code: "reconciliation.by_hand" });
});
