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

const allowed: Record<TenantRole, string> = {
  owner: "backup:read backup:write mail:read mail:write people:read people:write",
  admin: "backup:read backup:write mail:read mail:write people:read people:write",
  technician: "backup:read backup:write mail:read mail:write people:read",
  billing: "backup:read mail:read people:read",
  read_only: "backup:read mail:read people:read",
};

test.each(Object.keys(allowed) as TenantRole[])("R74: %s may do exactly what the table says", (role) => {
  const may: string[] = [];
  for (const area of ["backup", "mail", "people"] satisfies Area[]) {
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
  expect(() => assertOperatorMay(user("owner"), "health", "read")).toThrow();
  expect(() =>
    assertMay(
      { kind: "operator", principalId: newId<PrincipalId>(clock, random), roles: ["infra"], ip: "::1" },
      "backup",
      "read",
    ),
  ).toThrow();
});

const operatorMay: Record<OperatorRole, string> = {
  support: "mail_queue:read health:read",
  billing: "mail_queue:read health:read",
  infra: "mail_queue:read mail_queue:write health:read",
  legal: "mail_queue:read health:read",
  security: "mail_queue:read health:read",
};

test.each([
  ...Object.entries(operatorMay).map(([role, may]) => [[role as OperatorRole], may] as const),
  [["support", "infra"] as OperatorRole[], "mail_queue:read mail_queue:write health:read"] as const,
  [[], ""] as const,
])("R74: an operator with the roles %j may do exactly what the table says", (roles, expected) => {
  const actor = { kind: "operator", principalId: newId<PrincipalId>(clock, random), roles, ip: "::1" } as const;
  const may: string[] = [];
  for (const area of ["mail_queue", "health"] satisfies OperatorArea[])
    for (const access of ["read", "write"] satisfies Access[])
      try {
        assertOperatorMay(actor, area, access);
        may.push(`${area}:${access}`);
      } catch {
        // Refused: not in the list.
      }
  expect(may.join(" ")).toBe(expected);
});
