import { providerTenantId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { apiTokenPattern, bearerToken, freshApiToken, hashApiToken } from "./api-token-secret.ts";
import { fromBase32 } from "./base32.test-support.ts";
import { registerIdentityRoutes } from "./http.ts";
import { goodPassword, type IdentityBench, startIdentityBench, system } from "./identity-bench.test-support.ts";
import { identityLimits } from "./limits.ts";
import { createTokenPace } from "./token-pace.ts";
import { hotp, totpStep } from "./totp.ts";

const dayMs = 86_400_000;
let bench: IdentityBench;
let tenantId: TenantId;
let face: Face;
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant("Verdi Srl");
  face = createFace({
    name: "console",
    ...{ logger: bench.logger, clock: bench.clock, random: bench.random },
    contentSecurityPolicy: "console",
    trustedProxies: ["127.0.0.1"],
  });
  const who = registerIdentityRoutes(face, bench.identity, {
    realm: "user",
    tokens: {
      grantable: ({ role }) =>
        role === "owner" ? ["backup:read", "mail:read"] : role === "auditor" ? [] : ["mail:read"],
      assertObjects: async () => {},
      assertReaches: async () => {},
      routeOf: ({ headers }) => String(headers["x-route"] ?? ""),
    },
  });
  face.get("/api/probe", async (request) => ({ actor: await who.authenticate(request) }));
  face.post("/api/probe", async (request) => ({ fresh: await who.assertFresh(request) }));
  await face.ready();
});
afterAll(async () => {
  await face?.close();
  await bench?.[Symbol.asyncDispose]();
});

type Method = "GET" | "POST" | "PUT" | "DELETE";
async function send(method: Method, url: string, headers: Record<string, string>, payload?: object) {
  const reply = await face.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  return { status: reply.statusCode, body: reply.body === "" ? null : reply.json(), cookies: reply.cookies };
}
const from = (ip: string) => ({ "x-forwarded-for": ip });
const bearer = (token: string, ip = "192.0.2.7") => ({ authorization: `Bearer ${token}`, ...from(ip) });

/** A signed-in person with an authenticator, and the next code of it that nobody used. */
async function person(login: string, role: "owner" | "technician" = "owner", isWithFactor = true) {
  const id = await bench.newPerson(tenantId, login, { role });
  const base = { "sec-fetch-site": "same-origin", ...from("192.0.2.99") };
  const signed = await send("POST", "/api/auth/sign-in", base, { login, password: goodPassword });
  const cookieOf = (reply: typeof signed) =>
    reply.cookies.find(({ name }) => name === "__Host-cf-console")?.value ?? "";
  let headers = { ...base, cookie: `__Host-cf-console=${cookieOf(signed)}` };
  let seed = new Uint8Array();
  const code = () => {
    bench.clock.advance(identityLimits.totpStepSeconds * 1000);
    return hotp(seed, totpStep(bench.clock.nowMs()));
  };
  if (isWithFactor) {
    const { body } = await send("POST", "/api/auth/totp", headers, {});
    seed = fromBase32(body.secret);
    const on = await send("POST", "/api/auth/totp/confirm", headers, { code: code() });
    headers = { ...base, cookie: `__Host-cf-console=${cookieOf(on)}` };
  }
  const make = (changes: object = {}) =>
    send("POST", "/api/tokens", headers, {
      ...{ name: "script", scopes: ["mail:read"], expiresAt: new Date(bench.clock.nowMs() + dayMs).toISOString() },
      ...(isWithFactor && !("code" in changes) ? { code: code() } : {}),
      ...changes,
    });
  return { id, headers, make, code };
}

const auditOf = (action: string) =>
  bench.database.db.tenant(
    tenantId,
    (tx) => tx.sql<{ details: Record<string, unknown>; objectId: string }[]>`
      select details, object_id as "objectId" from audit_entries
      where tenant_id = ${tenantId} and action = ${action} order by id`,
  );

