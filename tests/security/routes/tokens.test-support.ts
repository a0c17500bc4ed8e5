import { type TokenScope, tokenScopes } from "@casaforte/contract/tokens";
import { newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { isPeopleOnly, tokenRoutes } from "../../../apps/server/src/token-routes.ts";
import { freshApiToken } from "../../../modules/identity/src/api-token-secret.ts";
import { insertApiToken } from "../../../modules/identity/src/store-api-tokens.ts";
import type { World } from "../world.test-support.ts";
import { customerConsole } from "./console.test-support.ts";
import type { ObjectKind, RouteRule } from "./rule.test-support.ts";

export interface TokenWorld {
  readonly world: World;
  readonly tenantId: TenantId;
  /** `GET /api/spaces/:id`, out of the framework's own tree. */
  readonly routes: readonly string[];
  readonly own: Readonly<Record<ObjectKind, string>>;
  readonly foreign: Readonly<Record<ObjectKind, string>>;
  make(kind: ObjectKind): Promise<string>;
  knock(
    route: string,
    rule: RouteRule,
    id: string,
    token: string,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

export interface TokenWish {
  readonly principalId: PrincipalId;
  readonly scopes: readonly string[];
  readonly spaceIds?: readonly string[];
  readonly domainIds?: readonly string[];
}

/** A token as a finished POST /api/tokens leaves it. */
export async function tokenOf(
  { world, tenantId }: Pick<TokenWorld, "world" | "tenantId">,
  wish: TokenWish,
): Promise<string> {
  const { db, clock, random } = world.services.core;
  const { text, hash, hint } = freshApiToken(random);
  const at = new Date(clock.nowMs());
  await db.tenant(tenantId, (tx) =>
    insertApiToken(tx, {
      ...{ id: newId(clock, random), name: "test", hint, hash, networks: [], at },
      ...{ spaceIds: [], domainIds: [], ...wish },
      expiresAt: new Date(at.getTime() + 3_600_000),
    }),
  );
  return text;
}

const ruleOf = (route: string): RouteRule => {
  const rule = (customerConsole as Readonly<Record<string, RouteRule>>)[route];
  if (!rule) throw new Error(`${route} is in no table`);
  return rule;
};
const doneOf = ({ done }: RouteRule): readonly number[] => (typeof done === "number" ? [done] : done);
const readOf = (scope: TokenScope) => scope.replace(/write$/, "read") as TokenScope;

/**
 * Every route with a token that has just the scope it needs, with one that has all others, and with one whose maker may
 * only read by now. What differs from the tables comes back.
 */
export async function sweepWithTokens(given: TokenWorld): Promise<string[]> {
  const { world, tenantId, routes, own, foreign, make, knock } = given;
  const owner = (await world.newPerson(tenantId, { role: "owner" })).principalId;
  const reader = (await world.newPerson(tenantId, { role: "read_only" })).principalId;
  const exact = new Map<string, string>();
  const without = new Map<string, string>();
  for (const scope of tokenScopes) {
    exact.set(scope, await tokenOf(given, { principalId: owner, scopes: [scope] }));
    // Whoever may change may read: for a scope to be missing, that one must be missing, too.
    const missing = [scope, readOf(scope).replace(/read$/, "write")];
    const scopes = tokenScopes.filter((other) => (scope.endsWith("read") ? !missing.includes(other) : other !== scope));
    without.set(scope, await tokenOf(given, { principalId: owner, scopes }));
  }
  const everything = await tokenOf(given, { principalId: owner, scopes: tokenScopes });
  const shrunken = await tokenOf(given, { principalId: reader, scopes: tokenScopes });
  const wrong: string[] = [];
  const expectStatus = async (what: string, route: string, id: string, token: string, expected: readonly number[]) => {
    const { status, text } = await knock(route, ruleOf(route), id, token);
    if (!expected.includes(status))
      wrong.push(`${route}: ${what} got ${status}, not ${expected.join(" or ")}: ${text}`);
  };
  for (const route of routes) {
    const rule = ruleOf(route);
    if (rule.who === "anyone" || rule.stream) continue;
    const need = tokenRoutes[route];
    const id = rule.on === undefined ? own.nothing : own[rule.on];
    if (need === undefined) {
      if (!isPeopleOnly(route)) wrong.push(`${route}: stands in neither table of token-routes.ts`);
      await expectStatus("a token with every scope", route, id, everything, [403]);
      continue;
    }
    if (need.scope === "any") {
      await expectStatus("any token", route, id, everything, doneOf(rule));
      continue;
    }
    const mine = rule.on === undefined || rule.on === "nothing" ? own.nothing : await make(rule.on);
    await expectStatus("the exact scope", route, mine, exact.get(need.scope) ?? "", doneOf(rule));
    await expectStatus("every scope but this", route, id, without.get(need.scope) ?? "", [403]);
    if (rule.who !== "signed_in" && !rule.who.includes("read_only"))
      await expectStatus("a maker who may only read by now", route, id, shrunken, [403]);
    if (rule.on !== undefined && rule.on !== "nothing")
      await expectStatus("a stranger's object", route, foreign[rule.on], everything, [rule.elsewhere ?? 404]);
  }
  const refusals = await world.services.core.db.tenant(
    tenantId,
    (tx) => tx.sql<{ code: string }[]>`
      select distinct details->>'code' as code from audit_entries
      where tenant_id = ${tenantId} and action = 'identity.token_refused'`,
  );
  if (!refusals.some(({ code }) => code === "identity.token_scope")) wrong.push("no refusal is in the customer's log");
  return wrong;
}

/** Every route with a token that holds one space and one domain, asked about others of the same customer. */
export async function sweepWithBoundTokens(given: TokenWorld): Promise<string[]> {
  const { world, tenantId, routes, knock } = given;
  const owner = (await world.newPerson(tenantId, { role: "owner" })).principalId;
  const spaceId = await world.newSpace(tenantId);
  const domain = `bound-${spaceId.slice(-8)}.alfa.test`;
  const domainId = await world.newDomain(tenantId, domain);
  const device = (await world.newDevice(tenantId, spaceId)).id;
  const scopes = ["backup:write", "mail:write"];
  const token = await tokenOf(given, { principalId: owner, scopes, spaceIds: [spaceId], domainIds: [domainId] });
  const wrong: string[] = [];
  for (const route of routes) {
    const rule = ruleOf(route);
    const need = tokenRoutes[route];
    if (need === undefined || need.scope === "any" || rule.stream) continue;
    const { status } = await knock(route, rule, given.own[rule.on ?? "nothing"], token);
    if (status !== 403) wrong.push(`${route}: an object that it does not hold got ${status}`);
  }
  const held: readonly (readonly [string, string])[] = [
    ["GET /api/spaces/:id", spaceId],
    ["GET /api/devices", spaceId],
    ["GET /api/devices/:id", device],
    ["GET /api/devices/:id/points", device],
    ["GET /api/domains/:id/records", domainId],
    ["GET /api/addresses", domainId],
  ];
  for (const [route, id] of held) {
    const { status, text } = await knock(route, ruleOf(route), id, token);
    if (status !== 200) wrong.push(`${route}: the object that it holds got ${status}: ${text}`);
  }
  const account = (await world.newMailAccount(tenantId, domain)).principalId;
  const alias = await world.newAlias(tenantId, domain, account);
  const leading: readonly (readonly [string, (to: string) => Record<string, unknown>])[] = [
    ["POST /api/addresses", (to) => ({ kind: "alias", address: `new@${domain}`, mailAccountId: to })],
    ["PUT /api/addresses/:id", (to) => ({ mailAccountId: to, forwardTo: [] })],
    ["PUT /api/addresses/:id/senders", (to) => ({ mailAccountIds: [account, to] })],
    ["PUT /api/addresses/:id/senders", (to) => ({ mailAccountIds: [], onBehalfIds: [account, to] })],
  ];
  for (const [route, bodyTo] of leading) {
    const rule = ruleOf(route);
    const to = (id: string) => knock(route, { ...rule, body: () => bodyTo(id) }, alias, token);
    const [away, here] = [await to(given.own.mailAccount), await to(account)];
    if (away.status !== 403) wrong.push(`${route}: another domain's account got ${away.status}`);
    if (here.status >= 300) wrong.push(`${route}: its own account got ${here.status}: ${here.text}`);
  }
  return wrong;
}
