import { randomBytes, randomUUID } from "node:crypto";
import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { openPool } from "@casaforte/platform/db";
import { ageingClasses } from "../../apps/server/src/evidence/retention.ts";
import type { World } from "./world.test-support.ts";

/** Rows of a customer that end by age, each made new; their ages are set below. */
export async function furnish(world: World, tenantId: TenantId, domain: string): Promise<void> {
  const { db } = world.services.core;
  await world.newDomain(tenantId, domain);
  const account = await world.newDeletedMailAccount(tenantId, domain);
  const kept = (await world.newMailAccount(tenantId, domain)).principalId;
  const device = await world.newDevice(tenantId, await world.newSpace(tenantId));
  await world.newRestoreToken(tenantId, device.id);
  await world.session(await world.newPerson(tenantId, { role: "owner" }));
  const hook = await world.newWebhook(tenantId);
  const [one, bytes] = [randomUUID(), Buffer.alloc(32)];
  await db.tenant(tenantId, async ({ sql }) => {
    await sql`insert into devices_reports values (${tenantId}, ${device.id}, ${one}, 'ok', now(), now(), now(), null, 1, 0, 1, 1, null, null, '1')`;
    await sql`insert into mailflow_events (tenant_id, id, trace_id, at, kind, sender, recipient, header_message_id, detail)
      values (${tenantId}, ${one}, ${one}, now(), 'sent', '', '', '', '')`;
    await sql`insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients) values (${tenantId}, ${account}, now(), 1)`;
    await sql`insert into mailflow_greylist values (${tenantId}, ${bytes}, now(), now(), now())`;
    await sql`insert into mailflow_bayes_accounts (tenant_id, mail_account_id) values (${tenantId}, ${account})`;
    await sql`insert into mailflow_bayes_learned values (${tenantId}, ${account}, ${bytes}, 'ham', now())`;
    await sql`insert into mailflow_domain_reports values (${tenantId}, ${one}, ${domain}, 'tls', 'r', 'i', now(), now(), now(), 1, 0, '[]')`;
    await sql`insert into mailflow_report_days values (${tenantId}, 'tls', current_date, ${domain}, ${one}, 'done', 0, now())`;
    await sql`insert into mailflow_report_counts values (${tenantId}, 'tls', current_date, ${domain}, ${"0".repeat(64)}, '{}', 1, now())`;
    await sql`insert into webhooks_deliveries (tenant_id, id, endpoint_id, event_id, event_type, object_kind, object_id,
        occurred_at, state, tried_since, created_at)
      values (${tenantId}, ${one}, ${hook}, ${one}, 'webhook.test', 'webhook', 'x', now(), 'failed', now(), now())`;
    await sql`insert into identity_programs (tenant_id, id, principal_id, client_hash, name, protocols, redirect_uri,
        code_hash, code_challenge, allowed_at, ends_at)
      values (${tenantId}, ${one}, ${kept}, ${bytes}, 'x', '{imap}', 'http://localhost/', ${randomBytes(32)}, ${"x".repeat(43)},
        now(), now())`;
    await sql`insert into certificates_orders values (${tenantId}, ${one}, ${domain}, now())`;
    await sql`insert into sieve_replies values (${tenantId}, ${kept}, ${bytes}, now())`;
  });
  await db.tenant(
    providerTenantId,
    ({ sql }) =>
      sql`insert into notices_subscribers values (${providerTenantId}, ${one}, ${`${one}@a.test`}, 'it', now())`,
  );
}

/** Makes every row of these tables just so old, as if they had been written then. */
export async function age(
  world: World,
  tenants: readonly TenantId[],
  ageOf: (keptMs: number) => number,
): Promise<void> {
  const pool = openPool(world.database.cluster.ownerUrl, 1);
  for (const { rows, keptMs } of ageingClasses)
    for (const { table, column } of rows) {
      await pool.unsafe(`alter table ${table} no force row level security`);
      const at = new Date(Date.now() - ageOf(keptMs));
      const whose = table === "notices_subscribers" ? [providerTenantId] : tenants;
      await pool`update ${pool(table)} set ${pool(column)} = ${at} where tenant_id = any(${[...whose]}::uuid[])`;
      await pool.unsafe(`alter table ${table} force row level security`);
    }
  await pool.end();
}
