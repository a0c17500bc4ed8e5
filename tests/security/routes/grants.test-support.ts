import { randomUUID } from "node:crypto";
import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { jobHandlers } from "@casaforte/modules/grants";
import { expect } from "vitest";
import { actingRoutes } from "../../../apps/server/src/acting-routes.ts";
import { grantDesk } from "../../../apps/server/src/grant-desk.ts";
import { type Person, password, type World } from "../world.test-support.ts";
import { customerConsole } from "./console.test-support.ts";
import { type ObjectKind, policySettings, type RouteRule } from "./rule.test-support.ts";

export interface GrantWorld {
  readonly world: World;
  readonly tenantId: TenantId;
  readonly own: Readonly<Record<ObjectKind, string>>;
  readonly foreign: Readonly<Record<ObjectKind, string>>;
  readonly routes: readonly string[];
  make(kind: ObjectKind): Promise<string>;
  knock(route: string, rule: RouteRule, id: string, cookie: string): Promise<{ status: number; text: string }>;
}

type Ask = (
  url: string,
  payload: object,
) => Promise<{ readonly status: number; readonly code: string; readonly body: Record<string, string> }>;

/** What support never has anything to do with, whatever the table says: a way to content, a secret, a person, money, an end. */
const neverReached = new Set(
  `acceptances archive app-passwords blobs changes complaints delete deleted-messages departure departure-certificates end
  enrolments erasure events evidence evidence-pack export exports files forwarding import inspections invitations
  mail-events mail-quarantine messages orders passkeys password people purge recovery-address recovery-codes release
  restore restore-tokens restores secret sessions settle support-access take-back takeouts tokens totp undelete webhooks`.split(
    /\s+/,
  ),
);
/** What a grant to act may change, written out once more: a change to the table is a change here, by somebody who thought. */
const mayChange = [
  "PATCH /api/spaces/:id",
  "PATCH /api/devices/:id",
  "POST /api/devices/:id/run",
  "POST /api/domains/:id/verify",
  "POST /api/domains/:id/certificates/retries",
  "PUT /api/domains/:id/sts",
  "POST /api/domains/:id/dkim",
  "POST /api/mail-transfers/:id/pause",
  "POST /api/mail-stops/:id/lift",
  "PUT /api/mail-policies/:domain",
];

/** The table by a list of its own, not by itself. */
export function expectHarmlessTable(): void {
  const routes = Object.keys(actingRoutes);
  expect(routes.filter((route) => route.split("/").some((part) => neverReached.has(part)))).toEqual([]);
  expect(routes.filter((route) => route.startsWith("DELETE "))).toEqual([]);
  expect(routes.filter((route) => actingRoutes[route] === "act").sort()).toEqual([...mayChange].sort());
  // Two that change nothing of the customer's: the session's own end, and a calculation.
  const written = routes.filter((route) => actingRoutes[route] === "read" && !route.startsWith("GET "));
  expect(written.sort()).toEqual(["POST /api/auth/sign-out", "POST /api/policies/preview"]);
}

/** Under a grant to act nothing is run on the customer's machines but what the customer wrote, and no less is kept. */
export async function expectNoWayIn(world: World, tenantId: TenantId): Promise<void> {
  const { admin, enter } = await grantBetween({ world, tenantId });
  const spaceId = await world.newSpace(tenantId);
  const own = { cookie: (await world.session(admin)).cookie, "sec-fetch-site": "same-origin" };
  const acting = { cookie: (await enter("act")).cookie, "sec-fetch-site": "same-origin" };
  const looking = { cookie: (await enter("read")).cookie };
  const send = async (headers: Record<string, string>, route: string, payload?: object) => {
    const [method = "", url = ""] = route.split(" ");
    const asked = { method: method as "GET", url, headers, ...(payload === undefined ? {} : { payload }) };
    const reply = await world.faces.console.inject(asked);
    return { status: reply.statusCode, text: reply.body, body: reply.json() as Record<string, string> };
  };
  const run = { command: "mysqldump -pSECRET", timeoutSeconds: 60, onFailure: "stop" };
  const source = { kind: "command", name: "dump", command: "pg_dump SECRET", fileName: "dump.sql" };
  const settings = {
    ...policySettings,
    sources: [...policySettings.sources, source],
    hooks: { before: [run], after: [run] },
  };
  const name = `P ${randomUUID()}`;
  const made = await send(own, "POST /api/policies", { name, settings });
  expect([made.status, made.text.split("SECRET").length - 1]).toEqual([201, 3]);
  const policy = `/api/policies/${made.body["id"]}`;
  for (const headers of [acting, looking])
    for (const route of [`GET ${policy}`, "GET /api/policies"]) {
      const { status, text } = await send(headers, route);
      expect([status, text.includes(name), text.includes("SECRET")]).toEqual([200, true, false]);
    }
  const outOfReach = { status: 403, body: { code: "grants.out_of_reach" } };
  expect(await send(acting, "POST /api/policies", { name: `${name} 2`, settings })).toMatchObject(outOfReach);
  expect(await send(acting, `PUT ${policy}`, { name, settings, version: 1 })).toMatchObject(outOfReach);
  expect(await send(acting, `PUT ${policy}/devices`, { deviceIds: [] })).toMatchObject(outOfReach);
  expect(await send(acting, `POST /api/alarms/${randomUUID()}/settle`, {})).toMatchObject(outOfReach);
  const needsCustomer = { status: 403, body: { code: "grants.needs_customer" } };
  expect(await send(acting, `PATCH /api/spaces/${spaceId}`, { lockDays: 1 })).toMatchObject(needsCustomer);
}

