import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WebhookTopic } from "@casaforte/contract/webhooks";
import {
  type Actor,
  type DeviceId,
  type Id,
  type MailAccountId,
  newId,
  type OperatorRole,
  type PrincipalId,
  providerTenantId,
  type SiteId,
  type SpaceId,
  type TenantId,
  type TenantRole,
} from "@casaforte/kernel";
import { enrolDevice, makeRestoreToken, makeToken, prepareEnrolment } from "@casaforte/modules/devices";
import {
  activateTrustedDomain,
  addAddress,
  addDomain,
  type DkimKeyPair,
  generateDkimKey,
} from "@casaforte/modules/domains";
import { createPrincipal } from "@casaforte/modules/identity";
import { createMailAccount, deleteMailAccount, readMailAccount } from "@casaforte/modules/mailbox";
import { createPolicy, type PolicyId } from "@casaforte/modules/policies";
import { createSpace, syncSites } from "@casaforte/modules/spaces";
import { createTenant } from "@casaforte/modules/tenancy";
import { openTicket } from "@casaforte/modules/tickets";
import type { EndpointId } from "@casaforte/modules/webhooks";
import { startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import { openCore } from "../../apps/server/src/core.ts";
import { demoCertificate } from "../../apps/server/src/demo/certificate.ts";
import { demoConfig, settlePorts } from "../../apps/server/src/demo/demo-config.ts";
import { consoleFace, operatorFace, webmailFace } from "../../apps/server/src/faces.ts";
import { jmapFace } from "../../apps/server/src/jmap-face.ts";
import { mailAccountHooks } from "../../apps/server/src/mail-account-hooks.ts";
import { migrationSources } from "../../apps/server/src/migrations.ts";
import type { FaceName } from "../../apps/server/src/open-face.ts";
import { publicUrl } from "../../apps/server/src/own-names.ts";
import { openServices, type Services } from "../../apps/server/src/services.ts";
import { vaultFace } from "../../apps/server/src/vault-face.ts";
import { cookieName } from "../../modules/identity/src/http-cookies.ts";
import { openSession } from "../../modules/identity/src/sessions.ts";
import type { Realm } from "../../modules/identity/src/types.ts";
import { insertEndpoint } from "../../modules/webhooks/src/store.ts";
import { policySettings } from "./route-table.test-support.ts";

export const tenantRoles = ["owner", "admin", "billing", "technician", "read_only"] as const;
export const operatorRoles = ["support", "billing", "infra", "legal", "security"] as const;
export const realmOf = { console: "user", operator: "operator", webmail: "mail" } as const satisfies Partial<
  Record<FaceName, Realm>
>;

const maker: Actor = { kind: "system", name: "test" };
export const password = "una lunga frase per la prova";

/** Somebody who can sign in. */
export interface Person {
  readonly realm: Realm;
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly login: string;
}

/** The faces of the real program in this process, over a database of their own, without a socket. */
export interface World {
  readonly database: TestDatabase;
  readonly services: Services;
  readonly logger: MemoryLogger;
  readonly faces: Readonly<Record<FaceName, Face>>;
  newTenant(name: string): Promise<TenantId>;
  newPerson(
    tenantId: TenantId,
    options: { role?: TenantRole; operatorRoles?: readonly OperatorRole[]; withPassword?: boolean },
  ): Promise<Person>;
  newSpace(tenantId: TenantId): Promise<string>;
  newEnrolment(tenantId: TenantId, spaceId: string): Promise<{ id: string; token: string }>;
  newDevice(tenantId: TenantId, spaceId: string): Promise<{ id: string; token: string }>;
  newPolicy(tenantId: TenantId): Promise<string>;
  newTicket(tenantId: TenantId): Promise<string>;
  newRestoreToken(tenantId: TenantId, deviceId: string): Promise<string>;
  newDomain(tenantId: TenantId, name: string): Promise<string>;
  /** `invited`: its person has chosen no password yet. */
  newMailAccount(tenantId: TenantId, domain: string, invited?: "invited"): Promise<Person>;
  newDeletedMailAccount(tenantId: TenantId, domain: string): Promise<string>;
  newWebhook(tenantId: TenantId, topics?: readonly WebhookTopic[]): Promise<string>;
  newAlias(tenantId: TenantId, domain: string, mailAccountId: string): Promise<string>;
  /** A session as a finished sign-in leaves it. */
  session(person: Person): Promise<{ id: string; token: string; cookie: string }>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), "cf-world-"));
  await chmod(directory, 0o711);
  const database = await startTestDatabase(migrationSources);
  const logger = new MemoryLogger();
  await demoCertificate(directory);
  const config = await demoConfig(directory, await settlePorts(true), "info");
  const core = await openCore(config, database.cluster, logger);
  const { db, clock, random } = core;
  const sites = config.sites.map((site) => ({ ...site, capacityBytes: site.capacityBytes ?? null }));
  await db.operator((tx) => syncSites(tx, sites, clock.nowMs()));
  const identities = { origin: "http://localhost", rpId: "localhost", rpName: "Casaforte" };
  const services = openServices(core, {
    faces: { user: identities, operator: identities, mail: identities },
    sinkPort: null,
    demo: true,
  });
  const addresses = { vaultUrl: "", webmailUrl: "", startedAtMs: clock.nowMs(), listeners: [] };
  const vault = vaultFace(services);
  const faces = {
    console: consoleFace(services, addresses),
    operator: operatorFace(services, addresses),
    webmail: webmailFace(services, addresses),
    vault: vault.app,
    jmap: jmapFace(services, publicUrl(config, "jmap")),
  };
  for (const face of Object.values(faces)) await face.ready();
  const hash = await services.identity.preparePassword({ password, words: [] });
  const dkimKey: DkimKeyPair = await generateDkimKey();
  const hooks = mailAccountHooks(services);
  const id = <Branded extends Id<string>>() => newId<Branded>(clock, random);
  let counter = 0;

  const world: World = {
    database,
    services,
    logger,
    faces,
    async newTenant(name) {
      const tenantId = id<TenantId>();
      await db.operator((tx) => createTenant(tx, maker, { tenantId, name, language: "it", nowMs: clock.nowMs() }));
      return tenantId;
    },
    async newPerson(tenantId, options) {
      const principalId = id<PrincipalId>();
      const realm = options.operatorRoles === undefined ? "user" : "operator";
      const login = `person-${++counter}@${tenantId.slice(-8)}.test`;
      await db.tenant(realm === "operator" ? providerTenantId : tenantId, (tx) =>
        createPrincipal(tx, maker, {
          id: principalId,
          realm,
          login,
          displayName: `Person ${counter}`,
          language: "it",
          ...(options.role === undefined ? {} : { role: options.role }),
          ...(options.operatorRoles === undefined ? {} : { operatorRoles: options.operatorRoles }),
          status: "active",
          passwordHash: hash,
          nowMs: clock.nowMs(),
        }),
      );
      return { realm, tenantId: realm === "operator" ? providerTenantId : tenantId, principalId, login };
    },
    async newSpace(tenantId) {
      const spaceId = id<SpaceId>();
      await db.tenant(tenantId, (tx) =>
        createSpace(tx, maker, {
          id: spaceId,
          siteId: "mi1" as SiteId,
          name: `Space ${++counter}`,
          quotaBytes: 10n ** 10n,
          nowMs: clock.nowMs(),
        }),
      );
      return spaceId;
    },
    async newEnrolment(tenantId, spaceId) {
      const { token, hash: tokenHash } = makeToken("enrol", random);
      const enrolment = id();
      await db.tenant(tenantId, (tx) =>
        prepareEnrolment(tx, maker, {
          id: enrolment,
          spaceId: spaceId as SpaceId,
          kind: "server",
          name: null,
          tokenHash,
          nowMs: clock.nowMs(),
        }),
      );
      return { id: enrolment, token };
    },
    async newDevice(tenantId, spaceId) {
      const { token: enrolment } = await world.newEnrolment(tenantId, spaceId);
      const { token, hash: deviceTokenHash } = makeToken("device", random);
      const deviceId = id<DeviceId>();
      await db.tenant(tenantId, (tx) =>
        enrolDevice(tx, {
          token: enrolment,
          deviceId,
          deviceTokenHash,
          name: `device-${++counter}`,
          os: "linux",
          osVersion: null,
          hostname: "host",
          agentVersion: "1.0.0",
          ip: "192.0.2.1",
          nowMs: clock.nowMs(),
        }),
      );
      return { id: deviceId, token };
    },
    async newPolicy(tenantId) {
      const policyId = id<PolicyId>();
      const input = { id: policyId, name: `Policy ${++counter}`, settings: policySettings, nowMs: clock.nowMs() };
      await db.tenant(tenantId, (tx) => createPolicy(tx, maker, input));
      return policyId;
    },
    async newTicket(tenantId) {
      const ticket = await db.tenant(tenantId, (tx) =>
        openTicket(
          tx,
          maker,
          {
            tenantId,
            kind: "question",
            severity: "normal",
            channel: "portal",
            subject: `Ticket ${++counter}`,
            body: "What now?",
            language: "en",
            requesterAddress: "who@nowhere.test",
            requesterId: null,
            confirms: false,
          },
          services.tickets,
        ),
      );
      return ticket.id;
    },
    async newRestoreToken(tenantId, deviceId) {
      const { token, hash: tokenHash } = makeToken("restore", random);
      await db.tenant(tenantId, (tx) =>
        makeRestoreToken(tx, maker, {
          id: id<Id<"RestoreToken">>(),
          deviceId: deviceId as DeviceId,
          hours: 1,
          tokenHash,
          nowMs: clock.nowMs(),
        }),
      );
      return token;
    },
    async newDomain(tenantId, name) {
      const secretKey = services.domainSecret;
      return db.tenant(tenantId, async (tx) => {
        const domain = await addDomain(tx, maker, { name, dkimKey }, { clock, random, secretKey });
        await activateTrustedDomain(tx, maker, { domainId: domain.id }, { clock });
        return domain.id;
      });
    },
    async newMailAccount(tenantId, domain, invited) {
      const accountId = id<MailAccountId>();
      const address = `box-${++counter}@${domain}`;
      await db.tenant(tenantId, async (tx) => {
        const input = { accountId, address, displayName: "", quotaBytes: null };
        const account = await createMailAccount(tx, maker, input, services.mailbox);
        await hooks.created(tx, maker, { account, passwordHash: invited ? null : hash });
      });
      return { realm: "mail", tenantId, principalId: accountId as string as PrincipalId, login: address };
    },
    async newDeletedMailAccount(tenantId, domain) {
      const accountId = (await world.newMailAccount(tenantId, domain)).principalId as string as MailAccountId;
      await db.tenant(tenantId, async (tx) => {
        const account = await readMailAccount(tx, maker, { accountId });
        await deleteMailAccount(tx, maker, { accountId }, services.mailbox);
        await hooks.deleted(tx, maker, { account });
      });
      return accountId;
    },
    async newWebhook(tenantId, topics = ["backup"]) {
      const webhookId = id<EndpointId>();
      const at = new Date(clock.nowMs());
      await db.tenant(tenantId, (tx) =>
        insertEndpoint(tx, {
          ...{ id: webhookId, name: "Hook", url: "https://hooks.rossi.example/in", topics: [...topics] },
          ...{ state: "active", disabledReason: null, sealedSecret: random.bytes(66), sealedBefore: null },
          ...{ beforeUntil: null, failingSince: null, restsUntil: null, lastSuccessAt: null },
          ...{ createdBy: id<PrincipalId>(), createdAt: at },
        }),
      );
      return webhookId;
    },
    async newAlias(tenantId, domain, mailAccountId) {
      const input = {
        kind: "alias",
        address: `alias-${++counter}@${domain}`,
        mailAccountId: mailAccountId as MailAccountId,
      } as const;
      const { id: addressId } = await db.tenant(tenantId, (tx) => addAddress(tx, maker, input, { clock, random }));
      return addressId;
    },
    async session({ realm, tenantId, principalId }) {
      const { token, sessionId } = await db.tenant(tenantId, (tx) =>
        openSession(
          services.identity.context,
          tx,
          { principalId, realm, methods: ["password"] },
          { ip: "127.0.0.1", userAgent: "test", deviceCookie: null },
        ),
      );
      return { id: sessionId, token, cookie: `${cookieName(realm, "session")}=${token}` };
    },
    async close() {
      for (const face of Object.values(faces)) {
        face.server.closeAllConnections();
        await face.close();
      }
      vault.close();
      services.identity.close();
      await core.close();
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}

/** `GET /api/spaces/:id` and its kin, out of the framework's own tree, so that no route can hide from the tests. */
export function routesOf(face: Face): string[] {
  const found: string[] = [];
  const path: string[] = [];
  for (const line of face.printRoutes({ commonPrefix: false }).split("\n")) {
    const match = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const depth = (match[1] ?? "").length / 4;
    path.length = depth;
    path[depth] = match[2] ?? "";
    for (const method of (match[3] ?? "").split(", "))
      if (method !== "" && method !== "HEAD") found.push(`${method} ${path.join("")}`);
  }
  return found.sort();
}
