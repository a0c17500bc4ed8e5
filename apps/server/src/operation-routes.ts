import { operationSchema, retriedSchema, retryJobsSchema } from "@casaforte/contract/health";
import type { Actor } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { countAgentVersions } from "@casaforte/modules/devices";
import type { Face } from "@casaforte/platform/http";
import { readQueues, readSchedules, retryFailed } from "@casaforte/platform/jobs";
import { billOfMaterials, runningBuild } from "./components.ts";
import type { Core } from "./core.ts";
import { version } from "./version.ts";

/** What works behind the portals: jobs, what recurs, and the versions that run (R22). */
export function registerOperationRoutes(
  app: Face,
  core: Pick<Core, "db" | "clock">,
  operator: (request: unknown, access: "read" | "write") => Promise<Actor>,
): void {
  const { db, clock } = core;
  const text = (at: Date | null) => at?.toISOString() ?? null;
  app.get("/api/operation", { schema: { response: { 200: operationSchema } } }, async (request) => {
    await operator(request, "read");
    return db.operator(
      async (tx) => ({
        version,
        build: runningBuild().commit,
        agents: await countAgentVersions(tx),
        queues: (await readQueues(tx, clock.nowMs())).map((queue) => ({
          ...queue,
          dueSince: text(queue.dueSince),
          lastFailedAt: text(queue.lastFailedAt),
        })),
        schedules: (await readSchedules(tx, clock.nowMs())).map((schedule) => ({
          ...schedule,
          nextAt: schedule.nextAt.toISOString(),
        })),
      }),
      { readOnly: true },
    );
  });
  app.get("/api/operation/sbom", async (request, reply) => {
    await operator(request, "read");
    return reply
      .header("content-disposition", `attachment; filename="casaforte-${version}.cdx.json"`)
      .type("application/vnd.cyclonedx+json; version=1.6")
      .send(JSON.stringify(billOfMaterials(runningBuild()), null, 1));
  });
  app.post(
    "/api/operation/retries",
    { schema: { body: retryJobsSchema, response: { 200: retriedSchema } } },
    async (request) => {
      const actor = await operator(request, "write");
      const { task } = request.body;
      const retried = await db.operator(async (tx) => {
        const count = await retryFailed(tx, { task, nowMs: clock.nowMs() });
        await recordAudit(tx, actor, {
          action: "jobs.retried",
          object: { kind: "task", id: task },
          details: { count },
        });
        return count;
      });
      return { retried };
    },
  );
}
