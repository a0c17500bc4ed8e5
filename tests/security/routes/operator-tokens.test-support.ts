import { type OperatorTokenScope, operatorTokenScopes } from "@casaforte/contract/operator-tokens";
import { type OperatorRole, providerTenantId, type TenantId } from "@casaforte/kernel";
import { noteViolation } from "@casaforte/modules/measures";
import { isOperatorAct } from "../../../apps/server/src/console-answers.ts";
import { isOperatorsOnly, operatorTokenRoutes } from "../../../apps/server/src/operator-token-routes.ts";
import { operatorRoles } from "../world.test-support.ts";
import { operatorConsole } from "./operator.test-support.ts";
import type { RouteRule } from "./rule.test-support.ts";
import { type TokenWorld, tokenOf } from "./tokens.test-support.ts";

/** Words that stand in an authority's secret order alone. */
const silentOrder = "Decreto riservato 7/2026";

type OperatorTokenWorld = Pick<TokenWorld, "world" | "tenantId" | "own" | "routes" | "knock">;

const doneOf = ({ done }: RouteRule): readonly number[] => (typeof done === "number" ? [done] : done);
/** What no token may reach, said a second time: the table of the server is not its own witness. */
const never =
  /\/(auth|people|owners|approvals|audit|enforcement|legal-[a-z]+|security-incidents)(\/|$)|\/desk\/tokens|\/cause$/;
const writeOf = (scope: OperatorTokenScope) => scope.replace(/read$/, "write") as OperatorTokenScope;

/**
 * Every act of an operator that goes well here, twice under one key with one body: the second answer is the first again.
 */
export async function sweepWithKeys(
  given: Pick<OperatorTokenWorld, "own" | "routes"> & {
    knock(route: string, rule: RouteRule, id: string, key: string): Promise<KeyedReply>;
  },
): Promise<{ readonly wrong: readonly string[]; readonly tried: number }> {
  const wrong: string[] = [];
  let tried = 0;
  for (const route of given.routes) {
    const rule = (operatorConsole as Readonly<Record<string, RouteRule>>)[route];
    const isAct = route.startsWith("POST ") && isOperatorAct(route.slice(5));
    if (rule === undefined || !isAct || doneOf(rule).every((status) => status >= 300)) continue;
    tried++;
    const id = given.own[rule.on ?? "nothing"];
    const body = rule.body?.(id);
    const once = { ...rule, ...(body === undefined ? {} : { body: () => body }) };
    const first = await given.knock(route, once, id, `key of ${route}`.replaceAll(" ", "-"));
    const second = await given.knock(route, once, id, `key of ${route}`.replaceAll(" ", "-"));
    if (!doneOf(rule).includes(first.status)) wrong.push(`${route}: under a key got ${first.status}: ${first.text}`);
    else if (second.headers["idempotency-replayed"] !== "true" || second.text !== first.text)
      wrong.push(`${route}: the same again got ${second.status}: ${second.text}`);
  }
  return { wrong, tried };
}

interface KeyedReply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * Every route of the operators' with a token of all roles that has just the scope it needs, with one that has all other
 * scopes, with one of each role that the route keeps out, and with a customer's. What differs from the tables comes back.
 */
export async function sweepWithOperatorTokens(given: OperatorTokenWorld): Promise<string[]> {
  const { world, tenantId, own, routes, knock } = given;
  const provider = { world, tenantId: providerTenantId };
  const maker = async (roles: readonly OperatorRole[]) =>
    (await world.newPerson(tenantId, { operatorRoles: roles })).principalId;
  const all = await maker(operatorRoles);
  const [exact, without, ofRole] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  for (const scope of operatorTokenScopes) {
    exact.set(scope, await tokenOf(provider, { principalId: all, scopes: [scope] }));
    const scopes = operatorTokenScopes.filter((other) => other !== scope && other !== writeOf(scope));
    without.set(scope, await tokenOf(provider, { principalId: all, scopes }));
  }
  const everything = await tokenOf(provider, { principalId: all, scopes: operatorTokenScopes });
  for (const role of operatorRoles)
    ofRole.set(role, await tokenOf(provider, { principalId: await maker([role]), scopes: operatorTokenScopes }));
  const owner = (await world.newPerson(tenantId, { role: "owner" })).principalId;
  const ofCustomer = await tokenOf({ world, tenantId }, { principalId: owner, scopes: ["backup:read"] });
  const wrong = Object.keys(operatorTokenRoutes)
    .filter((route) => never.test(route))
    .map((route) => `${route}: is no token's`);
  const { db, clock, random } = world.services.core;
  const order = {
    nature: "authority_order",
    severity: "grave",
    product: "mail",
    facts: silentOrder,
    clause: "",
  } as const;
  await db.operator((tx) =>
    noteViolation(
      tx,
      { kind: "system", name: "test" },
      {
        ...{ ...order, tenantId, authorityReference: silentOrder, isSilent: true, occurredAtMs: clock.nowMs() },
        ...{ source: "operator", sourceKey: silentOrder },
      },
      { clock, random },
    ),
  );
  for (const route of routes) {
    const rule = (operatorConsole as Readonly<Record<string, RouteRule>>)[route];
    if (rule === undefined || rule.who === "anyone") continue;
    const id = own[rule.on ?? "nothing"];
    const expectStatus = async (what: string, token: string, expected: readonly number[]) => {
      const { status, text } = await knock(route, rule, id, token);
      if (text.includes(silentOrder)) wrong.push(`${route}: told ${what} of a secret order`);
      if (!expected.includes(status))
        wrong.push(`${route}: ${what} got ${status}, not ${expected.join(" or ")}: ${text}`);
    };
    const need = operatorTokenRoutes[route];
    if (need === undefined) {
      if (!isOperatorsOnly(route)) wrong.push(`${route}: stands in neither table of operator-token-routes.ts`);
      await expectStatus("a token with every scope", everything, [403]);
      continue;
    }
    if (isOperatorsOnly(route)) wrong.push(`${route}: stands in both tables of operator-token-routes.ts`);
    await expectStatus("the exact scope", need === "any" ? everything : (exact.get(need) ?? ""), doneOf(rule));
    if (need !== "any") await expectStatus("every scope but this", without.get(need) ?? "", [403]);
    for (const role of operatorRoles)
      if (rule.who !== "signed_in" && !rule.who.includes(role))
        await expectStatus(`every scope of the role ${role}`, ofRole.get(role) ?? "", [403]);
    if (route === "GET /api/tenants") await expectStatus("a customer's token", ofCustomer, [401]);
  }
  const refusals = await world.services.core.db.tenant(
    providerTenantId,
    (tx) => tx.sql<{ token: string | null }[]>`
      select details->>'token' as token from audit_entries
      where tenant_id = ${providerTenantId} and action = 'identity.token_refused'`,
  );
  if (!refusals.some(({ token }) => token !== null)) wrong.push("no refusal is in the provider's log with its token");
  const [made] = await world.services.core.db.tenant(
    own.tenant as TenantId,
    (tx) => tx.sql<{ kind: string }[]>`
      select actor_kind as kind from audit_entries where tenant_id = ${tx.tenantId} and actor_id = ${all}
        and action = 'tenancy.tenant_read' and details ? 'token'`,
  );
  if (made?.kind !== "operator") wrong.push("the customer's log does not say that an operator's token opened its file");
  return wrong;
}
