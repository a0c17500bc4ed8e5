import type { TenantId } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerIdentityRoutes } from "./http.ts";
import { goodPassword, type IdentityBench, startIdentityBench } from "./identity-bench.test-support.ts";
import { TestPasskey } from "./passkey.test-support.ts";
import { hotp, totpStep } from "./totp.ts";
import type { Realm } from "./types.ts";

let bench: IdentityBench;
let tenantId: TenantId;
const faces: Partial<Record<Realm, Face>> = {};
beforeAll(async () => {
  bench = await startIdentityBench();
  tenantId = await bench.newTenant("Verdi Srl");
  for (const realm of ["user", "operator", "mail"] as const) {
    const app = createFace({
      name: realm,
      logger: bench.logger,
      clock: bench.clock,
      random: bench.random,
      contentSecurityPolicy: "console",
    });
    const who = registerIdentityRoutes(app, bench.identity, { realm });
    app.get("/api/probe", async (request) => ({ actor: await who.authenticate(request) }));
    await app.ready();
    faces[realm] = app;
  }
});
afterAll(async () => {
  for (const app of Object.values(faces)) await app?.close();
  await bench?.[Symbol.asyncDispose]();
});

/** A browser of one face: keeps cookies as a browser would. */
class Browser {
  readonly cookies = new Map<string, string>();
  readonly setCookies: string[] = [];
  readonly #realm: Realm;
  constructor(realm: Realm) {
    this.#realm = realm;
  }
  async send(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", url: string, payload?: object) {
    const app = faces[this.#realm];
    if (!app) throw new Error("no face");
    const reply = await app.inject({
      method,
      url,
      headers: {
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        "sec-fetch-site": "same-origin",
      },
      ...(payload ? { payload } : {}),
    });
    for (const cookie of reply.cookies) {
      if (cookie.value === "") this.cookies.delete(cookie.name);
      else this.cookies.set(cookie.name, cookie.value);
    }
    this.setCookies.push(...[reply.headers["set-cookie"] ?? []].flat());
    return {
      status: reply.statusCode,
      body: reply.body === "" ? null : reply.json(),
      headers: reply.headers,
      text: reply.body,
    };
  }
}

describe("sign-in over HTTP", () => {
  test("R3, R77: cookies are of this face alone, and signing in again ends the session before (fixation)", async () => {
    await bench.newPerson(tenantId, "web@example.test");
    const browser = new Browser("user");
    const first = await browser.send("POST", "/api/auth/sign-in", {
      login: "web@example.test",
      password: goodPassword,
    });
    expect(first).toMatchObject({
      status: 200,
      body: { step: "signed_in", session: { tenantName: "Verdi Srl", role: "owner", mustEnrol: false } },
    });
    const session = browser.setCookies.find((cookie) => cookie.startsWith("__Host-cf-console=")) ?? "";
    for (const attribute of ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"]) expect(session).toContain(attribute);
    expect(session).not.toMatch(/Domain/i);
    const token = browser.cookies.get("__Host-cf-console") ?? "";
    expect(first.text).not.toContain(token);
    expect(await browser.send("GET", "/api/probe")).toMatchObject({
      status: 200,
      body: { actor: { kind: "user", tenantId } },
    });
    await browser.send("POST", "/api/auth/sign-in", { login: "web@example.test", password: goodPassword });
    expect(browser.cookies.get("__Host-cf-console")).not.toBe(token);
    const stolen = new Browser("user");
    stolen.cookies.set("__Host-cf-console", token);
    expect(await stolen.send("GET", "/api/auth/session")).toMatchObject({
      status: 401,
      body: { code: "identity.not_signed_in" },
    });
    const operator = new Browser("operator");
    operator.cookies.set("__Host-cf-operator", browser.cookies.get("__Host-cf-console") ?? "");
    expect((await operator.send("GET", "/api/auth/session")).status).toBe(401);
  });

  test("R77: signing out ends the session on the server and clears the browser", async () => {
    await bench.newPerson(tenantId, "out@example.test");
    const browser = new Browser("user");
    await browser.send("POST", "/api/auth/sign-in", { login: "out@example.test", password: goodPassword });
    const token = browser.cookies.get("__Host-cf-console") ?? "";
    const out = await browser.send("POST", "/api/auth/sign-out", {});
    expect(out.status).toBe(204);
    expect(out.headers["clear-site-data"]).toContain("storage");
    browser.cookies.set("__Host-cf-console", token);
    expect((await browser.send("GET", "/api/auth/session")).status).toBe(401);
  });

  test("R73: unknown and wrong answer with the same status and body, for sign-in and for reset", async () => {
    await bench.newPerson(tenantId, "there@example.test");
    const answers = [];
    for (const login of ["there@example.test", "absent@example.test"])
      answers.push(
        await new Browser("user").send("POST", "/api/auth/sign-in", { login, password: "not the password" }),
      );
    const bare = answers.map(({ status, body }) => ({ status, ...body, requestId: "" }));
    expect(bare[0]).toEqual(bare[1]);
    expect(bare[0]).toMatchObject({ status: 401 });
    const resets = [];
    for (const login of ["there@example.test", "absent@example.test"])
      resets.push(await new Browser("user").send("POST", "/api/auth/password-reset", { login }));
    expect(resets.map(({ status, text }) => ({ status, text }))).toEqual([
      { status: 202, text: "{}" },
      { status: 202, text: "{}" },
    ]);
    await expect
      .poll(() => bench.mails.filter((mail) => mail.template === "password_reset").map((mail) => mail.to))
      .toEqual(["there@example.test"]);
  });

  test("R59: too many attempts say when to try again", async () => {
    for (let n = 0; n < 10; n++)
      await new Browser("user").send("POST", "/api/auth/sign-in", {
        login: "slow@example.test",
        password: `wrong ${n}`,
      });
    const reply = await new Browser("user").send("POST", "/api/auth/sign-in", {
      login: "slow@example.test",
      password: "wrong again",
    });
    expect(reply).toMatchObject({
      status: 429,
      body: { code: "identity.too_many_attempts", details: { retryAtMs: bench.clock.nowMs() + 30_000 } },
    });
    expect(reply.headers["retry-after"]).toBe("30");
  });

  test("R52: the second step runs on a cookie that scripts cannot read, and enrolment shows recovery codes once", async () => {
    await bench.newPerson(tenantId, "two@example.test");
    const browser = new Browser("user");
    await browser.send("POST", "/api/auth/sign-in", { login: "two@example.test", password: goodPassword });
    const { body: begun } = await browser.send("POST", "/api/auth/totp", {});
    const seed = Buffer.from(
      [...begun.secret.toLowerCase()]
        .map((character: string) => "abcdefghijklmnopqrstuvwxyz234567".indexOf(character).toString(2).padStart(5, "0"))
        .join("")
        .match(/.{8}/g)
        ?.map((bits: string) => Number.parseInt(bits, 2)) ?? [],
    );
    const on = await browser.send("POST", "/api/auth/totp/confirm", {
      code: hotp(seed, totpStep(bench.clock.nowMs())),
    });
    expect(on).toMatchObject({ status: 200, body: { session: { hasTotp: true } } });
    expect(on.body.recoveryCodes).toHaveLength(10);
    expect((await browser.send("GET", "/api/auth/session")).status).toBe(200);
    await bench.clock.advance(30_000);
    const again = new Browser("user");
    expect(
      await again.send("POST", "/api/auth/sign-in", { login: "two@example.test", password: goodPassword }),
    ).toMatchObject({
      body: { step: "second_factor", methods: ["totp", "recovery_code"] },
    });
    expect((await again.send("GET", "/api/auth/session")).status).toBe(401);
    expect(again.setCookies.find((cookie) => cookie.startsWith("__Host-cf-console-pending="))).toContain("HttpOnly");
    expect(
      await again.send("POST", "/api/auth/sign-in/code", {
        method: "totp",
        code: hotp(seed, totpStep(bench.clock.nowMs())),
      }),
    ).toMatchObject({
      status: 200,
      body: { step: "signed_in", session: { methods: ["password", "totp"] } },
    });
  });

  test("unknown fields and wrong types are refused before anything runs", async () => {
    const browser = new Browser("user");
    expect(
      (await browser.send("POST", "/api/auth/sign-in", { login: "a@b.test", password: "x", role: "owner" })).status,
    ).toBe(422);
    expect(
      (await browser.send("POST", "/api/auth/sign-in", { login: ["a@b.test"], password: { $gt: "" } })).status,
    ).toBe(422);
  });
});

describe("people over HTTP", () => {
  test("R74: only owners and admins manage people, and an admin makes no owner", async () => {
    const expected = { owner: 200, admin: 200, billing: 403, technician: 403, read_only: 403 } as const;
    for (const [role, status] of Object.entries(expected)) {
      await bench.newPerson(tenantId, `${role}@roles.test`, { role: role as keyof typeof expected });
      const browser = new Browser("user");
      await browser.send("POST", "/api/auth/sign-in", { login: `${role}@roles.test`, password: goodPassword });
      expect((await browser.send("GET", "/api/people")).status).toBe(status);
      const invited = await browser.send("POST", "/api/people", {
        login: `by-${role}@roles.test`,
        displayName: "",
        language: "it",
        role: "owner",
      });
      expect(invited.status).toBe(role === "owner" ? 201 : 403);
    }
  });

  test("R50: another tenant's person is not there", async () => {
    const other = await bench.newTenant("Altri Srl");
    const stranger = await bench.newPerson(other, "stranger@altri.test");
    await bench.newPerson(tenantId, "nosy@example.test");
    const browser = new Browser("user");
    await browser.send("POST", "/api/auth/sign-in", { login: "nosy@example.test", password: goodPassword });
    for (const [method, url, payload] of [
      ["DELETE", `/api/people/${stranger}`, undefined],
      ["PUT", `/api/people/${stranger}/role`, { role: "read_only" }],
      ["PUT", `/api/people/${stranger}/status`, { status: "disabled" }],
    ] as const)
      expect((await browser.send(method, url, payload)).status).toBe(404);
    expect((await browser.send("GET", "/api/people?search=stranger")).body.people).toEqual([]);
  });
});

describe("organisations over HTTP", () => {
  async function operator(): Promise<Browser> {
    await bench.newPerson(tenantId, "billing@provider.test", { realm: "operator", operatorRoles: ["billing"] });
    const browser = new Browser("operator");
    await browser.send("POST", "/api/auth/sign-in", { login: "billing@provider.test", password: goodPassword });
    const passkey = new TestPasskey(bench.identity.context.faces.operator, bench.random);
    expect((await browser.send("GET", "/api/tenants")).body).toMatchObject({ code: "identity.two_factor_required" });
    const { body: options } = await browser.send("POST", "/api/auth/passkeys/options", {});
    const on = await browser.send("POST", "/api/auth/passkeys", {
      name: "Chiave",
      response: passkey.register(options.challenge),
    });
    expect(on).toMatchObject({
      status: 200,
      body: { session: { mustEnrol: false, methods: ["password", "passkey"] } },
    });
    return browser;
  }

  test("R73: an operator makes a customer, whose owner comes by invitation and edits the company's data", async () => {
    const op = await operator();
    const company = { name: "Neri Spa", language: "it", vatNumber: "00743110157" };
    const owner = { login: "capo@neri.test", displayName: "Capo" };
    expect(await op.send("POST", "/api/tenants", { ...company, vatNumber: "00743110158", owner })).toMatchObject({
      status: 422,
      body: { code: "tenancy.vat_number" },
    });
    const made = await op.send("POST", "/api/tenants", { ...company, owner });
    expect(made.status).toBe(201);
    expect(await op.send("POST", "/api/tenants", { ...company, owner })).toMatchObject({
      status: 409,
      body: { code: "identity.login_taken" },
    });
    expect((await op.send("GET", "/api/tenants?search=neri")).body.tenants).toMatchObject([
      { tenantId: made.body.tenantId, vatNumber: "00743110157", vetted: true },
    ]);
    const token = bench.mails.findLast((mail) => mail.to === "capo@neri.test")?.values["link"]?.split("#")[1];
    const boss = new Browser("user");
    const accepted = await boss.send("POST", "/api/auth/invitation/accept", {
      token,
      password: goodPassword,
      displayName: "Capo",
      language: "it",
    });
    expect(accepted).toMatchObject({ status: 200, body: { session: { role: "owner", tenantName: "Neri Spa" } } });
    expect((await boss.send("GET", "/api/tenant")).body).toMatchObject({ name: "Neri Spa", city: null });
    expect((await boss.send("PUT", "/api/tenant/policy", { requireTwoFactor: true })).status).toBe(200);
    expect((await boss.send("GET", "/api/tenant")).body).toMatchObject({ code: "identity.two_factor_required" });
  });
});

test("R51: neither the console nor webmail has the operator's routes; webmail manages no people", () => {
  const has = (realm: Realm, method: "GET" | "POST", url: string) => faces[realm]?.hasRoute({ method, url }) ?? false;
  expect(has("operator", "POST", "/api/auth/bootstrap")).toBe(true);
  expect(has("user", "POST", "/api/auth/bootstrap")).toBe(false);
  expect(has("mail", "POST", "/api/auth/bootstrap")).toBe(false);
  expect(has("mail", "GET", "/api/people")).toBe(false);
  expect(has("operator", "GET", "/api/tenants")).toBe(true);
  expect(has("user", "GET", "/api/tenants")).toBe(false);
  expect(has("user", "GET", "/api/auth/app-passwords")).toBe(false);
});
