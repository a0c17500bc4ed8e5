import { Checkbox, Radio, Stack } from "@mantine/core";
import type { OperatorRole, Roles, TenantRole } from "./people-api.ts";
import { usePeopleText } from "./people-text.ts";

const tenantRoles = ["owner", "admin", "technician", "billing", "read_only"] as const satisfies readonly TenantRole[];
const operatorRoles = ["support", "billing", "infra", "legal", "security"] as const satisfies readonly OperatorRole[];

export interface RoleFieldProps {
  readonly value: Roles;
  readonly onChange: (roles: Roles) => void;
  /** An admin who could make owners would be one. */
  readonly mayMakeOwners: boolean;
}

/** What somebody may do: each role with its sentence. */
export function RoleField({ value, onChange, mayMakeOwners }: RoleFieldProps) {
  const t = usePeopleText();
  if ("role" in value)
    return (
      <Radio.Group
        label={t("people.role")}
        value={value.role}
        onChange={(role) => onChange({ role: role as TenantRole })}
        required
        withAsterisk={false}
      >
        <Stack gap="xs" mt="xs">
          {tenantRoles
            .filter((role) => mayMakeOwners || role !== "owner")
            .map((role) => (
              <Radio
                key={role}
                value={role}
                label={t(`people.role.${role}`)}
                description={t(`people.role.${role}.hint`)}
              />
            ))}
        </Stack>
      </Radio.Group>
    );
  return (
    <Checkbox.Group
      label={t("people.roles")}
      value={[...value.operatorRoles]}
      onChange={(roles) => onChange({ operatorRoles: roles as OperatorRole[] })}
    >
      <Stack gap="xs" mt="xs">
        {operatorRoles.map((role) => (
          <Checkbox
            key={role}
            value={role}
            label={t(`people.operatorRole.${role}`)}
            description={t(`people.operatorRole.${role}.hint`)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
