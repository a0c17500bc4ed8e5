import { isOperatorAct } from "../console-answers.ts";
import { isOperatorsOnly, operatorTokenRoutes } from "../operator-token-routes.ts";
import { isPeopleOnly, tokenRoutes } from "../token-routes.ts";
import type { DescribedFace } from "./describe-api.ts";

/** The customers' console. */
export const consoleContract: DescribedFace = {
  title: "Casaforte",
  description: "Everything that the customer console does.",
  cookie: "__Host-cf-console",
  scopeOf: (route) => tokenRoutes[route]?.scope ?? null,
  isPeopleOnly,
  takesKey: () => true,
  hasWebhooks: true,
};

/** The operators' console. */
export const operatorContract: DescribedFace = {
  title: "Casaforte for operators",
  description: "Everything that the operators' console does.",
  cookie: "__Host-cf-operator",
  scopeOf: (route) => operatorTokenRoutes[route] ?? null,
  isPeopleOnly: isOperatorsOnly,
  takesKey: isOperatorAct,
  hasWebhooks: false,
};
