import { Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { useLanguage } from "../i18n/i18n.ts";
import { LanguageField, NameField } from "./account-fields.tsx";
import { links } from "./link-api.ts";
import { LinkNote, useLinkText } from "./link-frame.tsx";
import { NewPassword } from "./new-password.tsx";
import type { TokenPageProps } from "./token-page-props.ts";
import { useLinkForm } from "./use-link-form.ts";

/** Makes the first operator of a fresh installation, with the secret that the program printed at its start. */
export function SetUp({ token, onLeave }: TokenPageProps) {
  const t = useLinkText();
  const language = useLanguage();
  const [login, setLogin] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const form = useLinkForm(async () => {
    await links.setUp({ token, login: login.trim(), password, displayName: displayName.trim(), language });
    onLeave();
  });
  if (form.isDead)
    return (
      <LinkNote title={t("links.dead")} action={t("links.toSignIn")} onAction={onLeave}>
        {t("links.setup.dead")}
      </LinkNote>
    );
  return (
    <form onSubmit={(event) => void form.submit(event)}>
      <Stack>
        <div>
          <Title order={1}>{t("links.setup.title")}</Title>
          <Text mt={4}>{t("links.setup.intro")}</Text>
        </div>
        <TextInput
          label={t("links.login")}
          type="email"
          name="username"
          autoComplete="username"
          required
          withAsterisk={false}
          maxLength={320}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoFocus
        />
        <NameField value={displayName} onChange={setDisplayName} />
        <LanguageField />
        <NewPassword value={password} onChange={setPassword} error={form.passwordError} />
        <ProblemAlert error={form.error} />
        <Button type="submit" loading={form.isBusy} fullWidth>
          {t("links.setup.submit")}
        </Button>
      </Stack>
    </form>
  );
}
