import { type Actor, Failure, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerMailAccountRoutes } from "./http.ts";
import { type MailboxTestbed, openMailboxTestbed } from "./mailbox-testbed.ts";

let bed: MailboxTestbed;
let tenantId: TenantId;
let other: TenantId;
let app: Face;
const events: string[] = [];

beforeAll(async () => {
  bed = await openMailboxTestbed(11);
  tenantId = await bed.newTenant();
  other = await bed.newTenant();
  app = createFace({
    name: "console",
    logger: new MemoryLogger(),
    clock: bed.clock,
    random: bed.services.random,
    contentSecurityPolicy: "console",
  });
  const note = (event: string) => async () => void events.push(event);
  registerMailAccountRoutes(app, {
    ...bed.services,
    hooks: {
      async preparePassword({ password }) {
        if (password.length < 12) throw new Failure("invalid", "identity.password_short", "too short");
        return `hash of ${password}`;
      },
      created: async (_tx, _actor, { passwordHash }) => void events.push(`created ${passwordHash}`),
      updated: note("updated"),
      deleted: note("deleted"),
      restored: note("restored"),
      purged: note("purged"),
      passwordReset: note("passwordReset"),
    },
    authorise: async (request) => {
      const headers = (request as { headers: Record<string, string> }).headers;
      const role = headers["x-role"] ?? "none";
      if (role === "none") throw new Failure("unauthenticated", "identity.no_session", "sign in");
      const actor: Actor = {
        kind: "user",
        tenantId: role === "other" ? other : tenantId,
        principalId: tenantId as string as PrincipalId,
        role: "admin",
        ip: "192.0.2.1",
      };
      return actor as Extract<Actor, { kind: "user" }>;
    },
  });
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await bed?.close();
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";
async function call(method: Method, url: string, body?: object, role = "mine") {
  const headers = {
    host: "console.test",
    origin: "http://console.test",
    "sec-fetch-site": "same-origin",
    "x-role": role,
  };
  const reply = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
}

test("an account's life: opened, changed, closed, called back, removed", async () => {
  const made = await call("POST", "/api/mail-accounts", {
    address: "Life@Casa.example",
    quotaBytes: 1000,
    password: "a long password",
  });
  expect(made).toMatchObject({
    status: 201,
    body: { address: "life@casa.example", quotaBytes: 1000, state: "active" },
  });
  const url = `/api/mail-accounts/${made.body["id"]}`;
  const changed = await call("PATCH", url, { quotaBytes: null, protocols: { pop3: false } });
  expect(changed.body).toMatchObject({ quotaBytes: null, protocols: { pop3: false, imap: true } });
  expect((await call("POST", `${url}/password`, { password: "another long one" })).status).toBe(200);
  expect((await call("POST", `${url}/purge`)).status).toBe(404);
  expect((await call("DELETE", url)).status).toBe(200);
  expect((await call("GET", "/api/mail-accounts?search=life")).body).toMatchObject({ total: 0, accounts: [] });
  expect((await call("POST", `${url}/restore`)).body).toMatchObject({ state: "active" });
  await call("DELETE", url);
  expect((await call("POST", `${url}/purge`)).status).toBe(200);
  expect((await call("GET", url)).status).toBe(404);
  expect(events).toEqual([
    "created hash of a long password",
    "updated",
    "passwordReset",
    "deleted",
    "restored",
    "deleted",
    "purged",
  ]);
});

test("a weak password opens no account", async () => {
  expect(
    (await call("POST", "/api/mail-accounts", { address: "weak@casa.example", quotaBytes: null, password: "short" }))
      .status,
  ).toBe(422);
  expect((await call("GET", "/api/mail-accounts?search=weak@")).body).toMatchObject({ total: 0 });
});

test("an address is taken once in the whole house", async () => {
  const body = { address: "once@casa.example", quotaBytes: null, password: "a long password" };
  expect((await call("POST", "/api/mail-accounts", body)).status).toBe(201);
  expect(await call("POST", "/api/mail-accounts", body, "other")).toMatchObject({
    status: 409,
    body: { code: "mailbox.address_taken" },
  });
});

test("another tenant's account is not there, and nobody's without a session", async () => {
  const made = await call("POST", "/api/mail-accounts", {
    address: "mine@casa.example",
    quotaBytes: null,
    password: "a long password",
  });
  const url = `/api/mail-accounts/${made.body["id"]}`;
  for (const [method, path, body] of [
    ["GET", url],
    ["PATCH", url, { displayName: "x" }],
    ["DELETE", url],
    ["POST", `${url}/restore`],
    ["POST", `${url}/password`, { password: "a long password" }],
  ] as const) {
    expect((await call(method, path, body, "other")).status).toBe(404);
    expect((await call(method, path, body, "none")).status).toBe(401);
  }
});

test("the list is paged in the order of addresses and finds parts of names", async () => {
  for (let number = 0; number < 7; number++)
    await call("POST", "/api/mail-accounts", {
      address: `page${number}@casa.example`,
      displayName: `Person ${number}`,
      quotaBytes: null,
      password: "a long password",
    });
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query = `?search=page&limit=3${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = (await call("GET", `/api/mail-accounts${query}`)).body as unknown as {
      accounts: { address: string }[];
      total: number;
      next: string | null;
    };
    expect(page.total).toBe(7);
    seen.push(...page.accounts.map((account) => account.address));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(Array.from({ length: 7 }, (_, number) => `page${number}@casa.example`));
  expect((await call("GET", "/api/mail-accounts?search=person%204")).body).toMatchObject({ total: 1 });
});
