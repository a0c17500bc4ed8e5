import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { SessionReply } from "../auth-api.ts";
import { ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import type { AppPasswordSectionProps } from "./app-password-section.tsx";
import { security } from "./security-api.ts";

export interface PersonSectionProps extends AppPasswordSectionProps {
  readonly session: SessionReply;
  readonly onChanged: () => void;
}

/** What we keep about this person: a copy, a correction, the end of it (R80, R81). */
export function PersonSection({ session, run, onChanged }: PersonSectionProps) {
  const t = useTranslate();
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Text fw={600}>{t("person.title")}</Text>
        <Text size="sm" c="dimmed">
          {t(session.realm === "mail" ? "person.explainMail" : "person.explain")}
        </Text>
        <Group>
          <Button component="a" variant="default" href={security.dataUrl("json")} download>
            {t("person.json")}
          </Button>
          <Button component="a" variant="default" href={security.dataUrl("csv")} download>
            {t("person.csv")}
          </Button>
        </Group>
      </Stack>
      {session.realm === "mail" ? null : (
        <>
          <Profile session={session} run={run} onChanged={onChanged} />
          {session.role === "auditor" ? null : <Erasure session={session} run={run} />}
        </>
      )}
    </Stack>
  );
}

function Profile({ session, run, onChanged }: PersonSectionProps) {
  const t = useTranslate();
  const [name, setName] = useState(session.displayName);
  const [language, setLanguage] = useState(session.language);
  const [isSaved, setSaved] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setSaved(false);
    try {
      await run(() => security.changeProfile(name.trim(), language));
      setSaved(true);
      onChanged();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="xs" maw={420}>
        <Text fw={600}>{t("person.profile")}</Text>
        <TextInput
          label={t("person.name")}
          autoComplete="name"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t("person.language")}
          description={t("person.languageHint")}
          allowDeselect={false}
          data={[
            { value: "it", label: "Italiano" },
            { value: "en", label: "English" },
          ]}
          value={language}
          onChange={(value) => setLanguage(value === "en" ? "en" : "it")}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default">
            {t("person.save")}
          </Button>
        </Group>
        <Text size="sm" aria-live="polite">
          {isSaved ? t("person.saved") : ""}
        </Text>
      </Stack>
    </form>
  );
}

function Erasure({ session, run }: Pick<PersonSectionProps, "session" | "run">) {
  const t = useTranslate();
  const [login, setLogin] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    try {
      await run(() => security.eraseSelf(login.trim()));
      globalThis.location.assign("/");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="xs" maw={560}>
        <Text fw={600}>{t("person.erase")}</Text>
        <Text size="sm" c="dimmed">
          {t("person.eraseExplain")}
        </Text>
        <TextInput
          label={t("person.eraseConfirm", { login: session.login })}
          autoComplete="off"
          maxLength={320}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button
            type="submit"
            color="red"
            variant="outline"
            disabled={login.trim().toLowerCase() !== session.login.toLowerCase()}
          >
            {t("person.eraseNow")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
