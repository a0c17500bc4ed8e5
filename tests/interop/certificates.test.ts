import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { providerTenantId, type TenantId } from "@casaforte/kernel";
import {
  certificateLimits,
  countTroubledNames,
  forgetCertificatesOf,
  listTroubled,
  readIssued,
  retryName,
} from "@casaforte/modules/certificates";
import { removeDomain } from "@casaforte/modules/domains";
import { openPool } from "@casaforte/platform/db";
import { tlsaFor } from "@casaforte/platform/net";
import { expect, test } from "vitest";
import {
  bus,
  clock,
  database,
  drain,
  face,
  hostname,
  logger,
  meanwhile,
  namesOf,
  newDomain,
  newTenant,
  ordersSeen,
  pebble,
  secretKey,
  services,
  shown,
  system,
  work,
} from "./certificates.test-support.ts";
import { changeAuthority } from "./certificates-authority.test-support.ts";

test("R94: names that lead here get certificates, the provider's own too; no authority is asked for the others", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "uno.example");
  await newDomain(tenantId, "pending.example", false);
  await pebble.point("mta-sts.uno.example", "127.0.0.1");
  await pebble.point("mail.uno.example", "127.0.0.1", "192.0.2.7");
  await pebble.point("mta-sts.pending.example", "127.0.0.1");
  await pebble.point("imap.uno.example", "127.0.0.1");
  await work();
  const names = await namesOf(tenantId, domainId);
  expect(names.get("mta-sts.uno.example")).toMatchObject({ trouble: null, failures: 0 });
  expect(names.get("mail.uno.example")).toMatchObject({ trouble: "elsewhere", issued: null });
  expect(names.get("autoconfig.uno.example")).toMatchObject({ trouble: "no_dns", issued: null });
  // A file holds that one.
  expect(names.has("imap.uno.example")).toBe(false);
  const pairs = await shown();
  expect([...pairs.keys()].sort()).toEqual([hostname, "mta-sts.uno.example"].sort());
  for (const [name, { key, cert }] of pairs) {
    const certificate = new X509Certificate(cert);
    expect(certificate.checkHost(name)).toBe(name);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  }
  expect(pebble.output).not.toContain("Attempting to validate w/ HTTP: http://mail.uno.example");
  expect(pebble.output).not.toContain("pending.example:");
  // Nothing is due: no second order.
  const before = ordersSeen();
  await work();
  expect(ordersSeen()).toBe(before);
});

test("a certificate is renewed after two thirds of its life, and servers read the new one alone", async () => {
  const before = await shown();
  const old = before.get("mta-sts.uno.example");
  const { validToDate, validFromDate } = new X509Certificate(old?.cert ?? "");
  clock.aheadMs = (validToDate.getTime() - validFromDate.getTime()) * 0.6;
  await work();
  expect((await shown()).get("mta-sts.uno.example")?.cert).toBe(old?.cert);
  clock.aheadMs = (validToDate.getTime() - validFromDate.getTime()) * 0.7;
  await work();
  clock.aheadMs = 0;
  const after = await readIssued({ db: database.db, secretKey, logger }, before);
  expect(after.get("mta-sts.uno.example")?.cert).not.toBe(old?.cert);
  expect(after.get("mta-sts.uno.example")?.key).not.toBe(old?.key);
});

test("R94: the mail servers' certificate is renewed with the key that it has, which the provider's DNS may name", async () => {
  const own = async () => {
    await work();
    const { cert = "", key = "" } = (await shown()).get(hostname) ?? {};
    return { certificate: new X509Certificate(cert), key };
  };
  const before = await own();
  const { validToDate, validFromDate } = before.certificate;
  clock.aheadMs = (validToDate.getTime() - validFromDate.getTime()) * 0.7;
  const after = await own();
  clock.aheadMs = 0;
  expect(after.certificate.serialNumber).not.toBe(before.certificate.serialNumber);
  expect(tlsaFor(after.certificate.raw)).toEqual(tlsaFor(before.certificate.raw));
  expect(after.key).toBe(before.key);
});

test("an order whose process was killed goes on where it was, without a second order", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "due.example");
  await pebble.point("mta-sts.due.example", "127.0.0.1");
  const killed = new AbortController();
  const kill = meanwhile(async () => killed.abort(new Error("killed")));
  const before = ordersSeen();
  await expect(work(services, killed.signal)).rejects.toThrow("killed");
  await kill.done();
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).toBeNull();
  // While the dead one's claim stands nobody else begins.
  await work();
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).toBeNull();
  clock.aheadMs = certificateLimits.claimMs + 1;
  await work();
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get("mta-sts.due.example")?.issued).not.toBeNull();
  expect(ordersSeen()).toBe(before + 1);
});

