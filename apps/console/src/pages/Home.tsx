import type { BackupSummary } from "@casaforte/contract/backup";
import type { Space } from "@casaforte/contract/spaces";
import { useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Anchor, Card, Group, Progress, SimpleGrid, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { PriceNotice } from "../billing/PriceNotice.tsx";
import { activeTicketsMax, activeTicketsQuery, mailAccountsCountQuery, spacesQuery, summaryQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { Alarms } from "./Alarms.tsx";

/** "Am I protected?" in one glance, what is not well, and what to do next. */
export function Home() {
  const t = useT();
  const summary = useQuery(summaryQuery);
  const spaces = useQuery(spacesQuery);
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("home.title")}
      </Title>
      <Loaded query={summary}>
        {(found) => (
          <>
            <Figures summary={found} spaces={spaces.data?.spaces} />
            <Alarms />
            <PriceNotice />
            <Attention summary={found} spaces={spaces.data?.spaces ?? []} />
            <Checklist
              hasSpace={(spaces.data?.spaces.length ?? 0) > 0}
              hasDevice={found.devices.active > 0}
              hasBackup={found.devices.lastSuccessAt !== null}
              hasRestored={found.hasRestored}
            />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

/** Stands for a figure that has not come yet: nought would be a claim. */
const notKnown = "–";

interface FiguresProps {
  readonly summary: BackupSummary;
  /** Undefined until they are known. */
  readonly spaces: readonly Space[] | undefined;
}

function Figures({ summary, spaces }: FiguresProps) {
  const t = useT();
  const format = useFormat();
  const mail = useQuery(mailAccountsCountQuery);
  const tickets = useQuery(activeTicketsQuery).data?.tickets;
  const yours = tickets?.filter((ticket) => ticket.state === "waiting_customer").length ?? 0;
  const { active, protected: ok, lastSuccessAt } = summary.devices;
  const lastMs = lastSuccessAt === null ? null : Date.parse(lastSuccessAt);
  const used = (spaces ?? []).reduce((sum, space) => sum + space.usedBytes, 0);
  const quota = (spaces ?? []).reduce((sum, space) => sum + space.quotaBytes, 0);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 5 }}>
      <Figure
        label={t("nav.devices")}
        value={t("home.protected", { ok, all: active })}
        hint={active > 0 ? t("home.protectedHint") : ""}
      />
      <Figure
        label={t("home.lastBackup")}
        value={lastMs === null ? t("home.noBackup") : format.relative(lastMs)}
        hint={lastMs === null ? "" : format.dateTime(lastMs)}
      />
      <Figure
        label={t("home.storage")}
        value={spaces ? format.bytes(used) : notKnown}
        hint={spaces ? t("home.storageOf", { used: format.bytes(used), quota: format.bytes(quota) }) : ""}
      >
        <Progress value={quota > 0 ? (used / quota) * 100 : 0} aria-label={t("home.storage")} />
      </Figure>
      <Figure
        label={t("home.mail")}
        value={mail.data ? t("home.mailCount", { count: mail.data.total ?? 0 }) : notKnown}
        hint={mail.data ? t("home.mailUsed", { used: format.bytes(mail.data.usedBytes ?? 0) }) : ""}
      />
      <Figure
        label={t("nav.tickets")}
        value={
          tickets
            ? t("home.tickets", {
                count: tickets.length,
                shown: tickets.length < activeTicketsMax ? `${tickets.length}` : `${activeTicketsMax}+`,
              })
            : notKnown
        }
        hint={yours > 0 ? t("home.ticketsYours", { count: yours }) : ""}
      />
    </SimpleGrid>
  );
}

/** What needs somebody, worst first; when nothing does, that is said too. */
function Attention({ summary, spaces }: { readonly summary: BackupSummary; readonly spaces: readonly Space[] }) {
  const t = useT();
  const format = useFormat();
  const { devices, damagedPoints, damagedDeviceId, keys } = summary;
  const nearlyFull = spaces.filter((space) => space.threshold > 0);
  const more = devices.troubled - devices.troubles.length;
  if (devices.active === 0 && damagedPoints === 0 && nearlyFull.length === 0) return null;
  const isWell = devices.troubled === 0 && damagedPoints === 0 && nearlyFull.length === 0 && keys.deviceId === null;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="attention">
      <Title order={2} size="h4" id="attention" mb="sm">
        {t("home.attention")}
      </Title>
      {isWell ? (
        <Text>
          {devices.protected === devices.active
            ? t("home.allWell")
            : t("home.notYet", { count: devices.active - devices.protected })}
        </Text>
      ) : null}
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {damagedPoints > 0 && damagedDeviceId !== null ? (
          <Group component="li" gap="sm">
            <Tag color="red">{t("points.damaged")}</Tag>
            <Anchor renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: damagedDeviceId }} />}>
              {t("home.damagedPoints", { count: damagedPoints })}
            </Anchor>
          </Group>
        ) : null}
        {devices.troubles.map((row) => (
          <Group component="li" gap="sm" key={row.deviceId}>
            <Tag color={row.trouble === "partial" ? "orange" : "red"}>{t(`home.trouble.${row.trouble}`)}</Tag>
            <Anchor renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: row.deviceId }} />}>
              {row.name}
            </Anchor>
            <Text size="sm" c="dimmed">
              {t(`home.since.${row.trouble}`, { when: format.relative(Date.parse(row.since)) })}
            </Text>
          </Group>
        ))}
        {more > 0 ? (
          <li>
            <Anchor renderRoot={(props) => <Link {...props} to="/devices" />}>{t("home.more", { count: more })}</Anchor>
          </li>
        ) : null}
        {keys.deviceId === null ? null : (
          <Group component="li" gap="sm">
            <Tag color="orange">{t("home.key")}</Tag>
            <Anchor
              renderRoot={(props) => <Link {...props} to="/restore" search={{ device: keys.deviceId ?? undefined }} />}
            >
              {t("home.keyProve", { count: keys.unproved })}
            </Anchor>
          </Group>
        )}
        {nearlyFull.map((space) => (
          <Group component="li" gap="sm" key={space.id}>
            <Tag color={space.threshold >= 95 ? "red" : "orange"}>{`${space.threshold} %`}</Tag>
            <Anchor renderRoot={(props) => <Link {...props} to="/spaces" />}>
              {t("home.nearlyFull", { name: space.name })}
            </Anchor>
          </Group>
        ))}
      </Stack>
    </Card>
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
  hasRestored,
}: {
  readonly hasSpace: boolean;
  readonly hasDevice: boolean;
  readonly hasBackup: boolean;
  readonly hasRestored: boolean;
}) {
  const t = useT();
  const { session } = useSession();
  const steps = [
    { id: "home.step.space", to: "/spaces/new", done: hasSpace, minutes: 1 },
    { id: "home.step.device", to: "/devices", search: { add: true }, done: hasDevice, minutes: 2 },
    { id: "home.step.backup", to: "/devices", done: hasBackup, minutes: 2 },
    { id: "home.step.restore", to: "/restore", done: hasRestored, minutes: 1 },
    { id: "home.step.twoFactor", to: "/security", done: session.hasTotp || session.hasPasskey, minutes: 1 },
  ] as const;
  if (steps.every((step) => step.done)) return null;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="first-steps">
      <Title order={2} size="h4" id="first-steps" mb="sm">
        {t("home.start")}
      </Title>
      {hasRestored ? <Text mb="sm">{t("home.restoredNext")}</Text> : null}
      <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {steps.map((step, index) => (
          <Group key={step.id} component="li" gap="sm" wrap="nowrap">
            <ThemeIcon radius="xl" size="sm" variant={step.done ? "filled" : "default"} aria-hidden>
              {step.done ? "✓" : index + 1}
            </ThemeIcon>
            {step.done ? (
              <Text c="dimmed">{t(step.id)}</Text>
            ) : (
              <Anchor
                renderRoot={(props) => <Link {...props} to={step.to} search={"search" in step ? step.search : {}} />}
              >
                {t(step.id)}
              </Anchor>
            )}
            <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
              {step.done ? t("home.step.done") : t("home.step.minutes", { count: step.minutes })}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
