import { Button, Group, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { type Person, people, type Roles } from "./people-api.ts";
import { usePeopleText } from "./people-text.ts";
import { RoleField } from "./role-field.tsx";

export interface RoleDialogProps {
  readonly person: Person;
  readonly mayMakeOwners: boolean;
  readonly onClose: () => void;
  readonly onChanged: () => Promise<void>;
}

/** Another role for somebody; works from their next request on. */
export function RoleDialog({ person, mayMakeOwners, onClose, onChanged }: RoleDialogProps) {
  const t = usePeopleText();
  const [roles, setRoles] = useState<Roles>(
    person.role === null ? { operatorRoles: person.operatorRoles } : { role: person.role },
  );
  const change = useMutation({
    mutationFn: () => people.changeRole(person.id, roles),
    onSuccess: async () => {
      await onChanged();
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={t("people.roleOf", { name: person.displayName || person.login })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack>
          <RoleField value={roles} onChange={setRoles} mayMakeOwners={mayMakeOwners} />
          <ProblemAlert error={change.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("kit.cancel")}
            </Button>
            <Button type="submit" loading={change.isPending}>
              {t("kit.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