test("a refusal is told in the authority's words, waits longer each time, and may be tried by hand after a while", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "tre.example");
  const name = "mta-sts.tre.example";
  // It was in no DNS for a day: that is no failure of the authority's.
  await work();
  await database.db.tenant(
    tenantId,
    (tx) => tx.sql`update certificates_names set failures = 24, look_at = ${new Date(clock.nowMs())}
      where tenant_id = ${tenantId} and name = ${name} and trouble = 'no_dns'`,
  );
  await pebble.point(name, "127.0.0.1");
  // Another server answers there.
  const away = { ...services, hostname };
  face.close();
  await once(face, "close");
  await work(away);
  const refused = (await namesOf(tenantId, domainId)).get(name);
  expect(refused).toMatchObject({ trouble: "refused", failures: 1, issued: null });
  expect(refused?.words).toMatch(/^connection: /);
  const again = (aheadMs: number) => {
    clock.aheadMs = aheadMs;
    return database.db
      .tenant(tenantId, (tx) => retryName(tx, system, { domainId, name }, services))
      .finally(() => {
        clock.aheadMs = 0;
      });
  };
  await expect(again(0)).rejects.toMatchObject({ code: "certificates.too_soon" });
  clock.aheadMs = certificateLimits.backoffMs + 60_000;
  await work(away);
  clock.aheadMs = 0;
  const twice = (await namesOf(tenantId, domainId)).get(name);
  expect(twice?.failures).toBe(2);
  expect((twice?.lookAt.getTime() ?? 0) - (twice?.triedAt?.getTime() ?? 0)).toBeGreaterThan(
    certificateLimits.backoffMs * 1.9,
  );
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toEqual([]);
  clock.aheadMs = certificateLimits.backoffMs * 10;
  await work(away);
  clock.aheadMs = 0;
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toMatchObject([
    { tenantId, name, trouble: "refused", failures: 3 },
  ]);
  face.listen(pebble.httpPort, "127.0.0.1");
  await once(face, "listening");
  await again(certificateLimits.backoffMs * 20);
  clock.aheadMs = certificateLimits.backoffMs * 20;
  await drain();
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: null, failures: 0 });
  await expect(again(3_600_000 * 24)).rejects.toMatchObject({ code: "certificates.not_needed" });
  expect(await database.db.operator((tx) => listTroubled(tx, clock.nowMs()))).toEqual([]);
});

