import {
  type Actor,
  newId,
  type OperatorRole,
  type PrincipalId,
  providerTenantId,
  type TenantId,
  type TenantRole,
} from "@casaforte/kernel";
import { migrations as auditMigrations } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancyMigrations } from "@casaforte/modules/tenancy";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as baseMigrations, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { createIdentity, type Identity, type IdentityOptions } from "./create-identity.ts";
import type { SystemMail } from "./mail-templates.ts";
import { migrations } from "./migrations.ts";
import { createPrincipal } from "./principals.ts";
import type { Caller, Realm } from "./types.ts";

export const goodPassword = "quattro pioppi lungo il fiume";
export const system: Actor = { kind: "system", name: "test" };
export const caller: Caller = { ip: "192.0.2.10", userAgent: "test", deviceCookie: null };

/** A whole identity service on a database of its own, with cheap hashes and the mails it would send. */
export interface IdentityBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly identity: Identity;
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly logger: MemoryLogger;
  readonly mails: SystemMail[];
  newTenant(name?: string): Promise<TenantId>;
  newPerson(tenantId: TenantId, login: string, options?: NewPersonOptions): Promise<PrincipalId>;
  /** Another service on the same database, with other options. */
  another(options: Partial<IdentityOptions>): Identity;
}

export interface NewPersonOptions {
  readonly realm?: Realm;
  readonly role?: TenantRole;
  readonly operatorRoles?: readonly OperatorRole[];
  readonly password?: string | null;
}

/** For tests of this module and of others that need people: call in beforeAll, close in afterAll. */
export async function startIdentityBench(): Promise<IdentityBench> {
  const database = await startTestDatabase([baseMigrations, tenancyMigrations, auditMigrations, migrations]);
  const clock = new FakeClock();
  const random = new SeededRandom(41);
  const logger = new MemoryLogger();
  const mails: SystemMail[] = [];
  const face = (name: string) => ({
    origin: `https://${name}.example.test`,
    rpId: `${name}.example.test`,
    rpName: "Casaforte",
  });
  const options: IdentityOptions = {
    db: database.db,
    clock,
    random,
    logger,
    bus: memoryBus(logger),
    masterKeys: [new SeededRandom(5).bytes(32)],
    sendSystemMail: async (_tx, mail) => void mails.push(mail),
    faces: { user: face("console"), operator: face("operator"), mail: face("webmail") },
    hasher: { memoryKiB: 1024, passes: 1 },
  };
  const identity = createIdentity(options);
  return {
    database,
    identity,
    clock,
    random,
    logger,
    mails,
    async newTenant(name = "Rossi Srl") {
      const tenantId = newId<TenantId>(clock, random);
      await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, nowMs: clock.nowMs() }));
      return tenantId;
    },
    async newPerson(tenantId, login, person = {}) {
      const id = newId<PrincipalId>(clock, random);
      const realm = person.realm ?? "user";
      const password = person.password === undefined ? goodPassword : person.password;
      const passwordHash = password === null ? null : await identity.preparePassword({ password, words: [login] });
      await database.db.tenant(realm === "operator" ? providerTenantId : tenantId, (tx) =>
        createPrincipal(tx, system, {
          id,
          realm,
          login,
          displayName: "Anna Bianchi",
          language: "it",
          status: "active",
          passwordHash,
          nowMs: clock.nowMs(),
          ...(realm === "user" ? { role: person.role ?? "owner" } : {}),
          ...(realm === "operator" ? { operatorRoles: person.operatorRoles ?? ["support"] } : {}),
        }),
      );
      return id;
    },
    another: (changes) => createIdentity({ ...options, ...changes }),
    async [Symbol.asyncDispose]() {
      identity.close();
      await database.close();
    },
  };
}
