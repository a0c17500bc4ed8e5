import { Brand, LanguageSwitch, LoadingState, SchemeSwitch } from "@casaforte/ui-kit";
import { Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import { Icon } from "../icons.tsx";
import type { MailClient } from "../jmap/client.ts";
import { changeReadingPreferences, useReadingPreferences } from "../reading-preferences.ts";
import { go } from "../route.ts";
import { useT } from "../translate.ts";
import { IdentityForm } from "./IdentityForm.tsx";
import { NotificationForm } from "./NotificationForm.tsx";
import { TakeoutForm } from "./TakeoutForm.tsx";
import { VacationForm } from "./VacationForm.tsx";

const Rules = lazy(async () => ({ default: (await import("./Rules.tsx")).Rules }));
const SecurityPage = lazy(async () => ({ default: (await import("@casaforte/ui-kit/security")).SecurityPage }));

/** Few choices, by task; security below. */
export function Settings({ client }: { readonly client: MailClient }) {
  const t = useT();
  const preferences = useReadingPreferences();
  return (
    <main className="wm-settings" id="wm-list" tabIndex={-1}>
      <Group mb="md">
        <Button variant="subtle" leftSection={<Icon name="back" />} onClick={() => go({})}>
          {t("settings.back")}
        </Button>
      </Group>
      <Title order={1} mb="lg">
        {t("settings.title")}
      </Title>
      <Section title={t("settings.look")}>
        <Group>
          <LanguageSwitch />
          <SchemeSwitch />
        </Group>
      </Section>
      <Section title={t("settings.reading")}>
        <Stack>
          <Switch
            label={t("settings.conversations")}
            checked={preferences.conversations}
            onChange={(event) => changeReadingPreferences({ conversations: event.currentTarget.checked })}
          />
          <Switch
            label={t("settings.shortcuts")}
            description={t("settings.shortcuts.explain")}
            checked={preferences.singleKeys}
            onChange={(event) => changeReadingPreferences({ singleKeys: event.currentTarget.checked })}
          />
        </Stack>
      </Section>
      <Section title={t("notifications.title")}>
        <NotificationForm client={client} />
      </Section>
      <Section title={t("settings.identity")}>
        <IdentityForm client={client} />
      </Section>
      <Section title={t("vacation.title")}>
        <VacationForm client={client} />
      </Section>
      <Section title={t("rules.title")}>
        <Suspense fallback={<LoadingState />}>
          <Rules client={client} />
        </Suspense>
      </Section>
      <Section title={t("takeout.title")}>
        <TakeoutForm />
      </Section>
      <Suspense fallback={<LoadingState />}>
        <SecurityPage withAppPasswords />
      </Suspense>
      <Text size="sm" c="dimmed" mt="xl">
        <Brand /> · {client.transport.session.username}
      </Text>
    </main>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="wm-setting">
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}
