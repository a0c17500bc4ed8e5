import { type OperatorTokenScope, operatorTokenScopes } from "@casaforte/contract/operator-tokens";
import { Failure, type OperatorRole } from "@casaforte/kernel";
import type { ApiTokenGate, ApiTokenRules } from "@casaforte/modules/identity";
import type { FastifyRequest } from "fastify";
import { type Access, mayOperator, type OperatorArea } from "./authorise.ts";
import { opensRoutes, operatorTokenRoutes } from "./operator-token-routes.ts";
import { hasScope, routeOf } from "./token-gate.ts";

type ScopeArea = OperatorTokenScope extends `${infer Area}:${string}` ? Area : never;

/** The areas of the console that each subject of a token stands for. */
const areasOf: Readonly<Record<Exclude<ScopeArea, "customers">, readonly OperatorArea[]>> = {
  tickets: ["tickets"],
  notices: ["notices"],
  measures: ["measures"],
  inspections: ["inspections"],
  catalogue: ["catalogue"],
  billing: ["billing"],
  inventory: ["inventory"],
  mail: ["mail_queue", "abuse"],
  operation: ["health"],
};
/** Who changes customers' files; identity guards each of them by itself. */
const customerWriters: readonly OperatorRole[] = ["support", "billing", "security"];

function mayScope(roles: readonly OperatorRole[], scope: OperatorTokenScope): boolean {
  const [area, access] = scope.split(":") as [ScopeArea, Access];
  if (area === "customers")
    return access === "read" ? roles.length > 0 : roles.some((r) => customerWriters.includes(r));
  return areasOf[area].some((one) => mayOperator(roles, one, access));
}

/** Operators' tokens for programs, held to their table of routes and to the roles that their makers have now (R78). */
export function operatorTokenGate(): ApiTokenRules & ApiTokenGate {
  return {
    grantable: ({ operatorRoles }) =>
      operatorTokenScopes.filter((scope) => opensRoutes(scope) && mayScope(operatorRoles, scope)),
    async assertObjects() {},
    routeOf: (request) => routeOf(request as FastifyRequest),
    async assertReaches({ operatorRoles }, { scopes }, from) {
      const need = operatorTokenRoutes[routeOf(from as FastifyRequest)];
      if (need === "any") return;
      if (need === undefined || !hasScope(scopes, need) || !mayScope(operatorRoles, need))
        throw new Failure("forbidden", "identity.token_scope", "this token's scopes do not reach here");
    },
  };
}
