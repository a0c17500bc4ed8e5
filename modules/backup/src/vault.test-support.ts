import {
  type Actor,
  type DeviceId,
  type Id,
  newId,
  type PrincipalId,
  type SiteId,
  type SpaceId,
  type TenantId,
} from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import {
  migrations as devices,
  makeRestoreToken,
  makeToken,
  prepareEnrolment,
  revokeDevice,
} from "@casaforte/modules/devices";
import {
  assignPolicy,
  changePolicy,
  createPolicy,
  type PolicyId,
  migrations as policies,
  invariants as policyInvariants,
  requestRun,
} from "@casaforte/modules/policies";
import {
  createSpace,
  type ReplicaPlan,
  invariants as spaceInvariants,
  migrations as spaces,
  syncSites,
} from "@casaforte/modules/spaces";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { type BlobStore, memoryBlobStore } from "@casaforte/platform/blobstore";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, type Db, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { openJobs, migrations as platformJobs } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import type { VaultHarness } from "@casaforte/vault/conformance";
import { blobInvariant, invariants } from "./invariants.ts";
import { clockIsSteady } from "./jobs.ts";
import { backupLimits } from "./limits.ts";
import { migrations } from "./migrations.ts";
import type { BackupServices } from "./services.ts";
import { createVaultBackend } from "./vault-backend.ts";
import { registerVaultRoutes } from "./vault-http.ts";

export const siteId = "milano" as SiteId;

/** A whole vault on PostgreSQL and HTTP, for tests of this module and of agents. */
export interface TestVault extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly services: BackupServices;
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly logger: MemoryLogger;
  readonly blobs: BlobStore;
  /** The second location. */
  readonly replicas: BlobStore;
  readonly harness: VaultHarness;
  /** What others were told of runs, in order: device and result. */
  readonly endedRuns: string[];
  /** Tenants that spaces were made for, in order. */
  readonly tenants: TenantId[];
  newTenant(): Promise<TenantId>;
  newSpace(
    tenantId: TenantId,
    options: { readonly quotaBytes: number; readonly lockDays?: number; readonly replicaPlan?: ReplicaPlan },
  ): Promise<SpaceId>;
  tenantOf(spaceId: string): TenantId;
  actorOf(tenantId: TenantId): Extract<Actor, { kind: "user" }>;
  /** Findings of every invariant over every tenant. */
  findings(): Promise<string[]>;
  /** Another vault on the same database, with other services; its base URL. */
  another(services: Partial<BackupServices>): Promise<{ baseUrl: string; close(): Promise<void> }>;
}

