import { providerTenantId } from "@casaforte/kernel";
import { type CertificateServices, certificateLimits, listTroubled } from "@casaforte/modules/certificates";
import { expect } from "vitest";
import { BusyAuthority } from "./busy-authority.test-support.ts";
import { clock, database, namesOf, newDomain, newTenant, pebble, services, work } from "./certificates.test-support.ts";

/** The authority is changed; the new one takes no orders of the account for a while, then does, then is away. */
export async function changeAuthority(): Promise<void> {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "altra.example");
  const names = ["mail.altra.example", "mta-sts.altra.example"] as const;
  for (const name of names) await pebble.point(name, "127.0.0.1");
  await work();
  const before = await namesOf(tenantId, domainId);
  for (const name of names) expect(before.get(name)?.issued).not.toBeNull();
  const busy = await BusyAuthority.start();
  const authority = { directory: busy.directory, contact: "certificates@provider.example", ca: busy.ca };
  const elsewhere: CertificateServices = { ...services, authority };
  try {
    busy.words = "too many new orders from this account";
    await work(elsewhere);
    // Two customers' turns at once: the second may have asked before the first was answered.
    expect(busy.orders).toBeGreaterThan(0);
    expect(busy.orders).toBeLessThanOrEqual(certificateLimits.turnsAtOnce);
    const kept = await namesOf(tenantId, domainId);
    for (const name of names) {
      expect(kept.get(name)?.issued, "shown meanwhile").toEqual(before.get(name)?.issued);
      expect(kept.get(name)).toMatchObject({
        trouble: "rate_limited",
        words: expect.stringContaining(busy.words),
      });
    }
    // A customer's names go one after the other: at most the first asked, beside the provider's, and failed.
    expect(names.reduce((sum, name) => sum + (kept.get(name)?.failures ?? Number.NaN), 0)).toBeLessThanOrEqual(1);
    const asked = busy.orders;
    clock.aheadMs = busy.retryAfterMs / 2;
    const late = await newDomain(tenantId, "tardi.example");
    await pebble.point("mail.tardi.example", "127.0.0.1");
    await work(elsewhere);
    expect((await namesOf(tenantId, late)).get("mail.tardi.example")).toMatchObject({ trouble: "rate_limited" });
    expect(busy.orders).toBe(asked);

    // A limit that tells of a customer's own domain keeps no other from its order.
    clock.aheadMs = busy.retryAfterMs * 2;
    busy.words = null;
    await work(elsewhere);
    expect(busy.orders).toBeGreaterThan(asked + certificateLimits.turnsAtOnce);
    const resting = await database.db.tenant(
      providerTenantId,
      (tx) =>
        tx.sql`select 1 from certificates_accounts where trouble is not null and rests_until > ${new Date(clock.nowMs())}`,
    );
    expect(resting).toHaveLength(0);
  } finally {
    clock.aheadMs = 0;
    await busy.stop();
  }
  // An authority that is away is told of under its address.
  for (let times = 0; times < certificateLimits.failuresTold; times++) {
    clock.aheadMs += 24 * 3_600_000;
    await work(elsewhere);
  }
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toContainEqual(
    expect.objectContaining({ tenantId: providerTenantId, name: busy.directory, trouble: "away" }),
  );
  // One that is asked no more is nobody's trouble.
  await work();
  const troubled = (await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).map(({ name }) => name);
  expect(troubled).not.toContain(busy.directory);
  clock.aheadMs = 0;
}
