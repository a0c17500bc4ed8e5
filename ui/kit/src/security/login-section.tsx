import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import type { AppPasswordSectionProps } from "./app-password-section.tsx";
import { security } from "./security-api.ts";

/** Another sign-in address: nothing changes before the link mailed to the new one is confirmed. */
export function LoginSection({ run, login }: AppPasswordSectionProps & { readonly login: string }) {
  const t = useTranslate();
  const [wanted, setWanted] = useState("");
  const [sentTo, setSentTo] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setSentTo("");
    try {
      await run(() => security.requestLoginChange(wanted.trim()));
      setSentTo(wanted.trim());
      setWanted("");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="xs" maw={420}>
        <Text fw={600}>{t("security.login.title")}</Text>
        <Text size="sm" c="dimmed">
          {t("security.login.now", { login })}
        </Text>
        <TextInput
          label={t("security.login.next")}
          type="email"
          autoComplete="email"
          maxLength={320}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default" disabled={wanted.trim() === ""}>
            {t("security.login.change")}
          </Button>
        </Group>
        <Text size="sm" aria-live="polite">
          {sentTo === "" ? "" : t("security.login.sent", { login: sentTo })}
        </Text>
      </Stack>
    </form>
  );
}
