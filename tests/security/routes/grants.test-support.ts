import type { TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { jobHandlers } from "@casaforte/modules/grants";
import { expect } from "vitest";
import { actingRoutes } from "../../../apps/server/src/acting-routes.ts";
import { grantDesk } from "../../../apps/server/src/grant-desk.ts";
import type { Person, World } from "../world.test-support.ts";
import { customerConsole } from "./console.test-support.ts";
import type { ObjectKind, RouteRule } from "./rule.test-support.ts";

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
  const swap = async (url: string) => {
    const payload = { code: url.split("#")[1] ?? "" };
    const headers = { "sec-fetch-site": "same-origin" };
    const sent = { method: "POST", url: "/api/support-access/entry", headers, payload } as const;
    const reply = await world.faces.console.inject(sent);
    const [cookie = ""] = [reply.headers["set-cookie"] ?? []].flat().map((text) => text.split(";")[0] ?? "");
    return { status: reply.statusCode, cookie };
  };
  const enter = async (scope: "read" | "act") => {
    const id = await ask(scope);
    await give(id, scope);
    return { id, cookie: (await swap((await entry(id)).body["url"] ?? "")).cookie };
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
