import { type Actor, type DomainId, type MailAccountId, newId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import {
  migrations as base,
  lintCatalogue,
  openPool,
  startTestDatabase,
  type TenantTx,
  type TestDatabase,
} from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AddressId,
  activateDomain,
  addAddress,
  addDomain,
  type DkimKeyPair,
  dkimSignersOf,
  domainLimits,
  forgetAddressesOfAccount,
  generateDkimKey,
  invariants,
  isDomainHosted,
  jobHandlers,
  listDkimKeys,
  listDomains,
  listSendRights,
  maySendAs,
  migrations,
  pageAddresses,
  removeAddress,
  removeAddressesOfAccount,
  removeDomain,
  resolveRecipient,
  restoreAddressesOfAccount,
  setAliasDomain,
  setSendRights,
  settleDkimKeys,
  updateAddress,
  verificationValue,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(3);
const services = { clock, random, secretKey: new Uint8Array(32).fill(9) };
const system: Actor = { kind: "system", name: "test" };
const account = newId<MailAccountId>(clock, random);
let database: TestDatabase;
let dkimKey: DkimKeyPair;
let tenantA: TenantId;
let tenantB: TenantId;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  dkimKey = await generateDkimKey();
  const make = () =>
    database.db.operator((tx) =>
      createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name: "T", nowMs: clock.nowMs() }),
    );
  tenantA = await make();
  tenantB = await make();
});
afterAll(() => database?.close());

const add = (tenant: TenantId, name: string) =>
  database.db.tenant(tenant, (tx) => addDomain(tx, system, { name, dkimKey }, services));
const activate = (tenant: TenantId, domain: Awaited<ReturnType<typeof add>>, txt = verificationValue(domain)) =>
  database.db.tenant(tenant, (tx) => activateDomain(tx, system, { domainId: domain.id, txt: [[txt]] }, services));
const resolve = (address: string) => database.db.lookup((tx) => resolveRecipient(tx, address));

describe("R93: ownership", () => {
  test("a pending domain receives nothing; the TXT proof activates it", async () => {
    const domain = await add(tenantA, "Bücher.Example.");
    expect(domain.name).toBe("xn--bcher-kva.example");
    expect(await resolve("ada@bücher.example")).toEqual({ kind: "not_hosted" });
    await expect(activate(tenantA, domain, "casaforte-verification=guess")).rejects.toMatchObject({
      code: "domains.unproved",
    });
    expect((await activate(tenantA, domain)).state).toBe("active");
    expect(await resolve("ada@BÜCHER.example")).toMatchObject({ kind: "unknown", tenantId: tenantA });
  });

  test("two tenants may try the same domain; the first proof wins and the other cannot take it over", async () => {
    const first = await add(tenantA, "contested.example");
    const second = await add(tenantB, "contested.example");
    await activate(tenantB, second);
    await expect(activate(tenantA, first)).rejects.toMatchObject({ kind: "conflict", code: "domains.taken" });
    await expect(add(tenantA, "contested.example")).rejects.toMatchObject({ code: "domains.taken" });
    expect(await resolve("x@contested.example")).toMatchObject({ tenantId: tenantB });
  });

  test("a tenant sees its own domains only", async () => {
    const names = (await database.db.tenant(tenantB, listDomains)).map((domain) => domain.name);
    expect(names).toEqual(["contested.example"]);
  });
});

