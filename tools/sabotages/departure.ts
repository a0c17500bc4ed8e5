import type { Sabotage } from "./sabotage.ts";

/** Leaving, erasure, holds, authorities' requests. */
export const departure: readonly Sabotage[] = [
  {
    rows: [61, 28],
    what: "the archives' store is forgotten at the deletion",
    file: "apps/server/src/stores.ts",
    find: '    { name: "archives", store: archives },\n',
    replace: "",
    test: { file: "tests/security/departure.test.ts", name: "R61, R28: afterwards no row" },
  },
  {
    rows: [62, 63],
    what: "an export leaves out that a message was read",
    file: "modules/mailbox/src/export-mail.ts",
    find: "    S: flagBits.seen,\n",
    replace: "",
    test: { file: "tests/security/departure.test.ts", name: "R62, R63: archives of settings" },
  },
  {
    rows: [86],
    what: "a deletion does not wait for the window",
    file: "modules/departure/src/erase-tenant.ts",
    find: "departure.retrievalUntil.getTime() > nowMs &&",
    replace: "departure.retrievalUntil.getTime() < nowMs &&",
    test: { file: "tests/security/departure.test.ts", name: "R86: nothing is deleted" },
  },
  {
    rows: [92],
    what: "the deletion does not ask for holds",
    file: "modules/departure/src/erase-tenant.ts",
    find: "if (await services.isHeld(tx, tenantId))",
    replace: "if (false && (await services.isHeld(tx, tenantId)))",
    test: { file: "tests/security/departure.test.ts", name: "R92, R91: a legal hold" },
  },
  {
    rows: [58],
    what: "an authority is given whatever there is",
    file: "modules/compliance/src/http.ts",
    find: "    ...(mailAccounts ? { mailAccounts } : {}),\n    ...(from ? { from: new Date(from) } : {}),",
    replace: "    ...(from ? { from: new Date(from) } : {}),",
    test: { file: "tests/security/legal-requests.test.ts", name: "R58: a scope that cannot be met" },
  },
  {
    rows: [88],
    what: "an emergency has as long as any request",
    file: "modules/compliance/src/limits.ts",
    find: "emergency: 8 * hourMs",
    replace: "emergency: 240 * hourMs",
    test: { file: "tests/security/legal-requests.test.ts", name: "R88: has ten days" },
  },
];
