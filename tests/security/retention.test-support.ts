import { randomUUID } from "node:crypto";
import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { checkRetention } from "@casaforte/modules/compliance";
import { openPool } from "@casaforte/platform/db";
import { describe, expect, test } from "vitest";
import { ageingClasses, retentionGraceMs, retentionSchedule } from "../../apps/server/src/evidence/retention.ts";
import { countOlder } from "../../apps/server/src/evidence/store-retention.ts";
import { jobHandlersOf, jobSchedules } from "../../apps/server/src/worker.ts";
import { age, furnish } from "./ageing-rows.test-support.ts";
import { never, stranger, world } from "./departure.test-support.ts";

/** What is forgotten by itself, class by class (R104). */
export function testRetention(): void {
  describe("what is kept no longer than needed", () => {
    test("R104: five years after the decision nobody knows any more who complained, nor in what words", async () => {
      const { db, logger } = world.services.core;
      const pool = openPool(world.database.cluster.ownerUrl, 1);
      const keep = async (daysAgo: number) => {
        const one = randomUUID();
        await pool`insert into complaints_complaints (id, received_at, location, reasons, is_about_children, endangers_life, name,
          address, language, state, decision, decided_by, decided_at)
        values (${one}, now(), 'https://a.test', 'parole sue', false, false, 'Gea', 'gea@a.test', 'it', 'rejected', 'no', ${one},
          now() - ${daysAgo} * interval '1 day')`;
        return one;
      };
      const [old, young] = [await keep(5 * 365 + 1), await keep(5 * 365 - 1)];
      await pool.end();
      for (const { task, run } of jobHandlersOf(world.services))
        if (task === "complaints.sweep") await run({}, { tenantId: null, attempt: 1, signal: never, logger });
      const left = await db.operator(
        ({ sql }) => sql<{ id: string; name: string | null; reasons: string; decision: string }[]>`
        select id, name, reasons, decision from complaints_complaints where id in (${old}, ${young}) order by decided_at`,
      );
      expect(left).toEqual([
        { id: old, name: null, reasons: "—", decision: "no" },
        { id: young, name: "Gea", reasons: "parole sue", decision: "no" },
      ]);
    });

    test("R104: each class of data has its time, reason and job: what is older goes, what is younger stays, and the report counts what is left over", async () => {
      const { db, clock, logger } = world.services.core;
      expect(new Set(retentionSchedule.map(({ name }) => name)).size).toBe(retentionSchedule.length);
      const scheduled = jobSchedules.map(({ task }) => task);
      for (const { job } of retentionSchedule) if (job !== null) expect(scheduled).toContain(job);
      // Whatever deletes by age is the job of a class. `billing.collect` collects payments.
      const deleting = scheduled.filter((task) => /\.(sweep|collect|prune)$/.test(task) && task !== "billing.collect");
      expect(retentionSchedule.map(({ job }) => job)).toEqual(expect.arrayContaining(deleting));
      const ended = await world.newTenant("Scaduta Srl");
      await furnish(world, ended, "scaduta.test");
      await furnish(world, stranger, "trattenuta.test");
      const lookFor = () => checkRetention({ db, clock, retention: retentionSchedule }, { signal: never, logger });
      const count = async (tenantId: TenantId) => {
        const found: Record<string, number> = {};
        for (const { name, rows } of ageingClasses)
          for (const each of rows) {
            const owner = each.table === "notices_subscribers" ? providerTenantId : tenantId;
            const older = await db.tenant(owner, (tx) => countOlder(tx, each, new Date("2100-01-01")));
            found[name] = (found[name] ?? 0) + older;
          }
        return found;
      };
      const run = async () => {
        const jobs = new Set(ageingClasses.map(({ job }) => job));
        for (const { task, run: work } of jobHandlersOf(world.services))
          if (jobs.has(task)) await work({}, { tenantId: null, attempt: 1, signal: never, logger });
      };
      const hourMs = 3_600_000;
      await age(world, [ended, stranger], (keptMs) => keptMs - hourMs);
      const before = await count(ended);
      const exercised = Object.keys(before).filter((name) => (before[name] ?? 0) > 0);
      expect(exercised.length).toBeGreaterThanOrEqual(10);
      await run();
      expect(await count(ended)).toEqual(before);
      await age(world, [ended, stranger], (keptMs) => keptMs + retentionGraceMs + hourMs);
      const report = await lookFor();
      for (const name of exercised)
        expect(Number(report.find((each) => each.class === name)?.overdue), name).toBe(before[name]);
      expect(report.every(({ held }) => held === 1)).toBe(true);
      await run();
      for (const [name, left] of Object.entries(await count(ended))) expect(left, name).toBe(0);
      const kept = await count(stranger);
      for (const name of ["deleted_mailboxes", "device_reports", "mail_events", "lessons"])
        expect(kept[name], `${name} under a hold`).toBeGreaterThan(0);
      expect((await lookFor()).filter(({ overdue }) => overdue > 0n)).toEqual([]);
      const operator = await world.session(await world.newPerson(stranger, { operatorRoles: ["infra"] }));
      const page = await world.faces.operator.inject({ url: "/api/retention", headers: { cookie: operator.cookie } });
      const shown = page.json<{ classes: { name: string; overdue: number | null; held: number }[] }>().classes;
      expect(shown.find(({ name }) => name === "mail_events")).toMatchObject({ overdue: 0, held: 1 });
    });
  });
}
