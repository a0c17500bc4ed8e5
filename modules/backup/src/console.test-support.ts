import { Failure, newId, type PrincipalId, type TenantId, type TenantRole } from "@casaforte/kernel";
import { registerDeviceRoutes } from "@casaforte/modules/devices";
import { registerPolicyRoutes } from "@casaforte/modules/policies";
import { type ConsoleSessions, registerSpaceRoutes } from "@casaforte/modules/spaces";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, beforeAll, expect } from "vitest";
import {
  deleteDeviceWithContents,
  deleteSpaceWithContents,
  registerBackupRoutes,
  registerCopyRoutes,
} from "./index.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

export const gib = 1024 ** 3;
export let vault: TestVault;
let app: Face;
export let baseUrl: string;
export let mine: TenantId;
export let other: TenantId;

/** A session is a header in these tests: `<tenant> <role>`, with ` stale` behind it when the sign-in is long ago. */
const sessions: ConsoleSessions = {
  session: async (request) => {
    const [tenantId, role] = String(request.headers["x-test-session"] ?? "").split(" ");
    if (!tenantId || !role) throw new Failure("unauthenticated", "identity.no_session", "sign in first");
    const principalId = newId<PrincipalId>(vault.clock, vault.random);
    return { kind: "user", tenantId: tenantId as TenantId, principalId, role: role as TenantRole, ip: request.ip };
  },
  assertFresh: async (request) => {
    if (String(request.headers["x-test-session"]).endsWith("stale"))
      throw new Failure("forbidden", "identity.not_fresh", "prove who you are again");
  },
};

beforeAll(async () => {
  vault = await startTestVault();
  const { services, clock, random, logger } = vault;
  mine = await vault.newTenant();
  other = await vault.newTenant();
  app = createFace({ name: "console", logger, clock, random, contentSecurityPolicy: "console" });
  const hint = (topic: string, payload?: string) => services.bus.publish(topic, payload);
  const common = { ...services, ...sessions };
  registerSpaceRoutes(app, {
    ...common,
    assertNoOrderNeeded: async () => {},
    deleteSpace: (tx, actor, input) => deleteSpaceWithContents(tx, actor, input, hint),
  });
  registerDeviceRoutes(app, {
    ...common,
    deleteDevice: (tx, actor, input) => deleteDeviceWithContents(tx, actor, input, hint),
  });
  registerBackupRoutes(app, { ...common, deletePage: 1 });
  registerCopyRoutes(app, common);
  registerPolicyRoutes(app, { ...common, measureDevices: async () => null });
  baseUrl = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await app?.close();
  await vault?.[Symbol.asyncDispose]();
});

export const call = (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  payload?: object,
  session = `${mine} owner`,
) => app.inject({ method, url, headers: { "x-test-session": session }, ...(payload ? { payload } : {}) });

export async function newSpace(name: string, session = `${mine} owner`): Promise<string> {
  const reply = await call("POST", "/api/spaces", { siteId: "milano", name, quotaBytes: gib }, session);
  expect(reply.statusCode).toBe(201);
  return reply.json().id;
}
