import { newId, type OperatorRole, type PrincipalId, type TenantId, type TenantRole } from "@casaforte/kernel";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { type Access, type Area, assertMay, assertOperatorMay, type OperatorArea } from "./authorise.ts";

const clock = new FakeClock();
const random = new SeededRandom(1);
const user = (role: TenantRole) =>
  ({
    kind: "user",
    tenantId: newId<TenantId>(clock, random),
    principalId: newId<PrincipalId>(clock, random),
    role,
    ip: "::1",
  }) as const;

const areas = [
  "backup",
  "mail",
  "people",
  "orders",
  "billing",
  "support",
  "inspections",
  "evidence",
  "programs",
] as const satisfies Area[];
const everything = areas.map((area) => `${area}:read ${area}:write`).join(" ");

const allowed: Record<TenantRole, string> = {
  owner: everything,
  admin: everything,
  technician: "backup:read backup:write mail:read mail:write people:read orders:read support:read support:write",
  billing: "backup:read mail:read people:read orders:read billing:read billing:write support:read support:write",
  read_only: "backup:read mail:read people:read orders:read billing:read support:read inspections:read evidence:read",
  auditor: "evidence:read",
};

test.each(Object.keys(allowed) as TenantRole[])("R74: %s may do exactly what the table says", (role) => {
  const may: string[] = [];
  for (const area of areas) {
    for (const access of ["read", "write"] satisfies Access[]) {
      try {
        assertMay(user(role), area, access);
        may.push(`${area}:${access}`);
      } catch {
        // Refused: not in the list.
      }
    }
  }
  expect(may.join(" ")).toBe(allowed[role]);
});

test("R51: a customer's user is no operator, and an operator is no customer's user", () => {
  const refused = expect.objectContaining({ kind: "forbidden", code: "role.not_allowed" });
  expect(() => assertOperatorMay(user("owner"), "health", "read")).toThrow(refused);
  const operator = { kind: "operator", principalId: newId<PrincipalId>(clock, random), ip: "::1" } as const;
  expect(() => assertMay({ ...operator, roles: ["infra"] }, "backup", "read")).toThrow(refused);
});

const operatorAreas = [
  "customers",
  "mail_queue",
  "abuse",
  "health",
  "catalogue",
  "inventory",
  "approvals",
  "billing",
  "tickets",
] as const satisfies OperatorArea[];

/** What each role may write; whoever has any role reads all of these. */
const operatorWrites: Record<OperatorRole, string> = {
  support: "customers tickets",
  billing: "customers catalogue billing tickets",
  infra: "customers mail_queue abuse health inventory tickets",
  legal: "customers tickets",
  security: "customers abuse tickets",
};

test.each([
  ...Object.entries(operatorWrites).map(([role, writes]) => [[role as OperatorRole], writes] as const),
  [["support", "infra"] as OperatorRole[], operatorWrites.infra] as const,
  [[], ""] as const,
])("R74: an operator with the roles %j may do exactly what the table says", (roles, expected) => {
  const actor = { kind: "operator", principalId: newId<PrincipalId>(clock, random), roles, ip: "::1" } as const;
  const mayDo = (access: Access) =>
    operatorAreas.filter((area) => {
      try {
        return assertOperatorMay(actor, area, access) === actor;
      } catch {
        return false;
      }
    });
  expect(mayDo("read")).toEqual(roles.length > 0 ? operatorAreas : []);
  expect(mayDo("write").join(" ")).toBe(expected);
});
