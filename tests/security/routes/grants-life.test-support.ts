import type { TenantId } from "@casaforte/kernel";
import { expect } from "vitest";
import { expectExpiry, type GrantWorld, grantBetween } from "./grants.test-support.ts";

/** One grant from the asking to its end, in each way that it may end (R90). `stranger`: a customer who gave none. */
export async function expectGrantsLife(grants: GrantWorld, stranger: TenantId): Promise<void> {
  const { world, tenantId } = grants;
  const { ask, give, entry, swap, customer, desk, operator, admin, request } = await grantBetween(grants);
  const look = (cookie: string, url = "/api/spaces") =>
    world.faces.console.inject({ url, headers: { cookie } }).then((reply) => reply);
  const id = await ask("read");
  expect(await entry(id)).toMatchObject({ status: 403, code: "grants.not_granted" });
  expect(await give(id, "act")).toMatchObject({ status: 422, code: "grants.beyond" });
  expect(await give(id, "read", 3)).toMatchObject({ status: 422, code: "grants.beyond" });
  expect(await give(id, "read")).toMatchObject({ status: 204 });
  const other = await grantBetween(grants);
  expect(await other.entry(id)).toMatchObject({ status: 403, code: "grants.not_granted" });
  expect(await other.desk("/api/desk/grants", { ...request, tenantId: stranger, scope: "read" })).toMatchObject({
    status: 404,
  });
  const { url } = (await entry(id)).body;
  const { status, cookie } = await swap(url ?? "");
  expect([status, (await swap(url ?? "")).status]).toEqual([204, 404]);
  expect((await look(cookie, "/api/auth/session")).json()).toMatchObject({
    tenantId,
    acting: { scope: "read", operatorName: expect.stringMatching(/^Person/) },
  });
  expect((await look(cookie)).statusCode).toBe(200);
  const log = (await look(cookie, "/api/audit?action=grants")).json().entries as Record<string, unknown>[];
  expect(log.find(({ action }) => action === "grants.looked")).toMatchObject({
    ...{ actorKind: "operator", actorId: operator.principalId, actorRoles: ["support"] },
    details: { onBehalfOf: admin.principalId, grant: id },
  });
  expect(await customer(`/api/support-access/${id}/revoke`, {})).toMatchObject({ status: 204 });
  expect((await look(cookie)).statusCode).toBe(401);
  expect(await entry(id)).toMatchObject({ status: 403 });
  // Given back, left, or with whoever gave it gone: out as well.
  const second = await other.enter("read");
  const third = await other.enter("read");
  expect((await look(second.cookie)).statusCode).toBe(200);
  await other.desk(`/api/desk/grants/${tenantId}/${second.id}/return`, {});
  expect((await look(second.cookie)).statusCode).toBe(401);
  const headers = { cookie: third.cookie, "sec-fetch-site": "same-origin" };
  const signOut = { method: "POST", url: "/api/auth/sign-out", headers, payload: {} } as const;
  expect((await world.faces.console.inject(signOut)).statusCode).toBe(204);
  expect((await look(third.cookie)).statusCode).toBe(401);
  expect((await desk("/api/desk/grants", { ...request, scope: "read" })).status).toBe(201);
  await expectExpiry(world, tenantId, await other.enter("read"));
}