test("a customer's orders of a week are counted, also those of names that are gone", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "molti.example");
  await pebble.point("mta-sts.molti.example", "127.0.0.1");
  await database.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into certificates_orders (tenant_id, id, name, ordered_at)
      select ${tenantId}, gen_random_uuid(), 'gone.molti.example', ${new Date(clock.nowMs())}
      from generate_series(1, ${certificateLimits.ordersPerWeekMax})`,
  );
  const before = ordersSeen();
  await work();
  expect((await namesOf(tenantId, domainId)).get("mta-sts.molti.example")).toMatchObject({ trouble: "limit" });
  expect(ordersSeen()).toBe(before);
  clock.aheadMs = certificateLimits.weekMs + 1;
  await work();
  clock.aheadMs = 0;
  expect((await namesOf(tenantId, domainId)).get("mta-sts.molti.example")?.issued).not.toBeNull();
});

test("R50, R94: no other customer sees, tries or takes a name; keys are sealed to their row", async () => {
  const [mine, theirs] = [await newTenant(), await newTenant()];
  const domainId = await newDomain(mine, "mio.example");
  const copy = await newDomain(theirs, "mio2.example");
  await pebble.point("mta-sts.mio.example", "127.0.0.1");
  await work();
  expect([...(await namesOf(theirs, domainId)).keys()]).toEqual([]);
  for (const id of [domainId, copy])
    await expect(
      database.db.tenant(theirs, (tx) =>
        retryName(tx, system, { domainId: id, name: "mta-sts.mio.example" }, services),
      ),
    ).rejects.toMatchObject({ code: "certificates.missing" });
  // Sealed bytes that are moved to a row of their own open nothing.
  const owner = openPool(database.cluster.superuserUrl, 1);
  await owner`
    update certificates_names t set private_key = m.private_key, chain = m.chain, issued_at = m.issued_at,
      ends_at = m.ends_at, renew_at = m.renew_at
    from certificates_names m where m.name = 'mta-sts.mio.example' and t.name = 'mta-sts.mio2.example'`;
  const pairs = await shown();
  expect(pairs.has("mta-sts.mio.example")).toBe(true);
  expect(pairs.has("mta-sts.mio2.example")).toBe(false);
  await owner.end();
});

test("R61: a domain that leaves takes its certificates and their keys along", async () => {
  const tenantId = await newTenant();
  const [closing, removed] = [await newDomain(tenantId, "via.example"), await newDomain(tenantId, "tolto.example")];
  for (const name of ["mta-sts.via.example", "mta-sts.tolto.example"]) await pebble.point(name, "127.0.0.1");
  await work();
  const hints: (string | null)[] = [];
  const stop = bus.subscribe("certificates:issued", (hint) => hints.push(hint));
  expect((await shown()).has("mta-sts.via.example")).toBe(true);
  await database.db.tenant(tenantId, (tx) => forgetCertificatesOf(tx, closing, services));
  expect(hints).toHaveLength(1);
  await database.db.tenant(tenantId, (tx) => removeDomain(tx, system, { domainId: removed }));
  const left = await database.db.tenant(
    tenantId,
    (tx) => tx.sql`select 1 from certificates_names where chain is not null`,
  );
  expect(left).toHaveLength(0);
  expect((await shown()).has("mta-sts.tolto.example")).toBe(false);
  stop();
});

test("R94: the names of the provider's listeners are not taken for those of who owns the domain around them", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "provider.example");
  await work();
  const names = await namesOf(tenantId, domainId);
  expect(names.has("mta-sts.provider.example")).toBe(true);
  for (const name of services.ownNames) expect(names.has(name), name).toBe(false);
  const own = await database.db.tenant(
    providerTenantId,
    (tx) => tx.sql<{ name: string }[]>`select name from certificates_names where chain is not null`,
  );
  expect(own.map(({ name }) => name)).toEqual([hostname]);
});

test("R94: a trial by hand does not break into a turn under way, and a turn that lost its name writes nothing", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "corsa.example");
  const [name, lost] = ["mta-sts.corsa.example", "mta-sts.perso.example"];
  await pebble.point(name, "127.0.0.1");
  const before = ordersSeen();
  const byHand = meanwhile(async () => {
    clock.aheadMs = certificateLimits.retryMs + 1;
    await database.db.tenant(tenantId, (tx) => retryName(tx, system, { domainId, name }, services));
    await drain();
    clock.aheadMs = 0;
  });
  await work();
  await byHand.done();
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: null, failures: 0 });
  expect((await namesOf(tenantId, domainId)).get(name)?.issued).not.toBeNull();
  expect(ordersSeen()).toBe(before + 1);

  // Its claim ran out, and another turn has it now.
  const going = await newDomain(tenantId, "perso.example");
  await pebble.point(lost, "127.0.0.1");
  const taken = new Date(clock.nowMs() + 2 * certificateLimits.claimMs);
  const other = meanwhile(() =>
    database.db.tenant(
      tenantId,
      (
        tx,
      ) => tx.sql`update certificates_names set claimed_until = ${taken}, order_url = 'https://other', order_key = '\\x01',
        challenge_token = null, challenge_answer = null where tenant_id = ${tenantId} and name = ${lost}`,
    ),
  );
  await work();
  await other.done();
  const [row] = await database.db.tenant(
    tenantId,
    (tx) => tx.sql`select order_url, claimed_until, trouble, chain from certificates_names
      where tenant_id = ${tenantId} and name = ${lost}`,
  );
  expect(row).toMatchObject({ order_url: "https://other", claimed_until: taken, trouble: null, chain: null });
  expect((await namesOf(tenantId, going)).get(lost)?.failures).toBe(0);
  await database.db.tenant(tenantId, (tx) => removeDomain(tx, system, { domainId: going }));
});

test("what customers ask for at once beyond the room is left to the next look, and the provider's own names go first", async () => {
  const labels = ["autoconfig", "autodiscover", "mail"];
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "folla.example");
  await work();
  for (const label of labels) await pebble.point(`${label}.folla.example`, "127.0.0.1");
  clock.aheadMs = certificateLimits.retryMs + 1;
  for (const label of labels) {
    const input = { domainId, name: `${label}.folla.example` };
    await database.db.tenant(tenantId, (tx) => retryName(tx, system, input, services));
  }
  await drain();
  const issued = [...(await namesOf(tenantId, domainId)).values()].filter((each) => each.issued !== null);
  expect(issued).toHaveLength(certificateLimits.turnsAtOnce);
  const left = await database.db.operator((tx) => tx.sql`select 1 from jobs_jobs where task like 'certificates.%'`);
  expect(left).toHaveLength(0);

  const others = [await newTenant(), await newTenant()];
  for (const [at, of] of others.entries()) await newDomain(of, `attesa${at}.example`);
  await work();
  for (const [at] of others.entries()) await pebble.point(`autoconfig.attesa${at}.example`, "127.0.0.1");
  const dueSince = (of: TenantId, agoMs: number) =>
    database.db.tenant(
      of,
      (tx) =>
        tx.sql`update certificates_names set look_at = ${new Date(clock.nowMs() - agoMs)} where tenant_id = ${of}`,
    );
  for (const of of others) await dueSince(of, 3_600_000);
  await dueSince(providerTenantId, 0);
  await work();
  clock.aheadMs = 0;
  expect([...(await namesOf(tenantId, domainId)).values()].filter((each) => each.issued !== null)).toHaveLength(3);
  const triedAt = async (of: TenantId, name: string) => {
    const [row] = await database.db.tenant(
      of,
      (tx) => tx.sql<{ at: Date }[]>`select tried_at as at from certificates_names
        where tenant_id = ${of} and name = ${name}`,
    );
    return row?.at.getTime() ?? 0;
  };
  const tried = await Promise.all(others.map((of, at) => triedAt(of, `autoconfig.attesa${at}.example`)));
  expect(await triedAt(providerTenantId, hostname)).toBeLessThan(Math.max(...tried));
});

test("a name that leads elsewhere loses its certificate and key when it ends, and is no operator's business", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "trasloco.example");
  const name = "mta-sts.trasloco.example";
  await pebble.point(name, "127.0.0.1");
  await work();
  const set = (endsInMs: number) =>
    database.db.tenant(
      tenantId,
      (tx) => tx.sql`update certificates_names set ends_at = ${new Date(clock.nowMs() + endsInMs)},
        look_at = ${new Date(clock.nowMs())} where tenant_id = ${tenantId} and name = ${name}`,
    );
  const told = async () => {
    const names = await database.db.operator((tx) => listTroubled(tx, clock.nowMs()));
    expect(await database.db.operator((tx) => countTroubledNames(tx, clock.nowMs()))).toBe(names.length);
    return names.map((each) => each.name);
  };
  await set(60_000);
  expect(await told()).toEqual([name]);
  await pebble.point(name, "192.0.2.7");
  await work();
  expect(await told()).toEqual([]);
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: "elsewhere" });
  expect((await shown()).has(name)).toBe(true);
  await set(60_000);
  await work({ ...services, hostname: "nowhere.provider.example" });
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: "dns_silent" });
  expect(await told()).toEqual([name]);
  await set(60_000);
  await work();
  await set(-1);
  await work();
  expect((await namesOf(tenantId, domainId)).get(name)).toMatchObject({ trouble: "elsewhere", issued: null });
  expect((await shown()).has(name)).toBe(false);
});

test("operators see the first of those in trouble, the provider's own before customers', and the count of all", async () => {
  const tenantId = await newTenant();
  const domainId = await newDomain(tenantId, "guai.example");
  const many = certificateLimits.troubledMax + 5;
  await database.db.tenant(
    tenantId,
    (tx) => tx.sql`insert into certificates_names (tenant_id, name, domain_id, look_at, trouble, failures)
      select ${tenantId}, 'n' || n || '.guai.example', ${domainId}, now(), 'refused', 9 from generate_series(1, ${many}) n`,
  );
  await database.db.tenant(
    providerTenantId,
    (tx) =>
      tx.sql`update certificates_names set trouble = 'refused', failures = 9 where tenant_id = ${providerTenantId}`,
  );
  const listed = await database.db.operator((tx) => listTroubled(tx, clock.nowMs()));
  expect(listed).toHaveLength(certificateLimits.troubledMax);
  expect(listed[0]?.name).toBe(hostname);
  expect(await database.db.operator((tx) => countTroubledNames(tx, clock.nowMs()))).toBe(many + 1);
  await database.db.tenant(tenantId, (tx) => removeDomain(tx, system, { domainId }));
});
test(
  "R94: another authority is asked for every name at once, and left in peace while it takes no orders of the account",
  changeAuthority,
);
