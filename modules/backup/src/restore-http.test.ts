import { restoreRangeBytesMax } from "@casaforte/contract/restore-limits";
import { Failure, newId, type PrincipalId, type TenantId, type TenantRole } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { type EnrolledDevice, enrolDevice, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import { registerRestoreRoutes } from "./restore-http.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

let vault: TestVault;
let app: Face;
let device: EnrolledDevice;
let mine: TenantId;
let full: Awaited<ReturnType<typeof storeSample>>;
let increment: Awaited<ReturnType<typeof storeSample>>;
const keyring = new Uint8Array(300).fill(7);

beforeAll(async () => {
  vault = await startTestVault();
  const { services, clock, random, logger, harness } = vault;
  app = createFace({ name: "console", logger, clock, random, contentSecurityPolicy: "console" });
  registerRestoreRoutes(app, {
    ...services,
    bandwidth: createBandwidth(clock),
    session: async (request) => {
      const [tenantId, role] = String(request.headers["x-test-session"] ?? "").split(" ");
      if (!tenantId || !role) throw new Failure("unauthenticated", "identity.no_session", "sign in first");
      const principalId = newId<PrincipalId>(clock, random);
      return { kind: "user", tenantId: tenantId as TenantId, principalId, role: role as TenantRole, ip: request.ip };
    },
    assertFresh: async () => {},
  });
  device = await enrolDevice(harness);
  mine = vault.tenantOf(device.spaceId);
  const chainId = await newChain(harness, device);
  await device.client.putKeyring(chainId, keyring, 0);
  full = await storeSample(harness, device, chainId);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  increment = await storeSample(harness, device, chainId, sample(harness, [900], parent.fileRoot), parent);
});
afterAll(async () => {
  await app?.close();
  await vault?.[Symbol.asyncDispose]();
});

const open = (pointId: string, session = `${mine} technician`, deviceId = device.deviceId) =>
  app.inject({
    method: "POST",
    url: `/api/devices/${deviceId}/points/${pointId}/restores`,
    headers: { "x-test-session": session, "sec-fetch-site": "same-origin" },
  });
const read = (fileId: string, range: string | null, session = `${mine} technician`, deviceId = device.deviceId) =>
  app.inject({
    method: "GET",
    url: `/api/devices/${deviceId}/files/${fileId}`,
    headers: { "x-test-session": session, ...(range === null ? {} : { range }) },
  });

test("R30: opening a point gives its line of files, full first, the keyring as stored, and an audit row", async () => {
  const reply = (await open(increment.pointId)).json();
  expect(reply).toMatchObject({
    point: { id: increment.pointId, kind: "vib" },
    device: { id: device.deviceId, name: "laptop", hostname: "laptop.example" },
    files: [
      { id: full.fileId, kind: "vbk", sizeBytes: full.file.bytes.length, fileRoot: full.file.commit.fileRoot },
      { id: increment.fileId, kind: "vib", sizeBytes: increment.file.bytes.length },
    ],
  });
  expect(Buffer.from(reply.keyring, "base64").equals(keyring)).toBe(true);
  expect((await open(full.pointId)).json().files).toHaveLength(1);
  const [row] = await vault.services.db.tenant(
    mine,
    (tx) => tx.sql<{ count: number }[]>`
      select count(*)::int as count from audit_entries where action = 'backup.restore_opened'`,
  );
  expect(row?.count).toBe(2);
});

test("R30: a range is the bytes as they were stored, and is counted into the day's usage (R10)", async () => {
  const reply = await read(full.fileId, "bytes=1000-1060999");
  expect(reply.statusCode).toBe(206);
  expect(reply.headers["content-range"]).toBe(`bytes 1000-1060999/${full.file.bytes.length}`);
  expect(reply.rawPayload.equals(full.file.bytes.subarray(1000, 1_061_000))).toBe(true);
  const [row] = await vault.services.db.tenant(
    mine,
    (tx) => tx.sql<{ bytes: bigint }[]>`select sum(restored_bytes)::bigint as bytes from backup_usage_daily`,
  );
  expect(row?.bytes).toBe(1_060_000n);
});

test("what is no bounded range inside the file is refused with its code", async () => {
  expect((await read(full.fileId, null)).json()).toMatchObject({ status: 422, code: "backup.range" });
  expect((await read(full.fileId, "bytes=99999999999-")).json()).toMatchObject({ status: 422, code: "backup.range" });
  expect((await read(full.fileId, "bytes=0-1,5-6")).statusCode).toBe(422);
  const huge = await vault.services.db.tenant(mine, async (tx) => {
    const [made] = await tx.sql<{ id: string }[]>`
      update backup_files set size = ${BigInt(restoreRangeBytesMax) * 2n} where id = ${full.fileId} returning id`;
    return made?.id;
  });
  expect((await read(String(huge), `bytes=0-${restoreRangeBytesMax}`)).json()).toMatchObject({
    status: 413,
    code: "backup.range_too_long",
  });
  await vault.services.db.tenant(
    mine,
    (tx) =>
      tx.sql`update backup_files set size = ${BigInt(full.file.bytes.length)} where id = ${full.fileId} returning id`,
  );
});

test("R74, R50: strangers, other devices and roles that may not restore get nothing", async () => {
  const stranger = await enrolDevice(vault.harness);
  const other = vault.tenantOf(stranger.spaceId);
  for (const session of [`${other} owner`, `${mine} owner`]) {
    const deviceId = stranger.deviceId;
    if (session.startsWith(mine)) expect((await open(increment.pointId, session, deviceId)).statusCode).toBe(404);
    else expect((await open(increment.pointId, session)).statusCode).toBe(404);
  }
  expect((await read(full.fileId, "bytes=0-9", `${other} owner`)).json()).toMatchObject({ code: "vault.not_found" });
  expect((await read(full.fileId, "bytes=0-9", `${other} owner`, stranger.deviceId)).statusCode).toBe(404);
  for (const role of ["billing", "read_only"]) {
    expect((await open(increment.pointId, `${mine} ${role}`)).statusCode).toBe(403);
    expect((await read(full.fileId, "bytes=0-9", `${mine} ${role}`)).statusCode).toBe(403);
  }
  expect((await open(increment.pointId, "")).statusCode).toBe(401);
});

test("a revoked device's points can still be restored, and a deleted one as long as it lies in the bin", async () => {
  await vault.harness.revokeDevice(device.deviceId);
  expect((await open(increment.pointId)).statusCode).toBe(200);
  await vault.services.db.tenant(mine, async (tx) => {
    await tx.sql`update backup_files set state = 'deleted', deleted_at = ${new Date(vault.clock.nowMs())} where id = ${increment.fileId}`;
    await tx.sql`update backup_points set state = 'deleted' where id = ${increment.pointId}`;
  });
  expect((await open(increment.pointId)).json()).toMatchObject({
    files: [{ id: full.fileId }, { id: increment.fileId }],
  });
  expect((await read(increment.fileId, "bytes=0-9")).statusCode).toBe(206);
  await vault.clock.advance(backupLimits.binMs);
  expect((await open(increment.pointId)).json()).toMatchObject({ status: 404, code: "vault.not_found" });
  expect((await read(increment.fileId, "bytes=0-9")).statusCode).toBe(404);
});