/** A session under a grant is over when idle, with the operator's own sign-in or account, and when another takes its place. */
export async function expectSessionsEnd(world: World, tenantId: TenantId): Promise<void> {
  const { db } = world.services.core;
  const { operator, admin, enter, ask, give, swap } = await grantBetween({ world, tenantId });
  const look = async (cookie: string) =>
    (await world.faces.console.inject({ url: "/api/spaces", headers: { cookie } })).statusCode;
  const seen = (id: string, minutesAgo: number) =>
    db.tenant(
      tenantId,
      (tx) => tx.sql`
        update grants_grants set seen_at = now() - ${`${minutesAgo} minutes`}::interval
        where tenant_id = ${tenantId} and id = ${id}`,
    );
  const idle = await enter("read");
  await seen(idle.id, 14);
  expect(await look(idle.cookie)).toBe(200);
  // That look was a use.
  const [row] = await db.tenant(
    tenantId,
    (tx) => tx.sql<{ isFresh: boolean }[]>`
      select seen_at > now() - interval '5 minutes' as "isFresh" from grants_grants
      where tenant_id = ${tenantId} and id = ${idle.id}`,
  );
  expect(row?.isFresh).toBe(true);
  await seen(idle.id, 15);
  expect(await look(idle.cookie)).toBe(401);

  const headers = { cookie: (await world.session(operator)).cookie, "sec-fetch-site": "same-origin" };
  const desk = (url: string) => world.faces.operator.inject({ method: "POST", url, headers, payload: {} });
  const id = await ask("read");
  await give(id, "read");
  const { url } = (await desk(`/api/desk/grants/${tenantId}/${id}/entry`)).json() as { url: string };
  const { cookie } = await swap(url);
  expect(await look(cookie)).toBe(200);
  expect((await desk("/api/auth/sign-out")).statusCode).toBe(204);
  expect(await look(cookie)).toBe(401);

  // One browser is one person: who signs in over it ends it, and who enters ends what was there.
  const under = await enter("read");
  const signIn = await world.faces.console.inject({
    method: "POST",
    url: "/api/auth/sign-in",
    headers: { cookie: under.cookie, "sec-fetch-site": "same-origin" },
    payload: { login: admin.login, password },
  });
  expect([signIn.statusCode, signIn.json().step]).toEqual([200, "signed_in"]);
  expect(await look(under.cookie)).toBe(401);
  const before = (await world.session(admin)).cookie;
  expect(await look(before)).toBe(200);
  const over = await enter("read", before);
  expect([await look(before), await look(over.cookie)]).toEqual([401, 200]);

  await db.tenant(
    providerTenantId,
    (tx) => tx.sql`
      update identity_principals set status = 'disabled'
      where tenant_id = ${providerTenantId} and id = ${operator.principalId}`,
  );
  expect(await look(over.cookie)).toBe(401);
}

/** What waits or is in force stands in the lists before what is over, however old; a ticket's list is that ticket's. */
export async function expectLiveFirst(world: World, tenantId: TenantId): Promise<void> {
  const { operator, admin, ask, give, customer, request } = await grantBetween({ world, tenantId });
  const live = await ask("read");
  await give(live, "read");
  const over = await ask("read");
  await customer(`/api/support-access/${over}/refuse`, {});
  const idsOf = async (face: "console" | "operator", person: Person, url: string) => {
    const headers = { cookie: (await world.session(person)).cookie };
    const { grants } = (await world.faces[face].inject({ url, headers })).json() as { grants: { id: string }[] };
    return grants.map(({ id }) => id);
  };
  const own = await idsOf("console", admin, "/api/support-access");
  expect(own.indexOf(live)).toBeLessThan(own.indexOf(over));
  expect(await idsOf("operator", operator, `/api/desk/grants?ticketId=${request.ticketId}`)).toEqual([live, over]);
}

