import { type Actor, type MailAccountId, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dkimSignersOf, domainLimits, jobHandlers, migrations, registerDomainRoutes } from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(4);
const system: Actor = { kind: "system", name: "test" };
const zone = new Map<string, string[][]>();
const account = newId<MailAccountId>(clock, random);
let isDnsDown = false;
let database: TestDatabase;
let app: Face;
let current: TenantId;
let tenants: TenantId[];
const secretKey = new Uint8Array(32).fill(3);
const resolveTxt = async (name: string) => {
  if (isDnsDown) throw Object.assign(new Error("down"), { code: "ESERVFAIL" });
  const found = zone.get(name);
  if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
  return found;
};

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  const { db } = database;
  const make = () =>
    db.operator((tx) =>
      createTenant(tx, system, { tenantId: newId<TenantId>(clock, random), name: "T", nowMs: clock.nowMs() }),
    );
  tenants = [await make(), await make()];
  current = tenants[0] as TenantId;
  app = createFace({ name: "console", clock, random, logger: new MemoryLogger(), contentSecurityPolicy: "api" });
  const principalId = newId<PrincipalId>(clock, random);
  registerDomainRoutes(app, {
    db,
    clock,
    random,
    secretKey,
    hosts: {
      mx: "mx.p.test",
      spfInclude: "spf.p.test",
      mail: "mail.p.test",
      dmarcReports: "dmarc@p.test",
      tlsReports: "tls@p.test",
      offers: ["pop3s", "sieve"],
      jmap: null,
    },
    dns: {
      resolveTxt,
      resolveMx: async () => [{ exchange: "MX.p.test.", priority: 10 }],
      resolveCname: async () => ["MAIL.p.test"],
      resolveSrv: async () => [{ name: "mail.p.test", port: 993, priority: 0, weight: 1 }],
    },
    authorise: async () => ({ kind: "user", tenantId: current, principalId, role: "admin", ip: "192.0.2.1" }),
    isMailAccount: async (_tx, id) => id === account,
  });
});
afterAll(async () => {
  await app?.close();
  await database?.close();
});

async function call(method: "GET" | "POST" | "PUT" | "DELETE", url: string, payload?: object) {
  const reply = await app.inject({ method, url, ...(payload ? { payload } : {}) });
  return { status: reply.statusCode, body: reply.json() };
}

test("R93, R94: a customer adds a domain, publishes the proof, and sees what the DNS lacks", async () => {
  const added = await call("POST", "/api/domains", { name: "Casa.Example" });
  expect(added).toMatchObject({ status: 201, body: { name: "casa.example", state: "pending" } });
  const { id, verificationHost, verificationValue } = added.body;
  expect((await call("POST", `/api/domains/${id}/verify`)).body.code).toBe("domains.unproved");
  isDnsDown = true;
  expect(await call("POST", `/api/domains/${id}/verify`)).toMatchObject({ status: 503, body: { code: "domains.dns" } });
  isDnsDown = false;
  zone.set(verificationHost, [["unrelated"], [verificationValue.slice(0, 10), verificationValue.slice(10)]]);
  expect((await call("POST", `/api/domains/${id}/verify`)).body).toMatchObject({ state: "active" });
  const { records } = (await call("GET", `/api/domains/${id}/records`)).body;
  const state = (purpose: string) => records.find((one: { purpose: string }) => one.purpose === purpose).state;
  expect([state("verification"), state("mx"), state("spf"), state("dkim")]).toEqual(["ok", "ok", "missing", "missing"]);
  const states = (type: string) =>
    records.filter((one: { type: string }) => one.type === type).map((one: { state: string }) => one.state);
  expect([states("CNAME"), states("SRV")]).toEqual([
    ["ok", "ok", "ok"],
    ["ok", "different", "different", "different"],
  ]);
});

test("R94: DKIM keys sign while the DNS shows them, and a change of keys never leaves a domain without one", async () => {
  const { db } = database;
  const [domain] = (await call("GET", "/api/domains")).body.domains;
  interface Row {
    host: string;
    value: string;
    state: string;
    key: { algorithm: string; state: string; isShown: boolean };
  }
  const keys = async (): Promise<Row[]> =>
    (await call("GET", `/api/domains/${domain.id}/records`)).body.records.filter(({ key }: Row) => key !== null);
  const states = async () => (await keys()).map(({ key }) => `${key.algorithm} ${key.state}`).sort();
  const publish = async (state: string) => {
    for (const { host, value, key } of await keys()) if (key.state === state) zone.set(host, [[value]]);
  };
  const signers = async () =>
    (await db.tenant(current, (tx) => dkimSignersOf(tx, "casa.example", { secretKey }))).map(
      ({ selector }) => selector,
    );
  const look = async () => {
    const handlers = jobHandlers({ db, clock, random, secretKey, dns: { resolveTxt }, logger: new MemoryLogger() });
    const { signal } = new AbortController();
    for (const one of handlers) await one.run({}, { tenantId: null, attempt: 1, signal, logger: new MemoryLogger() });
  };
  await look();
  expect([await states(), await signers()]).toEqual([["ed25519 waiting", "rsa waiting"], []]);
  await publish("waiting");
  await look();
  const first = await signers();
  expect([await states(), first.length]).toEqual([["ed25519 signing", "rsa signing"], 2]);

  expect((await call("POST", `/api/domains/${domain.id}/dkim`)).status).toBe(200);
  expect((await call("POST", `/api/domains/${domain.id}/dkim`)).body.code).toBe("domains.dkim_waiting");
  isDnsDown = true;
  await look();
  isDnsDown = false;
  expect(await signers()).toEqual(first);
  await publish("waiting");
  await look();
  const second = await signers();
  expect(second.filter((selector) => first.includes(selector))).toEqual([]);
  expect(await states()).toEqual(["ed25519 kept", "ed25519 signing", "rsa kept", "rsa signing"]);

  const published = new Map(zone);
  for (const selector of second) zone.delete(`${selector}._domainkey.casa.example`);
  await clock.advance(domainLimits.dkimKeptMs);
  await look();
  expect(await signers()).toEqual(first);
  // Nothing is there: as well sign as not.
  for (const selector of first) zone.delete(`${selector}._domainkey.casa.example`);
  await look();
  expect(await signers()).toEqual(second);
  for (const [name, texts] of published) zone.set(name, texts);
  await look();
  expect(await signers()).toEqual(second);
  // Those before have signed until now.
  expect(await states()).toEqual(["ed25519 kept", "ed25519 signing", "rsa kept", "rsa signing"]);

  await clock.advance(domainLimits.dkimKeptMs);
  await look();
  expect(await states()).toEqual(["ed25519 retired", "ed25519 signing", "rsa retired", "rsa signing"]);
  for (const selector of first) zone.delete(`${selector}._domainkey.casa.example`);
  expect(await states()).toEqual(["ed25519 signing", "rsa signing"]);
  await clock.advance(domainLimits.dkimRotateMs);
  await look();
  expect(await states()).toEqual(["ed25519 signing", "ed25519 waiting", "rsa signing", "rsa waiting"]);
});

