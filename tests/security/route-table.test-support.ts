import type { FaceName } from "../../apps/server/src/open-face.ts";
import { customerConsole } from "./routes/console.test-support.ts";
import { operatorConsole } from "./routes/operator.test-support.ts";
import type { RouteTable } from "./routes/rule.test-support.ts";
import { webmail } from "./routes/webmail.test-support.ts";

export { type ObjectKind, policySettings, type RouteRule, type RouteTable } from "./routes/rule.test-support.ts";

/** Every route of the browsers' faces. One that is not here fails the tests, so none comes in unguarded. */
export const routeTables = { console: customerConsole, operator: operatorConsole, webmail } as const satisfies Partial<
  Record<FaceName, RouteTable>
>;
