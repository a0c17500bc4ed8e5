import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { devicesLimits, registerDeviceRoutes } from "@casaforte/modules/devices";
import { createFace, type Face } from "@casaforte/platform/http";
import type { RunReport } from "@casaforte/vault";
import { type EnrolledDevice, enrolIn, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerBackupRoutes } from "./index.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

const hourMs = 3_600_000;
let vault: TestVault;
let app: Face;
let mine: TenantId;
let spaceId: string;
let devices: readonly [EnrolledDevice, EnrolledDevice, EnrolledDevice];

beforeAll(async () => {
  vault = await startTestVault();
  const { services, clock, random, logger, harness } = vault;
  app = createFace({ name: "console", logger, clock, random, contentSecurityPolicy: "console" });
  const sessions = {
    session: async (request: { readonly headers: Readonly<Record<string, unknown>>; readonly ip: string }) => ({
      kind: "user" as const,
      tenantId: String(request.headers["x-test-session"]) as TenantId,
      principalId: newId<PrincipalId>(clock, random),
      role: "owner" as const,
      ip: request.ip,
    }),
    assertFresh: async () => {},
  };
  registerDeviceRoutes(app, { ...services, ...sessions, deleteDevice: async () => {} });
  registerBackupRoutes(app, { ...services, ...sessions });
  spaceId = await harness.addSpace({ quotaBytes: 1e10 });
  mine = vault.tenantOf(spaceId);
  devices = [await enrolIn(harness, spaceId), await enrolIn(harness, spaceId), await enrolIn(harness, spaceId)];
  const names = ["Uffici 100%", "archivio", "Zeta"];
  for (const [index, device] of devices.entries())
    await services.db.tenant(
      mine,
      (tx) => tx.sql`update devices_devices set name = ${names[index] ?? ""} where id = ${device.deviceId}`,
    );
});
afterAll(async () => {
  await app?.close();
  await vault?.[Symbol.asyncDispose]();
});

const get = async (url: string, tenantId: string = mine) =>
  (await app.inject({ method: "GET", url, headers: { "x-test-session": tenantId } })).json();
const report = (device: EnrolledDevice, result: "ok" | "partial" | "failed", told: Pick<RunReport, "notes"> = {}) => {
  const at = new Date(vault.clock.nowMs()).toISOString();
  const figures = { filesTotal: 1, filesUnreadable: 0, bytesRead: 1, bytesSent: 1, code: null, message: null };
  return device.client.report({
    runId: newId(vault.clock, vault.random),
    result,
    startedAt: at,
    finishedAt: at,
    pointId: null,
    agentVersion: "1.0.0",
    ...figures,
    ...told,
  });
};
const namesOf = (page: { readonly devices: readonly { readonly name: string }[] }) =>
  page.devices.map((device) => device.name);

test("R10: devices come by name a page at a time, are found by a part of name or host, and strangers' are not", async () => {
  const first = await get("/api/devices?limit=2");
  expect([namesOf(first), first.total]).toEqual([["archivio", "Uffici 100%"], 3]);
  const second = await get(`/api/devices?limit=2&after=${first.nextAfter}`);
  expect([namesOf(second), second.nextAfter]).toEqual([["Zeta"], null]);
  expect(namesOf(await get("/api/devices?q=ARCH"))).toEqual(["archivio"]);
  // A percent sign is looked for as itself.
  expect(namesOf(await get("/api/devices?q=%25"))).toEqual(["Uffici 100%"]);
  expect((await get("/api/devices?q=laptop.example")).total).toBe(3);
  const stranger = vault.tenantOf(await vault.harness.addSpace({ quotaBytes: 1e9 }));
  expect(await get("/api/devices", stranger)).toEqual({ devices: [], nextAfter: null, total: 0 });
});

