import { randomUUID } from "node:crypto";
import type { TenantId } from "@casaforte/kernel";
import { expect } from "vitest";
import { operatorRoles, type Person, type World } from "../world.test-support.ts";

export const brokenTask = "test.broken";

export interface OperationWorld {
  readonly world: World;
  readonly tenantId: TenantId;
  /** An operator of each role. */
  readonly visitors: Readonly<Record<string, Person>>;
  /** Asks for another try of the broken task's jobs. */
  readonly retry: (person: Person) => Promise<{ readonly status: number; readonly text: string }>;
}

/** What every operator sees of the infrastructure, and who may start given-up jobs again. */
export async function checkOperation({ world, tenantId, visitors, retry }: OperationWorld): Promise<void> {
  await world.services.core.db.operator(
    (tx) => tx.sql`
      insert into jobs_jobs (tenant_id, id, task, payload, run_at, attempts, attempts_max, last_error, failed_at, created_at)
      values (${tenantId}, ${randomUUID()}, ${brokenTask}, '{}', now(), 3, 3, 'the disk is full', now(), now())`,
  );
  for (const [role, person] of Object.entries(visitors)) {
    const { cookie } = await world.session(person);
    const get = async (url: string) => (await world.faces.operator.inject({ url, headers: { cookie } })).json();
    const operation = await get("/api/operation");
    expect(operation.agents, role).toContainEqual({ version: "1.0.0", devices: expect.any(Number) });
    expect(operation.version, role).toMatch(/^\d+\.\d+/);
    const queue = { task: brokenTask, waiting: 0, running: 0, failed: 1, lastError: "the disk is full" };
    expect(operation.queues[0], role).toMatchObject(queue);
    expect((await get("/api/inventory")).sites[0], role).toHaveProperty("siteId");
    expect((await get("/api/health")).listeners, role).toBeInstanceOf(Array);
  }
  for (const role of operatorRoles)
    if (role !== "infra") expect((await retry(visitors[role] as Person)).status, role).toBe(403);
  expect(JSON.parse((await retry(visitors["infra"] as Person)).text)).toEqual({ retried: 1 });
}
