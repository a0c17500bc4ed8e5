import { createPublicKey } from "node:crypto";
import { type BlobId, type SpaceId, type TenantId, utf8 } from "@casaforte/kernel";
import { deleteSpaceWithContents } from "@casaforte/modules/backup";
import { type HoldId, liftHold, placeHold } from "@casaforte/modules/compliance";
import {
  eraseService,
  jobHandlers,
  requestServiceDeparture,
  requestServiceErasure,
  type ServiceCertificate,
  verifyCertificate,
} from "@casaforte/modules/departure";
import type { BlobStore } from "@casaforte/platform/blobstore";
import { expect, test } from "vitest";
import { certificateKey } from "../../apps/server/src/audit-anchors.ts";
import { insertDeadBlob } from "../../modules/backup/src/store-uploads.ts";
import { selectDueServices } from "../../modules/departure/src/store-services.ts";
import { id, later, never, operator, owner, search, searchAll, services, world } from "./departure.test-support.ts";

/** The end of one backup space, on the product that the caller's file has started. */
export function testSpaceEnds(): void {
  test("R61: a space that ends while the customer stays: after its window no row, key or stored file of it is left at either place, everything else is, and its certificate says so", async () => {
    const { core } = world.services;
    const tenant = await world.newTenant("Resta qui Srl");
    const person = await world.newPerson(tenant, { role: "owner", withPassword: true });
    const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
    const [leaving, staying] = [await fillSpace(tenant), await fillSpace(tenant)];
    const ask = (confirmation: string) =>
      core.db.tenant(tenant, (tx) =>
        requestServiceDeparture(tx, actor, { subjectId: leaving.spaceId, confirmation }, services),
      );
    await expect(ask("altro")).rejects.toMatchObject({ code: "departure.confirmation" });
    const departureId = await ask(leaving.name);
    await expect(ask(leaving.name)).rejects.toMatchObject({ code: "departure.standing" });
    const erase = (days: number, more: Partial<typeof services> = {}) =>
      eraseService({ ...services, clock: later(days), ...more }, tenant, departureId, never);
    // A lock that stood when the end was asked for is kept, also against an early wish.
    await expect(erase(39)).rejects.toMatchObject({ code: "departure.not_due" });
    const wish = { id: departureId, confirmation: leaving.name };
    await expect(
      core.db.tenant(tenant, (tx) => requestServiceErasure(tx, actor, wish, services)),
    ).rejects.toMatchObject({
      code: "departure.points_locked",
    });
    const hold = { id: id<HoldId>(), aboutTenant: tenant, requestId: null, reason: "act 2/2026", nowMs: Date.now() };
    const [ada, bea] = [operator("legal"), operator("legal")];
    await core.db.operator((tx) => placeHold(tx, ada, hold));
    await expect(erase(41)).rejects.toMatchObject({ code: "departure.held" });
    for (const who of [ada, bea])
      await core.db.operator((tx) => liftHold(tx, who, { id: hold.id, decision: "lift", nowMs: Date.now() }));

    // Dead blobs that wait for their time: one of its own, one of the space that stays.
    const [ownDead, othersDead] = [await putDead(tenant, leaving.spaceId), await putDead(tenant, staying.spaceId)];
    await erase(41);
    await expect(readAll(core.blobsOfSite("mi1"), tenant, ownDead)).rejects.toThrow();
    expect(await readAll(core.blobsOfSite("mi1"), tenant, othersDead)).toBeGreaterThan(0);
    const [ofSpace = [], ofDevice = [], ofOther] = await searchAll([
      leaving.spaceId,
      leaving.deviceId,
      staying.deviceId,
    ]);
    expect(ofSpace.filter((table) => !table.startsWith("audit_"))).toEqual(["departure_services"]);
    expect(ofDevice.filter((table) => !table.startsWith("audit_"))).toEqual([]);
    for (const { store, blobId } of leaving.blobs) await expect(readAll(store, tenant, blobId)).rejects.toThrow();
    for (const { store, blobId } of staying.blobs) expect(await readAll(store, tenant, blobId)).toBeGreaterThan(0);
    expect(ofOther).toEqual(expect.arrayContaining(["backup_points", "devices_devices"]));
    const [row] = await core.db.tenant(
      tenant,
      (tx) =>
        tx.sql<{ certificate: string; signature: string }[]>`select certificate, signature from departure_services`,
    );
    const key = createPublicKey(certificateKey(core));
    const told = verifyCertificate(row?.certificate ?? "", row?.signature ?? "", key) as ServiceCertificate;
    expect(told.service).toEqual({ kind: "space", id: leaving.spaceId, name: leaving.name });
    const counts = Object.fromEntries(told.erased.map(({ name: table, count }) => [table, count]));
    expect(counts).toMatchObject({ "stored files": 3, "stored files, second copies": 1, devices_devices: 1 });
    await expect(erase(41)).resolves.toBeUndefined();
  });

  test("R61, R92: an early deletion waits for locks made since, a hold in its middle keeps every byte, and a space deleted meanwhile has its certificate too", async () => {
    const { db, replicasOfSite } = world.services.core;
    const tenant = await world.newTenant("Cambia idea Srl");
    const person = await world.newPerson(tenant, { role: "owner", withPassword: true });
    const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
    const [early, gone] = [await fillSpace(tenant, 0), await fillSpace(tenant, 0)];
    const ask = ({ spaceId, name: confirmation }: typeof early) =>
      db.tenant(tenant, (tx) => requestServiceDeparture(tx, actor, { subjectId: spaceId, confirmation }, services));
    const departureId = await ask(early);
    const stateOf = async (each: string) => {
      const [row] = await db.tenant(
        tenant,
        (tx) => tx.sql<{ state: string; counts: Record<string, number> }[]>`
        select state, counts from departure_services where id = ${each}`,
      );
      return row;
    };
    const erase = (days: number, more: Partial<typeof services> = {}, each = departureId) =>
      eraseService({ ...services, clock: later(days), ...more }, tenant, each, never);
    const wish = { id: departureId, confirmation: early.name };
    await db.tenant(tenant, (tx) => requestServiceErasure(tx, actor, wish, services));
    await db.tenant(
      tenant,
      (tx) => tx.sql`
      update backup_points set locked_until = ${new Date(later(20).nowMs())} where device_id = ${early.deviceId}`,
    );
    // Locks are looked at before anything is ended.
    const space = { ...services.leaving.space, end: () => Promise.reject(new Error("too late")) };
    const unended = { leaving: { ...services.leaving, space } };
    await expect(erase(4, unended)).rejects.toMatchObject({ code: "vault.point_locked" });
    expect(await stateOf(departureId)).toMatchObject({ state: "retrieval" });

    // The end of a lock counts once the vault's clock has run steadily for a day.
    await expect(erase(25)).rejects.toMatchObject({ code: "vault.point_locked" });
    const [since, now] = [new Date(later(23).nowMs()), new Date(later(25).nowMs())];
    await db.lookup(
      (tx) => tx.sql`
      insert into backup_clock (ticked_at, steady_since) values (${now}, ${since})
      on conflict (id) do update set ticked_at = excluded.ticked_at, steady_since = excluded.steady_since`,
    );

    // A hold that comes after the first look, and one that comes when stored files were given up and are still there.
    let asked = 0;
    await expect(erase(25, { isHeld: async () => ++asked > 1 })).rejects.toMatchObject({ code: "departure.held" });
    expect(await stateOf(departureId)).toMatchObject({ state: "retrieval" });
    const countGivenUp = () =>
      db.tenant(tenant, async (tx) => (await tx.sql`select blob_id from backup_dead_blobs`).length);
    for (const most of [1, early.blobs.length]) {
      const isHeld = async () => (await countGivenUp()) >= most;
      await expect(erase(25, { isHeld })).rejects.toMatchObject({ code: "departure.held" });
      expect(await countGivenUp()).toBe(most);
    }
    for (const { store, blobId } of early.blobs) expect(await readAll(store, tenant, blobId)).toBeGreaterThan(0);

    // A copy that another space needs no more is the collector's to list.
    const copy = await replicasOfSite("mi1").put(tenant, utf8("other"));
    const at = new Date();
    await db.tenant(
      tenant,
      (tx) => tx.sql`
      insert into backup_replicas (tenant_id, blob_id, space_id, length, sha256, wanted_at, replica_blob_id, stored_at, checked_at)
      values (${tenant}, ${id()}, ${gone.spaceId}, 5, ${Buffer.alloc(32, 7)}, ${at}, ${copy.id}, ${at}, ${at})`,
    );
    await erase(25);
    const files = { "stored files": 3, "stored files, second copies": 1 };
    expect(await stateOf(departureId)).toMatchObject({ state: "erased", counts: files });
    for (const { store, blobId } of early.blobs) await expect(readAll(store, tenant, blobId)).rejects.toThrow();
    expect(await search(copy.id)).toEqual(["backup_replicas"]);

    const second = await ask(gone);
    const input = { id: gone.spaceId as SpaceId, confirmation: gone.name, nowMs: later(1).nowMs() };
    await db.tenant(tenant, (tx) => deleteSpaceWithContents(tx, actor, input, () => {}));
    await erase(31, {}, second);
    const both = { "stored files": 3, "stored files, second copies": 2 };
    expect(await stateOf(second)).toMatchObject({ state: "erased", counts: both });
  });

  test("R61: the clock ends what is due, first what was begun, then the oldest end, and nothing after a jump of the clock", async () => {
    const { db } = world.services.core;
    const tenant = await world.newTenant("Aspetta Srl");
    const person = await world.newPerson(tenant, { role: "owner" });
    const actor = { ...owner, tenantId: tenant, principalId: person.principalId };
    const names = ["newest", "begun", "oldest", "wished"] as const;
    const ends = new Map<string, string>();
    for (const name of names) {
      const subjectId = await world.newSpace(tenant);
      const [row] = await db.tenant(
        tenant,
        (tx) => tx.sql<{ name: string }[]>`select name from spaces_spaces where id = ${subjectId}`,
      );
      const input = { subjectId, confirmation: row?.name ?? "" };
      ends.set(name, await db.tenant(tenant, (tx) => requestServiceDeparture(tx, actor, input, services)));
    }
    const day = (days: number) => new Date(later(days).nowMs());
    await db.tenant(tenant, async (tx) => {
      const set = (name: string, untilDay: number) => tx.sql`
        update departure_services set retrieval_until = ${day(untilDay)} where id = ${ends.get(name) ?? ""}`;
      await set("newest", 12);
      await set("begun", 13);
      await set("oldest", 11);
      await set("wished", 90);
      await tx.sql`update departure_services set erase_wanted_at = ${day(1)} where id = ${ends.get("wished") ?? ""}`;
      await tx.sql`update departure_services set state = 'erasing', erasing_at = ${day(1)} where id = ${ends.get("begun") ?? ""}`;
    });
    const due = async (days: number) => {
      const rows = await db.operator((tx) => selectDueServices(tx, day(days), day(days - 3)), { readOnly: true });
      return rows.flatMap(({ id: each }) => names.filter((name) => ends.get(name) === each));
    };
    expect(await due(10)).toEqual(["begun", "wished"]);
    expect(await due(14)).toEqual(["begun", "oldest", "newest", "wished"]);

    const tick = async (isSteady: boolean) => {
      const [clockJob] = jobHandlers({ ...services, clock: later(11.5), clockIsSteady: async () => isSteady });
      await clockJob?.run({}, { tenantId: null, signal: never, attempt: 1 } as Parameters<typeof clockJob.run>[1]);
      const rows = await db.tenant(
        tenant,
        (tx) => tx.sql<{ id: string }[]>`select id from departure_services where state = 'erased'`,
      );
      return names.filter((name) => rows.some((row) => row.id === ends.get(name)));
    };
    expect(await tick(false)).toEqual([]);
    expect(await tick(true)).toEqual(["begun", "oldest", "wished"]);
  });
}

