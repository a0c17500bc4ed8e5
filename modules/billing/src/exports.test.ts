import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { closeTenantUsage } from "@casaforte/modules/metering";
import { createFace } from "@casaforte/platform/http";
import { expect, test } from "vitest";
import { clock, database, mailbox, newTenant, order, random, services } from "./billing.test-support.ts";
import { registerBillingRoutes, registerLicenceRoutes } from "./index.ts";

async function openConsole(tenantId: TenantId) {
  const { logger } = services;
  const app = createFace({ name: "console", clock, random, logger, contentSecurityPolicy: "api" });
  const actor = {
    kind: "user",
    tenantId,
    principalId: newId<PrincipalId>(clock, random),
    role: "owner",
    ip: "::1",
  } as const;
  const edge = {
    ...services,
    user: async () => actor,
    buyer: async () => actor,
    addressesOfMail: async (_tx: unknown, ids: readonly string[]) => new Map(ids.map((id) => [id, "anna@firm.test"])),
  };
  registerBillingRoutes(app, edge as Parameters<typeof registerBillingRoutes>[1]);
  registerLicenceRoutes(app, edge as Parameters<typeof registerLicenceRoutes>[1]);
  return app;
}

test("R44, R14: costs and licences as files: every started unit and mailbox of a day, in cells that no spreadsheet reads as a formula", async () => {
  const tenantId = await newTenant();
  const space = await order(tenantId, "space", 10n, '=Ufficio, "A"');
  const mail = await order(tenantId, "mail", 1n, "Posta");
  await mailbox(tenantId, mail, clock.nowMs());
  await clock.advance(90 * 60_000);
  await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const app = await openConsole(tenantId);
  const costs = await app.inject({ method: "GET", url: "/api/costs/export?from=2026-11-29&to=2026-11-29" });
  expect([costs.statusCode, costs.headers["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
  expect(costs.headers["content-disposition"]).toBe('attachment; filename="usage-2026-11-29-2026-11-29.csv"');
  const [head, ...rows] = costs.body.split("\r\n").filter((row) => row !== "");
  expect(head).toBe("day,service_id,service,started_units,net_eur");
  expect(rows.toSorted()).toEqual(
    [
      // Ten spaces over two started hours at 0.00274 euros, and a mailbox for a started month.
      `2026-11-29,${space.id},"'=Ufficio, ""A""",20,0.0548`,
      `2026-11-29,${mail.id},Posta,1,1.99`,
    ].toSorted(),
  );
  const tooLong = await app.inject({ method: "GET", url: "/api/costs/export?from=2024-01-01&to=2026-11-29" });
  expect(tooLong.statusCode).toBe(422);
  const licences = await app.inject({ method: "GET", url: "/api/licences/export?month=2026-11" });
  expect(licences.headers["content-disposition"]).toBe('attachment; filename="licences-2026-11.csv"');
  expect(licences.body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID").split("\r\n")).toEqual([
    "day,address,account_id,requested,used",
    "2026-11-29,anna@firm.test,ID,1,1",
    "total_net_eur,1.99,,,",
    "",
  ]);
  await app.close();
});