export async function startTestVault(options: { readonly blobs?: BlobStore } = {}): Promise<TestVault> {
  const clock = new FakeClock();
  const random = new SeededRandom(23);
  const logger = new MemoryLogger();
  const bus = memoryBus(logger);
  const database = await startTestDatabase([base, platformJobs, tenancy, audit, spaces, devices, policies, migrations]);
  const { db } = database;
  const blobs = options.blobs ?? memoryBlobStore(clock, random);
  const replicas = memoryBlobStore(clock, random);
  const jobs = openJobs({ clock, random, bus });
  const blobStoreFor = () => blobs;
  const endedRuns: string[] = [];
  const services: BackupServices = {
    runEnded: async (_tx, { deviceId, result }) => void endedRuns.push(`${deviceId} ${result}`),
    db,
    clock,
    random,
    logger,
    bus,
    jobs,
    blobStoreFor,
    replicaStoreFor: () => replicas,
    leaveOutZeros: true,
  };
  const jurisdiction = { it: "Diritto italiano", en: "Italian law" };
  await db.operator((tx) =>
    syncSites(
      tx,
      [{ id: siteId, name: "Milano", country: "IT", jurisdiction, replicaName: "Milano 2" }],
      clock.nowMs(),
    ),
  );
  const faces: Face[] = [];
  const listen = async (given: BackupServices) => {
    const app = createFace({ name: "vault", logger, clock, random, contentSecurityPolicy: "api" });
    const backend = createVaultBackend({ ...given, serverVersion: "test" });
    registerVaultRoutes(app, backend, { logger, clock });
    const baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
    faces.push(app);
    return { baseUrl, close: () => app.close() };
  };
  const { baseUrl } = await listen(services);
  const tenants: TenantId[] = [];
  const spaceTenants = new Map<string, TenantId>();
  const policyOf = new Map<string, { readonly id: PolicyId; readonly version: number }>();
  const deviceTenants = new Map<string, TenantId>();
  const tenantOf = (spaceId: string) => {
    const found = spaceTenants.get(spaceId);
    if (!found) throw new Error("no such space in this test");
    return found;
  };
  const actorOf = (tenantId: TenantId) => ({
    kind: "user" as const,
    tenantId,
    principalId: newId<PrincipalId>(clock, random),
    role: "owner" as const,
    ip: "192.0.2.1",
  });

  const newTenant = async () => {
    const tenantId = newId<TenantId>(clock, random);
    const system: Actor = { kind: "system", name: "test" };
    await db.operator((tx) => createTenant(tx, system, { tenantId, name: "Rossi SRL", nowMs: clock.nowMs() }));
    tenants.push(tenantId);
    return tenantId;
  };
  const newSpace: TestVault["newSpace"] = async (tenantId, given) => {
    const id = newId<SpaceId>(clock, random);
    const input = { id, siteId, name: `Spazio ${id}`, quotaBytes: BigInt(given.quotaBytes), nowMs: clock.nowMs() };
    const lockDays = given.lockDays === undefined ? {} : { lockDays: given.lockDays };
    await db.tenant(tenantId, (tx) =>
      createSpace(tx, actorOf(tenantId), { ...input, ...lockDays, replicaPlan: given.replicaPlan ?? "none" }),
    );
    spaceTenants.set(id, tenantId);
    return id;
  };
  const deviceTenant = async (deviceId: string): Promise<TenantId> => {
    const known = deviceTenants.get(deviceId);
    if (known) return known;
    for (const tenantId of tenants) {
      const rows = await db.tenant(tenantId, (tx) => tx.sql`select 1 from devices_devices where id = ${deviceId}`);
      if (rows.length > 0) return tenantId;
    }
    throw new Error("no such device in this test");
  };

  const harness: VaultHarness = {
    baseUrl,
    clock,
    random,
    addSpace: async (given) => newSpace(await newTenant(), given),
    enrolmentToken: async (spaceId) => {
      const { token, hash } = makeToken("enrol", random);
      const tenantId = tenantOf(spaceId);
      await db.tenant(tenantId, (tx) =>
        prepareEnrolment(tx, actorOf(tenantId), {
          id: newId<SpaceId>(clock, random),
          spaceId: spaceId as SpaceId,
          kind: "desktop",
          name: null,
          tokenHash: hash,
          nowMs: clock.nowMs(),
        }),
      );
      return token;
    },
    restoreToken: async (deviceId) => {
      const { token, hash } = makeToken("restore", random);
      const tenantId = await deviceTenant(deviceId);
      const id = newId<SpaceId>(clock, random);
      const input = { id, deviceId: deviceId as DeviceId, hours: 8, tokenHash: hash, nowMs: clock.nowMs() };
      await db.tenant(tenantId, (tx) => makeRestoreToken(tx, actorOf(tenantId), input));
      return token;
    },
    revokeDevice: async (deviceId) => {
      const tenantId = await deviceTenant(deviceId);
      const input = { id: deviceId as DeviceId, nowMs: clock.nowMs() };
      await db.tenant(tenantId, (tx) => revokeDevice(tx, actorOf(tenantId), input, (topic) => bus.publish(topic)));
    },
    setPolicy: async (deviceId, given) => {
      const tenantId = await deviceTenant(deviceId);
      const nowMs = clock.nowMs();
      const known = policyOf.get(deviceId);
      const id = known?.id ?? newId<PolicyId>(clock, random);
      await db.tenant(tenantId, async (tx) => {
        const actor = actorOf(tenantId);
        const input = { id, ...given, nowMs };
        if (known) await changePolicy(tx, actor, { ...input, replaces: known.version }, bus.publish);
        else await createPolicy(tx, actor, input);
        await assignPolicy(tx, actor, { id, deviceIds: [deviceId as DeviceId], nowMs }, bus.publish);
      });
      policyOf.set(deviceId, { id, version: (known?.version ?? 0) + 1 });
    },
    requestRun: async (deviceId) => {
      const tenantId = await deviceTenant(deviceId);
      const id = newId<Id<"RunRequest">>(clock, random);
      const input = { id, deviceId: deviceId as DeviceId, nowMs: clock.nowMs() };
      await db.tenant(tenantId, (tx) => requestRun(tx, actorOf(tenantId), input, bus.publish));
      return id;
    },
    // As in life: the vault's clock ticks all the while.
    advance: async (ms) => {
      await clockIsSteady(services);
      for (let left = ms; left > 0; left -= backupLimits.clockGapMs) {
        await clock.advance(Math.min(left, backupLimits.clockGapMs));
        await clockIsSteady(services);
      }
    },
  };

  const findings = async () => {
    const all = [...spaceInvariants, ...policyInvariants, ...invariants, blobInvariant(services)];
    const found: string[] = [];
    for (const tenantId of tenants)
      for (const invariant of all) {
        const lines = await (db as Db).tenant(tenantId, (tx) => invariant.check(tx), { readOnly: true });
        found.push(...lines.map((line) => `${invariant.name}: ${line}`));
      }
    return found;
  };
  const close = async () => {
    for (const app of faces) await app.close();
    await database.close();
  };
  return {
    database,
    services,
    clock,
    random,
    logger,
    blobs,
    replicas,
    harness,
    endedRuns,
    tenants,
    newTenant,
    newSpace,
    tenantOf,
    actorOf,
    findings,
    another: (given) => listen({ ...services, ...given }),
    [Symbol.asyncDispose]: close,
  };
}