test("addresses are added for own accounts only, and a domain with addresses stays", async () => {
  const alias = { kind: "alias", address: "info@casa.example", mailAccountId: account };
  const added = await call("POST", "/api/addresses", alias);
  expect(added).toMatchObject({ status: 201, body: { address: "info@casa.example", kind: "alias" } });
  expect(
    (await call("POST", "/api/addresses", { ...alias, address: "x@casa.example", mailAccountId: newId(clock, random) }))
      .status,
  ).toBe(404);
  expect((await call("POST", "/api/addresses", { ...alias, kind: "mailbox" })).status).toBe(422);
  const [domain] = (await call("GET", "/api/domains")).body.domains;
  expect((await call("DELETE", `/api/domains/${domain.id}`)).body.code).toBe("domains.has_addresses");
  expect((await call("GET", `/api/addresses?domainId=${domain.id}`)).body.addresses).toHaveLength(1);
});

test("R12: a group is made, searched and changed, and who may send as it is said", async () => {
  const group = {
    kind: "group",
    address: "team@casa.example",
    forwardTo: ["ada@casa.example", "Bob@Elsewhere.example"],
  };
  const made = await call("POST", "/api/addresses", group);
  expect(made).toMatchObject({
    status: 201,
    body: { kind: "group", forwardTo: ["ada@casa.example", "Bob@elsewhere.example"] },
  });
  const url = `/api/addresses/${made.body.id}`;
  const found = await call("GET", "/api/addresses?kind=not_mailbox&search=BOB@");
  expect(found.body.addresses.map((one: { address: string }) => one.address)).toEqual(["team@casa.example"]);
  expect((await call("PUT", url, { mailAccountId: null, forwardTo: [] })).body.code).toBe("domains.target");
  expect((await call("PUT", url, { mailAccountId: null, forwardTo: ["Team+x@casa.example"] })).body).toMatchObject({
    code: "domains.circle",
    details: { via: "Team+x@casa.example" },
  });
  expect((await call("PUT", url, { mailAccountId: null, forwardTo: ["cy@elsewhere.example"] })).status).toBe(200);
  expect((await call("PUT", `${url}/senders`, { mailAccountIds: [account] })).status).toBe(200);
  expect((await call("GET", `${url}/senders`)).body).toEqual({
    senders: [{ id: account, address: "", mode: "as" }],
  });
  const onBehalfIds = [account];
  expect((await call("PUT", `${url}/senders`, { mailAccountIds: [], onBehalfIds })).status).toBe(200);
  expect((await call("GET", `${url}/senders`)).body.senders).toMatchObject([{ id: account, mode: "on_behalf" }]);
  // Who knows nothing of this right writes back all that he read: nobody is raised, and nobody loses it.
  for (const mailAccountIds of [[account], []]) {
    expect((await call("PUT", `${url}/senders`, { mailAccountIds })).status).toBe(200);
    expect((await call("GET", `${url}/senders`)).body.senders).toMatchObject([{ id: account, mode: "on_behalf" }]);
  }
  const strangers = [newId(clock, random)];
  expect((await call("PUT", `${url}/senders`, { mailAccountIds: [], onBehalfIds: strangers })).status).toBe(404);
  expect((await call("PUT", `${url}/senders`, { mailAccountIds: [newId(clock, random)] })).status).toBe(404);
  expect((await call("DELETE", url)).status).toBe(200);
  expect((await call("GET", `${url}/senders`)).status).toBe(404);
});

test("another tenant can neither see, take nor remove it", async () => {
  const [domain] = (await call("GET", "/api/domains")).body.domains;
  const [address] = (await call("GET", "/api/addresses")).body.addresses;
  current = tenants[1] as TenantId;
  expect((await call("GET", "/api/domains")).body.domains).toEqual([]);
  expect((await call("POST", "/api/domains", { name: "casa.example" })).body.code).toBe("domains.taken");
  expect((await call("GET", `/api/domains/${domain.id}/records`)).status).toBe(404);
  expect((await call("DELETE", `/api/domains/${domain.id}`)).status).toBe(404);
  expect((await call("DELETE", `/api/addresses/${address.id}`)).status).toBe(404);
  current = tenants[0] as TenantId;
  expect((await call("DELETE", `/api/addresses/${address.id}`)).status).toBe(200);
  expect((await call("DELETE", `/api/domains/${domain.id}`)).status).toBe(200);
});