/** A blob of a space that a repair has replaced and that waits for a week. */
async function putDead(tenant: TenantId, spaceId: string): Promise<BlobId> {
  const { db, blobsOfSite } = world.services.core;
  const { id: blobId } = await blobsOfSite("mi1").put(tenant, utf8("replaced"));
  const since = new Date(later(50).nowMs());
  await db.tenant(tenant, (tx) => insertDeadBlob(tx, blobId, "mi1", since, "first", spaceId as SpaceId));
  return blobId;
}

export async function readAll(store: BlobStore, tenant: TenantId, blobId: BlobId): Promise<number> {
  let bytes = 0;
  for await (const piece of store.read(tenant, blobId)) bytes += piece.length;
  return bytes;
}

/** A space with a device, a point of one part that is locked for some days, its keyring, a copy at the second location, and a report. */
async function fillSpace(tenant: TenantId, lockedDays = 40) {
  const { core } = world.services;
  const spaceId = await world.newSpace(tenant);
  const device = await world.newDevice(tenant, spaceId);
  await world.newRestoreToken(tenant, device.id);
  const [first, second] = [core.blobsOfSite("mi1"), core.replicasOfSite("mi1")];
  const put = async (store: BlobStore) => ({ store, blobId: (await store.put(tenant, utf8("sealed".repeat(99)))).id });
  const [map, part, ring, copy] = [await put(first), await put(first), await put(first), await put(second)];
  const [chain, file, upload, partId] = [id(), id(), id(), id()];
  const [hash, now] = [Buffer.alloc(32, 7), new Date(core.clock.nowMs())];
  const lockedUntil = new Date(now.getTime() + lockedDays * 86_400_000);
  const spaceName = await core.db.tenant(tenant, async (tx) => {
    await tx.sql`insert into backup_chains (tenant_id, id, device_id, space_id, label, created_at)
      values (${tenant}, ${chain}, ${device.id}, ${spaceId}, 'c', ${now})`;
    await tx.sql`insert into backup_files (tenant_id, id, chain_id, device_id, space_id, kind, file_name, size, file_root,
        block_map_blob_id, block_map_bytes, block_map_sha256, committed_at)
      values (${tenant}, ${file}, ${chain}, ${device.id}, ${spaceId}, 'vbk', 'a.vbk', 594, ${hash}, ${map.blobId}, 594, ${hash}, ${now})`;
    await tx.sql`insert into backup_uploads (tenant_id, id, device_id, chain_id, space_id, key, kind, file_name,
        estimated_bytes, state, file_id, opened_at, last_part_at)
      values (${tenant}, ${upload}, ${device.id}, ${chain}, ${spaceId}, ${id()}, 'vbk', 'a.vbk', 594, 'committed', ${file}, ${now}, ${now})`;
    await tx.sql`insert into backup_parts (tenant_id, id, upload_id, space_id, n, blob_id, file_offset, length, sha256, stored_at, checked_at)
      values (${tenant}, ${partId}, ${upload}, ${spaceId}, 0, ${part.blobId}, 0, 594, ${hash}, ${now}, ${now})`;
    await tx.sql`insert into backup_extents (tenant_id, file_id, file_offset, length, part_id, part_offset)
      values (${tenant}, ${file}, 0, 594, ${partId}, 0)`;
    await tx.sql`insert into backup_points (tenant_id, id, file_id, chain_id, device_id, at, locked_until)
      values (${tenant}, ${id()}, ${file}, ${chain}, ${device.id}, ${now}, ${lockedUntil})`;
    await tx.sql`insert into backup_objects (tenant_id, chain_id, kind, version, blob_id, length, sha256, stored_at)
      values (${tenant}, ${chain}, 'keyring', 1, ${ring.blobId}, 594, ${hash}, ${now})`;
    await tx.sql`insert into backup_replicas (tenant_id, blob_id, space_id, length, sha256, wanted_at, replica_blob_id, stored_at, checked_at)
      values (${tenant}, ${part.blobId}, ${spaceId}, 594, ${hash}, ${now}, ${copy.blobId}, ${now}, ${now})`;
    await tx.sql`insert into backup_notices (tenant_id, kind, subject_id, key, sent_at) values (${tenant}, 'alarm', ${device.id}, 'k', ${now})`;
    const [row] = await tx.sql<{ name: string }[]>`
      update spaces_spaces set used_bytes = 594 where id = ${spaceId} returning name`;
    return row?.name ?? "";
  });
  return { spaceId, deviceId: device.id, name: spaceName, blobs: [map, part, ring, copy] };
}