test("R10: a device's strip has the worst result of each day, and the summary names who needs somebody, worst first", async () => {
  const [good, failing, silent] = devices;
  await report(good, "ok");
  await report(failing, "ok");
  await vault.harness.advance(24 * hourMs);
  await report(failing, "ok");
  await report(failing, "failed");
  await vault.harness.advance(30 * hourMs);
  await report(good, "partial");
  const { devices: listed } = await get("/api/devices");
  const daysOf = (device: EnrolledDevice) =>
    listed.find((row: { readonly id: string }) => row.id === device.deviceId)?.days.slice(-3);
  expect(daysOf(good)).toEqual(["ok", null, "partial"]);
  expect(daysOf(failing)).toEqual(["ok", "failed", null]);
  expect(daysOf(silent)).toEqual([null, null, null]);
  expect(listed[0].days).toHaveLength(30);
  const summary = await get("/api/backup-summary");
  expect(summary).toMatchObject({ damagedPoints: 0, hasRestored: false });
  expect(summary.devices).toMatchObject({ active: 3, protected: 2, troubled: 3 });
  expect(summary.devices.troubles.map((row: { name: string; trouble: string }) => [row.name, row.trouble])).toEqual([
    ["archivio", "failed"],
    ["Zeta", "never"],
    ["Uffici 100%", "partial"],
  ]);
  const stranger = vault.tenantOf(await vault.harness.addSpace({ quotaBytes: 1e9 }));
  expect((await get("/api/backup-summary", stranger)).devices).toMatchObject({ active: 0, troubles: [] });
});

test("R10: a device shows what its runs had to say by kind, and all its days however often it runs", async () => {
  const [device] = devices;
  const before = (await get(`/api/devices/${device.deviceId}`)).days;
  const notes = [
    { level: "lost", code: "no_permission", count: 3 },
    { level: "told", code: "changed_while_read", count: 2 },
  ] as const;
  await vault.harness.advance(24 * hourMs);
  for (let runs = 0; runs < devicesLimits.runsShown; runs++) await report(device, "ok");
  await vault.harness.advance(60_000);
  await report(device, "partial", { notes: [...notes] });
  const shown = await get(`/api/devices/${device.deviceId}`);
  expect(shown.runs).toHaveLength(devicesLimits.runsShown);
  expect(shown.runs.slice(0, 2)).toMatchObject([{ notes }, { notes: [] }]);
  expect(shown.days).toEqual([...before.slice(1), "partial"]);
  const { devices: listed } = await get("/api/devices");
  expect(listed.find((row: { readonly id: string }) => row.id === device.deviceId).days).toEqual(shown.days);
  // A name is no code.
  const named = { notes: [{ level: "lost", code: "/home/anna", count: 1 }] } as const;
  await expect(report(device, "ok", { notes: [...named.notes] })).rejects.toMatchObject({ code: "vault.invalid" });
});

test("R30: a point tells which point it builds upon, and a damaged one is in the summary", async () => {
  const [device] = devices;
  const { harness } = vault;
  const chainId = await newChain(harness, device);
  const full = await storeSample(harness, device, chainId);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const increment = await storeSample(harness, device, chainId, sample(harness, [900], parent.fileRoot), parent);
  const { points } = await get(`/api/devices/${device.deviceId}/points`);
  expect(points.map((point: { id: string; parentId: string | null }) => [point.id, point.parentId])).toEqual([
    [increment.pointId, full.pointId],
    [full.pointId, null],
  ]);
  await vault.services.db.tenant(
    mine,
    (tx) => tx.sql`update backup_points set state = 'damaged' where id = ${increment.pointId}`,
  );
  expect(await get("/api/backup-summary")).toMatchObject({ damagedPoints: 1, damagedDeviceId: device.deviceId });
});

test("a password that nobody has proved for 90 days is asked for, of devices with backups, until somebody opens a point with it", async () => {
  const [good, failing, silent] = devices;
  const keys = async () => (await get("/api/backup-summary")).keys;
  expect(await keys()).toEqual({ unproved: 0, deviceId: null });
  await vault.harness.advance(90 * 24 * hourMs);
  // The one without a backup has nothing that a password could open.
  expect((await get(`/api/devices/${silent.deviceId}`)).device).toMatchObject({ lastSuccessAt: null });
  expect(await keys()).toMatchObject({ unproved: 2 });
  const prove = (device: EnrolledDevice, tenantId: string = mine) =>
    app.inject({
      method: "POST",
      url: `/api/devices/${device.deviceId}/key-proof`,
      headers: { "x-test-session": tenantId },
    });
  const stranger = vault.tenantOf(await vault.harness.addSpace({ quotaBytes: 1e9 }));
  expect((await prove(good, stranger)).statusCode).toBe(404);
  expect((await prove(good)).statusCode).toBe(204);
  expect(await keys()).toEqual({ unproved: 1, deviceId: failing.deviceId });
  expect((await get(`/api/devices/${good.deviceId}`)).device).toMatchObject({
    keyProvedAt: new Date(vault.clock.nowMs()).toISOString(),
  });
  await prove(failing);
  expect(await keys()).toEqual({ unproved: 0, deviceId: null });
});