const asker =
  (world: World, face: "console" | "operator", person: Person): Ask =>
  async (url, payload) => {
    const { cookie } = await world.session(person);
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    const reply = await world.faces[face].inject({ method: "POST", url, headers, payload });
    const body = (reply.body === "" ? {} : reply.json()) as Record<string, string>;
    return { status: reply.statusCode, code: body["code"] ?? "", body };
  };

/** An operator and a customer's administrator, with the steps between them. */
export async function grantBetween({ world, tenantId }: Pick<GrantWorld, "world" | "tenantId">) {
  const operator = await world.newPerson(tenantId, { operatorRoles: ["support"] });
  const admin = await world.newPerson(tenantId, { role: "admin" });
  const desk = asker(world, "operator", operator);
  const customer = asker(world, "console", admin);
  const ticketId = await world.newTicket(tenantId);
  const request = { tenantId, ticketId, hours: 2, reason: "The backup of the file server fails" };
  const ask = async (scope: "read" | "act") => (await desk("/api/desk/grants", { ...request, scope })).body["id"] ?? "";
  const entry = (id: string) => desk(`/api/desk/grants/${tenantId}/${id}/entry`, {});
  const give = (id: string, scope: "read" | "act", hours = 2) =>
    customer(`/api/support-access/${id}/grant`, { scope, hours });
  /** `before`: the cookie that the browser has already. */
  const swap = async (url: string, before?: string) => {
    const payload = { code: url.split("#")[1] ?? "" };
    const headers = { "sec-fetch-site": "same-origin", ...(before === undefined ? {} : { cookie: before }) };
    const sent = { method: "POST", url: "/api/support-access/entry", headers, payload } as const;
    const reply = await world.faces.console.inject(sent);
    const [cookie = ""] = [reply.headers["set-cookie"] ?? []].flat().map((text) => text.split(";")[0] ?? "");
    return { status: reply.statusCode, cookie };
  };
  const enter = async (scope: "read" | "act", before?: string) => {
    const id = await ask(scope);
    await give(id, scope);
    return { id, cookie: (await swap((await entry(id)).body["url"] ?? "", before)).cookie };
  };
  return { operator, admin, desk, customer, request, ask, give, entry, swap, enter };
}

/** A grant whose time is over opens nothing, and the clock says so in the customer's log. */
export async function expectExpiry(
  world: World,
  tenantId: TenantId,
  { id, cookie }: { readonly id: string; readonly cookie: string },
): Promise<void> {
  const { core } = world.services;
  const look = async () => (await world.faces.console.inject({ url: "/api/spaces", headers: { cookie } })).statusCode;
  expect(await look()).toBe(200);
  await core.db.tenant(
    tenantId,
    (tx) => tx.sql`update grants_grants set until = now() where tenant_id = ${tenantId} and id = ${id}`,
  );
  expect(await look()).toBe(401);
  const clock = jobHandlers(grantDesk(world.services)).find(({ task }) => task === "grants.clock");
  await clock?.run({}, { tenantId: null, attempt: 1, signal: AbortSignal.timeout(10_000), logger: core.logger });
  const { entries } = await core.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action: "grants.expired" }));
  expect(entries.map(({ objectId }) => objectId)).toContain(id);
}

/** Every route of the console by somebody under a grant: what the table says, and nothing else. */
export async function sweepWithGrants(given: GrantWorld): Promise<string[]> {
  const { routes, own, foreign, make, knock } = given;
  const { enter } = await grantBetween(given);
  const read = await enter("read");
  const act = await enter("act");
  const wrong = Object.keys(actingRoutes)
    .filter((route) => !routes.includes(route))
    .map((route) => `${route}: there is no such route`);
  const expectStatus = async (what: string, route: string, id: string, cookie: string, expected: readonly number[]) => {
    const { status, text } = await knock(route, ruleOf(route), id, cookie);
    if (!expected.includes(status)) wrong.push(`${route}: ${what} got ${status}, not ${expected.join("/")}: ${text}`);
  };
  for (const route of routes) {
    const rule = ruleOf(route);
    // The session's own end comes last, elsewhere.
    if (rule.who === "anyone" || route === "POST /api/auth/sign-out") continue;
    const level = actingRoutes[route];
    const done = typeof rule.done === "number" ? [rule.done] : rule.done;
    const mine = rule.on === undefined || rule.on === "nothing" || !level ? own.nothing : await make(rule.on);
    await expectStatus("a grant to act", route, mine, act.cookie, level === undefined ? [403] : done);
    await expectStatus("a grant to read", route, mine, read.cookie, level === "read" ? done : [403]);
    if (level !== undefined && rule.on !== undefined && rule.on !== "nothing")
      await expectStatus("a stranger's object", route, foreign[rule.on], act.cookie, [rule.elsewhere ?? 404]);
  }
  return wrong;
}

function ruleOf(route: string): RouteRule {
  const rule = customerConsole[route];
  if (rule === undefined) throw new Error(`${route} is in no table`);
  return rule;
}
