import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import type { AppPasswordSectionProps } from "./app-password-section.tsx";
import { security } from "./security-api.ts";

/** A new password; other sessions end with it, app passwords and connected programs do not. */
export function PasswordSection({
  run,
  withAppPasswords,
}: AppPasswordSectionProps & { readonly withAppPasswords: boolean }) {
  const t = useTranslate();
  const [password, setPassword] = useState("");
  const [isChanged, setChanged] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setChanged(false);
    try {
      await run(() => security.changePassword(password));
      setPassword("");
      setChanged(true);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="xs" maw={420}>
        <Text fw={600}>{t("security.password.title")}</Text>
        {withAppPasswords ? (
          <Text size="sm" c="dimmed">
            {t("security.password.keeps")}
          </Text>
        ) : null}
        <PasswordInput
          label={t("security.password.next")}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default" disabled={password === ""}>
            {t("security.password.change")}
          </Button>
          <Text size="sm" aria-live="polite">
            {isChanged ? t("security.password.changed") : ""}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
