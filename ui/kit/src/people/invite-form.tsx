import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { useLanguage } from "../i18n/i18n.ts";
import type { Language } from "../preferences.ts";
import { people, type Roles } from "./people-api.ts";
import { usePeopleText } from "./people-text.ts";
import { RoleField } from "./role-field.tsx";

export interface InviteFormProps {
  readonly realm: "user" | "operator";
  readonly mayMakeOwners: boolean;
  readonly onInvited: (login: string) => Promise<void>;
}

/** Address, name, language and role of somebody new; the rest they choose themselves (R75). */
export function InviteForm({ realm, mayMakeOwners, onInvited }: InviteFormProps) {
  const t = usePeopleText();
  const pageLanguage = useLanguage();
  const [login, setLogin] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [language, setLanguage] = useState<Language>(pageLanguage);
  const [roles, setRoles] = useState<Roles>(realm === "user" ? { role: "technician" } : { operatorRoles: ["support"] });
  const invite = useMutation({
    mutationFn: () => people.invite({ login: login.trim(), displayName: displayName.trim(), language, ...roles }),
    onSuccess: () => onInvited(login.trim()),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        invite.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("people.login")}
          type="email"
          autoComplete="off"
          required
          withAsterisk={false}
          maxLength={320}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label={t("people.name")}
          autoComplete="off"
          required
          withAsterisk={false}
          maxLength={200}
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
        />
        <Select
          label={t("people.language")}
          data={[
            { value: "it", label: t("kit.language.it") },
            { value: "en", label: t("kit.language.en") },
          ]}
          value={language}
          onChange={(value) => setLanguage(value === "en" ? "en" : "it")}
          allowDeselect={false}
        />
        <RoleField value={roles} onChange={setRoles} mayMakeOwners={mayMakeOwners} />
        <ProblemAlert error={invite.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={invite.isPending}>
            {t("people.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
