import { useFormat } from "@casaforte/ui-kit";
import { Loaded, useSession } from "@casaforte/ui-kit/console";
import { Anchor, Card, Group, Progress, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { devicesQuery, mailAccountsCountQuery, spacesQuery } from "../queries.ts";
import { useT } from "../translate.ts";

const protectedWithinMs = 48 * 3_600_000;

/** "Am I protected?" in one glance, and what to do next. */
export function Home() {
  const t = useT();
  const format = useFormat();
  const devices = useQuery(devicesQuery);
  const spaces = useQuery(spacesQuery);
  const mail = useQuery(mailAccountsCountQuery);
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("home.title")}
      </Title>
      <Loaded query={devices}>
        {({ devices: all }) => {
          const active = all.filter((device) => device.state === "active");
          const fresh = active.filter(
            (device) =>
              device.lastSuccessAt !== null && Date.now() - Date.parse(device.lastSuccessAt) < protectedWithinMs,
          );
          const last = Math.max(
            0,
            ...active.map((device) => (device.lastSuccessAt ? Date.parse(device.lastSuccessAt) : 0)),
          );
          const used = spaces.data?.spaces.reduce((sum, space) => sum + space.usedBytes, 0) ?? 0;
          const quota = spaces.data?.spaces.reduce((sum, space) => sum + space.quotaBytes, 0) ?? 0;
          return (
            <>
              <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
                <Figure
                  label={t("nav.devices")}
                  value={t("home.protected", { ok: fresh.length, all: active.length })}
                  hint={t("home.protectedHint")}
                />
                <Figure
                  label={t("home.lastBackup")}
                  value={last > 0 ? format.relative(last) : t("home.noBackup")}
                  hint={last > 0 ? format.dateTime(last) : ""}
                />
                <Figure
                  label={t("home.storage")}
                  value={format.bytes(used)}
                  hint={t("home.storageOf", { used: format.bytes(used), quota: format.bytes(quota) })}
                >
                  <Progress value={quota > 0 ? (used / quota) * 100 : 0} aria-label={t("home.storage")} />
                </Figure>
                <Figure label={t("home.mail")} value={t("home.mailCount", { count: mail.data?.total ?? 0 })} hint="" />
              </SimpleGrid>
              <Checklist
                hasSpace={(spaces.data?.spaces.length ?? 0) > 0}
                hasDevice={active.length > 0}
                hasBackup={last > 0}
              />
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}

function Figure({
  label,
  value,
  hint,
  children,
}: {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly children?: ReactNode;
}) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={label}>
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {label}
        </Text>
        <Text size="xl" fw={650}>
          {value}
        </Text>
        {children}
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      </Stack>
    </Card>
  );
}

/** Stays until every step is done (ux.md §4 A). */
function Checklist({
  hasSpace,
  hasDevice,
  hasBackup,
}: {
  readonly hasSpace: boolean;
  readonly hasDevice: boolean;
  readonly hasBackup: boolean;
}) {
  const t = useT();
  const { session } = useSession();
  const steps = [
    { id: "home.step.space", to: "/spaces", done: hasSpace, minutes: 1 },
    { id: "home.step.device", to: "/devices", done: hasDevice, minutes: 2 },
    { id: "home.step.backup", to: "/devices", done: hasBackup, minutes: 2 },
    { id: "home.step.twoFactor", to: "/security", done: session.hasTotp || session.hasPasskey, minutes: 1 },
  ] as const;
  if (steps.every((step) => step.done)) return null;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="first-steps">
      <Title order={2} size="h4" id="first-steps" mb="sm">
        {t("home.start")}
      </Title>
      <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {steps.map((step, index) => (
          <Group key={step.id} component="li" gap="sm">
            <ThemeIcon radius="xl" size="sm" variant={step.done ? "filled" : "default"} aria-hidden>
              {step.done ? "✓" : index + 1}
            </ThemeIcon>
            {step.done ? (
              <Text c="dimmed">{t(step.id)}</Text>
            ) : (
              <Anchor renderRoot={(props) => <Link {...props} to={step.to} />}>{t(step.id)}</Anchor>
            )}
            <Text size="sm" c="dimmed">
              {step.done ? t("home.step.done") : t("home.step.minutes", { count: step.minutes })}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