describe("addresses", () => {
  beforeAll(async () => {
    await activate(tenantA, await add(tenantA, "casa.example"));
    await database.db.tenant(tenantA, async (tx) => {
      await addAddress(tx, system, { kind: "mailbox", address: "Ada@casa.example", mailAccountId: account }, services);
      await addAddress(tx, system, { kind: "alias", address: "info@casa.example", mailAccountId: account }, services);
      await addAddress(
        tx,
        system,
        { kind: "forward", address: "out@casa.example", forwardTo: ["Bob@Elsewhere.example"] },
        services,
      );
    });
  });

  test.each([
    ["ada@casa.example", account, []],
    ["ADA@CASA.EXAMPLE", account, []],
    ["ada+shop@casa.example", account, []],
    ["info@casa.example", account, []],
    ['"ada"@casa.example', account, []],
    ["out@casa.example", null, ["Bob@elsewhere.example"]],
  ])("%s leads where it should", async (address, mailAccountId, forwardTo) => {
    expect(await resolve(address)).toMatchObject({ kind: "found", tenantId: tenantA, mailAccountId, forwardTo });
  });

  test.each([
    "",
    "ada",
    "@casa.example",
    "a b@casa.example",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "a..b@casa.example",
    `${"x".repeat(65)}@casa.example`,
    "ada@casa",
    "a\r\nb@casa.example",
  ])("%j is no address", async (address) => {
    await expect(resolve(address)).rejects.toMatchObject({ code: "domains.address" });
  });

  test("the catch-all takes what nobody has, and only then", async () => {
    const [catchAll] = [newId<MailAccountId>(clock, random)];
    expect(await resolve("who@casa.example")).toMatchObject({ kind: "unknown" });
    await database.db.tenant(tenantA, (tx) =>
      addAddress(tx, system, { kind: "catch_all", address: "@casa.example", mailAccountId: catchAll }, services),
    );
    expect(await resolve("who@casa.example")).toMatchObject({ mailAccountId: catchAll, isCatchAll: true });
    expect(await resolve("ada+x@casa.example")).toMatchObject({ mailAccountId: account, isCatchAll: false });
  });

  test("an account may send as its addresses and their plus forms, and as nothing else", async () => {
    const may = (local: string) =>
      database.db.tenant(tenantA, (tx) => maySendAs(tx, account, { local, domain: "casa.example" }));
    expect(await Promise.all(["ada", "info", "ada+x", "out", "who"].map(may))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("R93: nobody sends as a domain whose proof is missing, nor by way of an alias domain", async () => {
    const [unproved, second] = [await add(tenantB, "unproved.example"), await add(tenantB, "second.example")];
    const owner = newId<MailAccountId>(clock, random);
    const may = (domain: string) => database.db.tenant(tenantB, (tx) => maySendAs(tx, owner, { local: "ceo", domain }));
    await database.db.tenant(tenantB, async (tx) => {
      const address = "ceo@unproved.example";
      await addAddress(tx, system, { kind: "mailbox", address, mailAccountId: owner }, services);
      await setAliasDomain(tx, system, { domainId: second.id, aliasOf: unproved.id });
    });
    expect([await may("unproved.example"), await may("second.example")]).toEqual([false, false]);
    await activate(tenantB, unproved);
    expect([await may("unproved.example"), await may("second.example")]).toEqual([true, false]);
  });

  test("an address and an alias domain made at the same moment wait for one another", async () => {
    const [main, late] = [await add(tenantA, "main.example"), await add(tenantA, "late.example")];
    let attempt: Promise<string> | undefined;
    await database.db.tenant(tenantA, async (tx) => {
      await setAliasDomain(tx, system, { domainId: late.id, aliasOf: main.id });
      let isSettled = false;
      const own = { kind: "mailbox" as const, address: "own@late.example", mailAccountId: account };
      attempt = database.db
        .tenant(tenantA, (other) => addAddress(other, system, own, services))
        .then(
          () => "added",
          (error: { code: string }) => error.code,
        )
        .finally(() => {
          isSettled = true;
        });
      for (let waits = false; !waits && !isSettled; ) {
        const [row] = await tx.sql<{ waits: boolean }[]>`
          select exists (select 1 from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())) as waits`;
        waits = row?.waits === true;
      }
    });
    expect(await attempt).toBe("domains.is_alias");
  });

  test("R12: an address that would lead to more than the limit, or further on, is refused; up to it, it is not", async () => {
    await activate(tenantA, await add(tenantA, "many.example"));
    const group = (address: string, ...forwardTo: string[]) =>
      database.db.tenant(tenantA, (tx) => addAddress(tx, system, { kind: "group", address, forwardTo }, services));
    const people = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}${index}@elsewhere.example`);
    await group("half@many.example", ...people("a", 500));
    await group("full@many.example", "half@many.example", ...people("b", domainLimits.expansionMax - 501));
    await expect(
      group("over@many.example", "half@many.example", ...people("b", 499), "half+x@many.example"),
    ).rejects.toMatchObject({ code: "domains.target" });
    await group("step1@many.example", "x@elsewhere.example");
    for (let step = 2; step <= domainLimits.expansionStepsMax; step++)
      await group(`step${step}@many.example`, `step${step - 1}@many.example`);
    await expect(group("far@many.example", `step${domainLimits.expansionStepsMax}@many.example`)).rejects.toMatchObject(
      { code: "domains.target" },
    );
  });

  test("an address exists once, without a plus, in a domain of the tenant", async () => {
    const attempt = (address: string, tenant = tenantA) =>
      database.db.tenant(tenant, (tx) =>
        addAddress(tx, system, { kind: "alias", address, mailAccountId: account }, services),
      );
    await expect(attempt("ada@casa.example")).rejects.toMatchObject({ code: "domains.address_taken" });
    await expect(attempt("a+b@casa.example")).rejects.toMatchObject({ code: "domains.plus" });
    await expect(attempt("x@casa.example", tenantB)).rejects.toMatchObject({ code: "domains.missing" });
  });

  test("R12: a circle of groups and forwards is refused by whichever step would close it, and says by way of what", async () => {
    await activate(tenantA, await add(tenantA, "circle.example"));
    const group = (address: string, ...forwardTo: string[]) =>
      database.db.tenant(tenantA, (tx) => addAddress(tx, system, { kind: "group", address, forwardTo }, services));
    const change = (addressId: AddressId, ...forwardTo: string[]) =>
      database.db.tenant(tenantA, (tx) => updateAddress(tx, system, { addressId, mailAccountId: null, forwardTo }));
    const circle = (via: string) => ({ code: "domains.circle", details: { via } });
    await expect(group("self@circle.example", "Self+x@circle.example")).rejects.toMatchObject(
      circle("Self+x@circle.example"),
    );
    const a = await group("a@circle.example", "b@circle.example", "x@elsewhere.example");
    const b = await group("b@circle.example", "c@circle.example");
    await expect(group("c@circle.example", "y@elsewhere.example", "a@circle.example")).rejects.toMatchObject(
      circle("c@circle.example"),
    );
    await expect(change(b.id, "a@circle.example")).rejects.toMatchObject(circle("b@circle.example"));
    // Two that close it together: one of them hears of it.
    const c = await group("c@circle.example", "z@elsewhere.example");
    const d = await group("d@circle.example", "z@elsewhere.example");
    const both = await Promise.allSettled([change(c.id, "d@circle.example"), change(d.id, "a@circle.example")]);
    expect(both.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect((await change(a.id, "x@elsewhere.example")).forwardTo).toEqual(["x@elsewhere.example"]);
  });

  test("R12: an alias domain has the addresses of the other one, and none of its own", async () => {
    const [home, alias] = [await add(tenantA, "home.example"), await add(tenantA, "alias.example")];
    await activate(tenantA, home);
    await activate(tenantA, alias);
    const set = (domainId: DomainId, aliasOf: DomainId | null, tenant = tenantA) =>
      database.db.tenant(tenant, (tx) => setAliasDomain(tx, system, { domainId, aliasOf }));
    const addTo = (address: string, forwardTo: string[] = []) =>
      database.db.tenant(tenantA, (tx) =>
        addAddress(
          tx,
          system,
          forwardTo.length > 0
            ? { kind: "forward", address, forwardTo }
            : { kind: "mailbox", address, mailAccountId: account },
          services,
        ),
      );
    await addTo("ada@home.example");
    const back = await addTo("back@home.example", ["back@alias.example"]);
    await expect(set(alias.id, home.id)).rejects.toMatchObject({ code: "domains.circle" });
    await database.db.tenant(tenantA, (tx) => removeAddress(tx, system, { addressId: back.id }));
    await expect(set(home.id, alias.id)).rejects.toMatchObject({ code: "domains.has_addresses" });
    expect((await set(alias.id, home.id)).aliasOf).toBe(home.id);
    expect(await resolve("ada+x@alias.example")).toMatchObject({ kind: "found", mailAccountId: account });
    expect(await resolve("nobody@alias.example")).toMatchObject({ kind: "unknown" });
    const may = (domain: string) =>
      database.db.tenant(tenantA, (tx) => maySendAs(tx, account, { local: "ada", domain }));
    expect([await may("alias.example"), await may("contested.example")]).toEqual([true, false]);
    await expect(addTo("own@alias.example")).rejects.toMatchObject({ code: "domains.is_alias" });
    await expect(set(home.id, alias.id)).rejects.toMatchObject({ code: "domains.is_alias" });
    await expect(set(alias.id, home.id, tenantB)).rejects.toMatchObject({ code: "domains.missing" });
    await set(alias.id, null);
    expect(await resolve("ada@alias.example")).toMatchObject({ kind: "unknown" });
  });

  test("R12: an account may send as what it was given the right for, until the right is taken or the account goes", async () => {
    const [helper, gone] = [newId<MailAccountId>(clock, random), newId<MailAccountId>(clock, random)];
    const run = <T>(work: (tx: TenantTx) => Promise<T>) => database.db.tenant(tenantA, work);
    const info = (await run((tx) => pageAddresses(tx, { search: "info@" }))).addresses[0];
    const addressId = info?.id ?? ("" as AddressId);
    const may = (who: MailAccountId, local = "info") =>
      run((tx) => maySendAs(tx, who, { local, domain: "casa.example" }));
    const set = (...mailAccountIds: MailAccountId[]) =>
      run((tx) => setSendRights(tx, system, { addressId, mailAccountIds }, services));
    await set(helper, gone);
    expect([await may(helper), await may(helper, "info+sales"), await may(helper, "ada")]).toEqual([true, true, false]);
    await run((tx) => removeAddressesOfAccount(tx, system, { mailAccountId: gone }, services));
    expect(await run((tx) => listSendRights(tx, addressId))).toEqual([{ mailAccountId: helper, mode: "as" }]);
    await set();
    expect([await may(helper), await may(account)]).toEqual([false, true]);
  });

  test("R12: an account that is called back has its aliases again, but for those that somebody took meanwhile", async () => {
    const [back, taker] = [newId<MailAccountId>(clock, random), newId<MailAccountId>(clock, random)];
    const run = <T>(work: (tx: TenantTx) => Promise<T>) => database.db.tenant(tenantA, work);
    const add = (kind: "mailbox" | "alias", address: string, mailAccountId: MailAccountId) =>
      run((tx) => addAddress(tx, system, { kind, address, mailAccountId }, services));
    await add("mailbox", "back@casa.example", back);
    await add("alias", "sales@casa.example", back);
    await add("alias", "orders@casa.example", back);
    await run((tx) => removeAddressesOfAccount(tx, system, { mailAccountId: back }, services));
    expect(await resolve("sales@casa.example")).not.toMatchObject({ mailAccountId: back });
    await add("alias", "orders@casa.example", taker);
    const restore = () => run((tx) => restoreAddressesOfAccount(tx, system, { mailAccountId: back }, services));
    expect([await restore(), await restore()]).toEqual([1, 0]);
    expect(await resolve("sales@casa.example")).toMatchObject({ mailAccountId: back });
    expect(await resolve("orders@casa.example")).toMatchObject({ mailAccountId: taker });
    await run((tx) => removeAddressesOfAccount(tx, system, { mailAccountId: back }, services));
    await run((tx) => removeAddressesOfAccount(tx, system, { mailAccountId: taker }, services));
    const close = (at: Date | null) => run((tx) => tx.sql`update domains_domains set closed_at = ${at}`);
    await close(new Date(clock.nowMs()));
    expect(await run((tx) => restoreAddressesOfAccount(tx, system, { mailAccountId: taker }, services))).toBe(0);
    await close(null);
    await run((tx) => forgetAddressesOfAccount(tx, { mailAccountId: back }));
    expect(await restore()).toBe(0);
  });

  test("a domain with addresses stays", async () => {
    const domain = (await database.db.tenant(tenantA, listDomains)).find((one) => one.name === "casa.example");
    await expect(
      database.db.tenant(tenantA, (tx) => removeDomain(tx, system, { domainId: domain?.id ?? ("" as never) })),
    ).rejects.toMatchObject({ code: "domains.has_addresses" });
  });
});

test("DKIM keys sign once the DNS shows them, and open with the same secret only", async () => {
  const sign = (secretKey: Uint8Array) =>
    database.db.tenant(tenantA, (tx) => dkimSignersOf(tx, "casa.example", { secretKey }));
  expect(await sign(services.secretKey)).toEqual([]);
  await database.db.tenant(tenantA, async (tx) => {
    const domain = (await listDomains(tx)).find(({ name }) => name === "casa.example");
    if (!domain) throw new Error("no domain");
    const sightings = new Map((await listDkimKeys(tx, domain.id)).map(({ id }) => [id, true]));
    await settleDkimKeys(tx, system, { domainId: domain.id, sightings }, services);
  });
  const [rsa, ed25519, ...more] = await sign(services.secretKey);
  expect(rsa?.privateKeyPem).toBe(dkimKey.privateKeyPem);
  expect([ed25519?.selector.endsWith("e"), more]).toEqual([true, []]);
  await expect(sign(new Uint8Array(32))).rejects.toMatchObject({ code: "domains.dkim_key" });
});

test("R94: a customer whose keys cannot be looked after keeps no other's from being looked at", async () => {
  const [broken, fine] = [tenantA, tenantB].toSorted() as [TenantId, TenantId];
  const own = await add(fine, "turn.example");
  await activate(fine, own);
  await activate(broken, await add(broken, "broken-turn.example"));
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner.unsafe(`alter table domains_dkim_keys add constraint broken check (tenant_id <> '${broken}') not valid`);
  const jobs = jobHandlers({
    ...{ ...services, db: database.db, logger: new MemoryLogger(), dns: { resolveTxt: async () => [] } },
  });
  const look = () =>
    jobs[0]?.run({}, { tenantId: null, attempt: 1, signal: AbortSignal.timeout(30_000), logger: new MemoryLogger() });
  await expect(look()).rejects.toMatchObject({ code: "sweep.incomplete", details: { failed: 1 } });
  const keys = await database.db.tenant(fine, (tx) => listDkimKeys(tx, own.id));
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.every(({ lookedAt }) => lookedAt !== null)).toBe(true);
  await owner`alter table domains_dkim_keys drop constraint broken`;
  await owner.end();
  await look();
});

test("the catalogue is sound and the invariants hold", async () => {
  expect(await lintCatalogue(database.cluster.appUrl)).toEqual([]);
  for (const invariant of invariants)
    expect([invariant.name, await database.db.tenant(tenantA, (tx) => invariant.check(tx))]).toEqual([
      invariant.name,
      [],
    ]);
  expect(await database.db.lookup((tx) => isDomainHosted(tx, "Casa.Example"))).toBe(true);
});