test("R78: a token is 256 random bits behind a prefix, with a check that catches each wrong letter", () => {
  const { text, hash, hint } = freshApiToken(bench.random);
  expect(text).toMatch(apiTokenPattern);
  expect(hint).toBe(text.slice(0, 8));
  expect(hashApiToken(text)).toEqual(hash);
  for (let at = 4; at < text.length; at++) {
    const other = text[at] === "a" ? "b" : "a";
    expect(hashApiToken(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
  }
  expect(bearerToken(`bearer ${text}`)).toBe(text);
  for (const header of [undefined, "", text, `Basic ${text}`, "Bearer cf_device_x"])
    expect(bearerToken(header)).toBeNull();
});

test("R78: it takes a second factor to make one, which is shown once and stored as a hash", async () => {
  const bare = await person("bare@example.test", "owner", false);
  expect(await bare.make()).toMatchObject({ status: 412, body: { code: "identity.token_needs_factor" } });
  const anna = await person("anna@example.test");
  expect(await anna.make({ code: undefined })).toMatchObject({
    status: 412,
    body: { code: "identity.token_needs_code" },
  });
  expect(await anna.make({ code: "000000" })).toMatchObject({ status: 401, body: { code: "identity.bad_code" } });
  const made = await anna.make();
  expect(made.status).toBe(201);
  const { secret, id } = made.body;
  const list = await send("GET", "/api/tokens", anna.headers);
  expect(list.body).toMatchObject({
    grantable: ["backup:read", "mail:read"],
    tokens: [{ id, hint: secret.slice(0, 8), lastUsedAt: null, isOwn: true, owner: { login: "anna@example.test" } }],
  });
  expect(JSON.stringify(list.body)).not.toContain(secret);
  const rows = await bench.database.db.tenant(
    tenantId,
    (tx) => tx.sql`select t::text as row from identity_api_tokens t where tenant_id = ${tenantId}`,
  );
  expect(JSON.stringify(rows)).not.toContain(secret.slice(8));
  expect((await auditOf("identity.token_created")).map(({ objectId }) => objectId)).toContain(id);
  // What is undone with a refusal under an idempotency key gives no code back.
  const code = anna.code();
  const undone = bench.database.db.together(tenantId, async () => {
    expect(await anna.make({ code })).toMatchObject({ status: 201 });
    throw new Error("refused");
  });
  await expect(undone).rejects.toThrow("refused");
  expect(await anna.make({ code })).toMatchObject({ status: 401, body: { code: "identity.bad_code" } });
});

test("R78: an old proof, a longer life, a wider scope and a network that is none are refused", async () => {
  const technician = await person("tino@example.test", "technician");
  expect(await technician.make({ scopes: ["backup:read"] })).toMatchObject({
    status: 403,
    body: { code: "identity.token_too_wide" },
  });
  const late = new Date(bench.clock.nowMs() + 367 * dayMs).toISOString();
  expect(await technician.make({ expiresAt: late })).toMatchObject({
    status: 422,
    body: { code: "identity.token_life" },
  });
  const past = new Date(bench.clock.nowMs() - 1).toISOString();
  expect(await technician.make({ expiresAt: past })).toMatchObject({ status: 422 });
  expect(await technician.make({ expiresAt: undefined })).toMatchObject({ status: 422 });
  for (const network of ["192.0.2.0/33", "192.0.2.0/24/1", "not an address", "2001:db8::/129", "192.0.2.0/-1"])
    expect(await technician.make({ networks: [network] })).toMatchObject({
      status: 422,
      body: { code: "identity.token_network" },
    });
  expect(await technician.make({ scopes: ["mail:read"], spaceIds: [crypto.randomUUID()] })).toMatchObject({
    status: 422,
    body: { code: "identity.token_bound" },
  });
  bench.clock.advance(identityLimits.freshAuthenticationMs);
  expect(await technician.make()).toMatchObject({ status: 403, body: { code: "identity.reauthentication_required" } });
});

test("R78: it acts in its maker's name without a cookie, is noted with its last use, and confirms nothing", async () => {
  const maker = await person("mara@example.test");
  const { secret, id } = (await maker.make({ name: "nightly" })).body;
  expect(await send("GET", "/api/probe", bearer(secret))).toMatchObject({
    status: 200,
    body: { actor: { kind: "user", tenantId, principalId: maker.id, role: "owner", tokenId: id, ip: "192.0.2.7" } },
  });
  const [token] = (await send("GET", "/api/tokens", maker.headers)).body.tokens;
  expect(token).toMatchObject({ id, name: "nightly", lastUsedIp: "192.0.2.7" });
  expect(await send("POST", "/api/probe", { ...bearer(secret), "x-route": "POST /api/probe" })).toMatchObject({
    status: 403,
    body: { code: "identity.token_needs_person" },
  });
  expect(await auditOf("identity.token_refused")).toContainEqual({
    objectId: id,
    details: { code: "identity.token_needs_person", route: "POST /api/probe", token: id },
  });
  expect(await send("GET", "/api/probe", { ...bearer(secret), origin: "https://evil.example" })).toMatchObject({
    status: 200,
  });
  expect(
    await send("POST", "/api/tokens", bearer(secret), {
      ...{ name: "child", scopes: ["mail:read"], expiresAt: new Date(bench.clock.nowMs() + dayMs).toISOString() },
    }),
  ).toMatchObject({ status: 403, body: { code: "identity.forbidden" } });
});

test("R78, R75: it ends when it is revoked, when it expires and when its maker is disabled", async () => {
  const maker = await person("fine@example.test");
  const owner = await person("capo@example.test");
  const tokens = [];
  for (let count = 0; count < 3; count++) tokens.push((await maker.make()).body);
  const [first, second, third] = tokens;
  const status = async (secret: string) => (await send("GET", "/api/probe", bearer(secret))).status;
  expect(await status(first.secret)).toBe(200);
  expect((await send("DELETE", `/api/tokens/${first.id}`, owner.headers)).status).toBe(204);
  expect(await status(first.secret)).toBe(401);
  expect(await status(second.secret)).toBe(200);
  bench.clock.advance(dayMs);
  expect(await status(second.secret)).toBe(401);
  const { identity, database } = bench;
  const living = (await (await person("viva@example.test")).make()).body;
  expect(await status(living.secret)).toBe(200);
  const [row] = await database.db.tenant(
    tenantId,
    (tx) => tx.sql`select principal_id from identity_api_tokens where tenant_id = ${tenantId} and id = ${living.id}`,
  );
  await database.db.tenant(tenantId, (tx) =>
    identity.setPrincipalStatus(
      tx,
      { kind: "system", name: "test" },
      { principalId: row?.["principal_id"], status: "disabled" },
    ),
  );
  expect(await status(living.secret)).toBe(401);
  expect(await status(third.secret)).toBe(401);
});

test("R78: only the addresses that it names may use it, and each refusal is in the log, ten a minute at most", async () => {
  const maker = await person("rete@example.test");
  const { secret, id } = (await maker.make({ networks: ["198.51.100.0/24", "2001:db8::/32"] })).body;
  for (const ip of ["198.51.100.9", "2001:db8::5", "::ffff:198.51.100.1"])
    expect((await send("GET", "/api/probe", bearer(secret, ip))).status).toBe(200);
  for (let count = 0; count < 15; count++)
    expect(await send("GET", "/api/probe", bearer(secret, "203.0.113.4"))).toMatchObject({
      status: 403,
      body: { code: "identity.token_address" },
    });
  const noted = (await auditOf("identity.token_refused")).filter(({ objectId }) => objectId === id);
  expect(noted.length).toBe(identityLimits.apiTokenRefusalsNoted);
});

test("R78, R75: an operator's token acts with the roles of this moment, opens no customer's face, and ends with factor, account and date", async () => {
  const { operators, desk } = await operatorFace();
  const id = await bench.newPerson(tenantId, "desk@provider.test", { realm: "operator", operatorRoles: ["support"] });
  const at = async (method: Method, url: string, headers: Record<string, string>, payload?: object) => {
    const reply = await desk.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: reply.statusCode, body: reply.body === "" ? null : reply.json(), cookies: reply.cookies };
  };
  const base = { "sec-fetch-site": "same-origin", ...from("192.0.2.98") };
  const cookieOf = (reply: { readonly cookies: readonly { readonly name: string; readonly value: string }[] }) =>
    reply.cookies.find(({ name }) => name === "__Host-cf-operator")?.value ?? "";
  const signedIn = await at("POST", "/api/auth/sign-in", base, { login: "desk@provider.test", password: goodPassword });
  const restricted = { ...base, cookie: `__Host-cf-operator=${cookieOf(signedIn)}` };
  const { secret: seedText } = (await at("POST", "/api/auth/totp", restricted, {})).body;
  const code = () => {
    bench.clock.advance(identityLimits.totpStepSeconds * 1000);
    return hotp(fromBase32(seedText), totpStep(bench.clock.nowMs()));
  };
  const on = await at("POST", "/api/auth/totp/confirm", restricted, { code: code() });
  const headers = { ...base, cookie: `__Host-cf-operator=${cookieOf(on)}` };
  const expiresAt = new Date(bench.clock.nowMs() + dayMs).toISOString();
  const wish = { name: "monitor", scopes: ["tickets:read"], expiresAt };
  const wide = { ...wish, scopes: ["billing:write"], code: code() };
  expect(await at("POST", "/api/desk/tokens", headers, wide)).toMatchObject({
    ...{ status: 403, body: { code: "identity.token_too_wide" } },
  });
  const made = (await at("POST", "/api/desk/tokens", headers, { ...wish, code: code() })).body;
  const probe = () => at("GET", "/api/probe", bearer(made.secret));
  expect(await probe()).toMatchObject({
    ...{ status: 200, body: { actor: { kind: "operator", principalId: id, roles: ["support"], tokenId: made.id } } },
  });
  expect((await at("POST", "/api/probe", bearer(made.secret))).body.code).toBe("identity.token_needs_person");
  expect((await at("POST", "/api/desk/tokens", bearer(made.secret), wish)).status).toBe(403);
  expect((await send("GET", "/api/probe", bearer(made.secret, "192.0.2.41"))).status).toBe(401);
  const { secret: ofCustomer } = (await (await person("zita@example.test")).make()).body;
  expect((await at("GET", "/api/probe", bearer(ofCustomer, "192.0.2.42"))).status).toBe(401);
  expect((await at("GET", "/api/desk/tokens", headers)).body.tokens).toMatchObject([
    { id: made.id, lastUsedIp: "192.0.2.7", owner: { login: "desk@provider.test", operatorRoles: ["support"] } },
  ]);
  const inTx = <T>(work: (tx: TenantTx) => Promise<T>) => bench.database.db.tenant(providerTenantId, work);
  await inTx(
    (tx) =>
      tx.sql`update identity_totp set confirmed_at = null where tenant_id = ${tx.tenantId} and principal_id = ${id}`,
  );
  expect(await probe()).toMatchObject({ status: 403, body: { code: "identity.two_factor_required" } });
  await inTx((tx) => tx.sql`update identity_totp set confirmed_at = now() where tenant_id = ${tx.tenantId}`);
  expect((await probe()).status).toBe(200);
  await inTx((tx) => operators.setPrincipalStatus(tx, system, { principalId: id, status: "disabled" }));
  expect((await probe()).status).toBe(401);
  await inTx((tx) => operators.setPrincipalStatus(tx, system, { principalId: id, status: "active" }));
  expect((await probe()).status).toBe(401);
});

/** The operators' face, where any second factor will do. */
async function operatorFace() {
  const operators = bench.another({ operatorFactor: "any" });
  const desk = createFace({
    name: "operator",
    ...{ logger: bench.logger, clock: bench.clock, random: bench.random },
    contentSecurityPolicy: "console",
    trustedProxies: ["127.0.0.1"],
  });
  const who = registerIdentityRoutes(desk, operators, {
    realm: "operator",
    tokens: {
      grantable: ({ operatorRoles }) => (operatorRoles.includes("support") ? ["tickets:read"] : []),
      assertObjects: async () => {},
      assertReaches: async () => {},
      routeOf: () => "",
    },
  });
  desk.get("/api/probe", async (request) => ({ actor: await who.authenticate(request) }));
  desk.post("/api/probe", async (request) => ({ fresh: await who.assertFresh(request) }));
  await desk.ready();
  onTestFinished(() => desk.close());
  return { operators, desk };
}

test("R59, R78: made-up tokens count at the one brake of all logins, and a right one does not wait for them", async () => {
  const maker = await person("freno@example.test");
  const { secret } = (await maker.make()).body;
  const ip = "203.0.113.77";
  const statuses: number[] = [];
  for (let guess = 0; guess <= identityLimits.brakePrefixFreeTries; guess++)
    statuses.push((await send("GET", "/api/probe", bearer(freshApiToken(bench.random).text, ip))).status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(identityLimits.brakePrefixFreeTries);
  expect(statuses.at(-1)).toBe(429);
  const base = { "sec-fetch-site": "same-origin", ...from(ip) };
  const password = { login: "freno@example.test", password: "certo non quella giusta" };
  expect((await send("POST", "/api/auth/sign-in", base, password)).status).toBe(429);
  expect((await send("GET", "/api/probe", bearer(secret, ip))).status).toBe(200);
});

test("R78: a token in a loop is held to its pace, told when to come back, and holds up no other", () => {
  const pace = createTokenPace(bench.clock);
  for (let count = 0; count < identityLimits.apiTokenRequestsPerMinute; count++) pace.take("one");
  expect(() => pace.take("one")).toThrow(expect.objectContaining({ code: "identity.token_pace" }));
  expect(() => pace.take("two")).not.toThrow();
  bench.clock.advance(60_000);
  expect(() => pace.take("one")).not.toThrow();
});
