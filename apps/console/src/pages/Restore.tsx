import type { RestorePoint } from "@casaforte/contract/backup";
import { EmptyState, ErrorState, useFormat, WithTexts } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Card, Group, Select, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { deviceChoiceQuery, deviceQuery } from "../queries.ts";
import { FileBrowser } from "../restore/FileBrowser.tsx";
import { offeredPointsMax, pointsOfInstantQuery, recentPointsQuery } from "../restore/point-queries.ts";
import { restoreTexts, useFailureSentence, useRestoreText } from "../restore/restore-text.ts";
import { UnlockForm } from "../restore/UnlockForm.tsx";
import { type RestoreHandle, useRestore } from "../restore/use-restore.ts";

const searchDelayMs = 250;

/** Browse and restore (C10): pick a device and a point, prove the password, browse, save. */
export function Restore() {
  return (
    <WithTexts catalogues={restoreTexts}>
      <RestorePage />
    </WithTexts>
  );
}

function RestorePage() {
  const t = useRestoreText();
  const { device: deviceId, point: pointId, at } = useSearch({ from: "/restore" });
  const [typed, setTyped] = useState("");
  const [settled] = useDebouncedValue(typed.trim(), searchDelayMs);
  const devices = useQuery({ ...deviceChoiceQuery(settled), placeholderData: keepPreviousData });
  const named = useQuery({ ...deviceQuery(deviceId ?? ""), enabled: deviceId !== undefined });
  const restore = useRestore();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("restore.title")}
      </Title>
      {restore.state.step === "open" ? (
        <Opened restore={restore} />
      ) : (
        <>
          <Text maw="46rem">{t("restore.intro")}</Text>
          <Loaded query={devices}>
            {({ devices: found }) =>
              found.length === 0 && settled === "" ? (
                <EmptyState
                  title={t("restore.noDevice")}
                  text={t("restore.noDeviceHint")}
                  action={
                    <Button renderRoot={(props) => <Link {...props} to="/devices" search={{ add: true }} />}>
                      {t("restore.addDevice")}
                    </Button>
                  }
                />
              ) : (
                <Choice
                  devices={withNamed(found, named.data?.device)}
                  onType={setTyped}
                  deviceId={deviceId ?? (found.length === 1 && settled === "" ? (found[0]?.id ?? null) : null)}
                  pointId={pointId ?? null}
                  at={at === undefined || Number.isNaN(Date.parse(at)) ? null : at}
                  restore={restore}
                />
              )
            }
          </Loaded>
        </>
      )}
    </Stack>
  );
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
}

/** The device of the address is a choice, also when the list that was asked for does not have it. */
const withNamed = (found: readonly Named[], named: Named | undefined): readonly Named[] =>
  named === undefined || found.some((device) => device.id === named.id) ? found : [named, ...found];

function Choice({
  devices,
  onType,
  deviceId,
  pointId,
  at,
  restore,
}: {
  readonly devices: readonly Named[];
  readonly onType: (text: string) => void;
  readonly deviceId: string | null;
  /** Null: the newest. */
  readonly pointId: string | null;
  /** When that point was made, if the address tells it. */
  readonly at: string | null;
  readonly restore: RestoreHandle;
}) {
  const t = useRestoreText();
  const navigate = useNavigate();
  const points = useQuery({ ...recentPointsQuery(deviceId ?? ""), enabled: deviceId !== null });
  // A choice offers the newest points; whoever comes from an older one has its time, and gets no other point in its place.
  const isOlder = points.data?.points.every((point) => point.id !== pointId) === true;
  const isSought = deviceId !== null && pointId !== null && at !== null && isOlder;
  const older = useQuery({ ...pointsOfInstantQuery(deviceId ?? "", at ?? ""), enabled: isSought });
  const live = [...(isSought ? (older.data?.points ?? []) : []), ...(points.data?.points ?? [])].filter(
    // What lies in the bin is offered only to who asked for it.
    (point) => point.state !== "deleted" || (point.id === pointId && point.undeleteUntil !== null),
  );
  const chosen = (pointId === null ? live[0] : live.find((point) => point.id === pointId)) ?? null;
  const refused = restore.refused?.pointId === chosen?.id ? restore.refused : null;
  const label = usePointLabel();
  return (
    <Card withBorder padding="lg" maw="46rem">
      <Stack>
        <SimpleGrid cols={1}>
          <Select
            label={t("restore.device")}
            placeholder={t("restore.chooseDevice")}
            searchable
            filter={({ options }) => options}
            onSearchChange={(text) => onType(devices.some((device) => optionOf(device) === text) ? "" : text)}
            data={devices.map((device) => ({
              value: device.id,
              label: optionOf(device),
            }))}
            value={deviceId}
            allowDeselect={false}
            onChange={(next) => void navigate({ to: "/restore", search: { device: next ?? undefined }, replace: true })}
          />
          <Select
            label={t("restore.point")}
            placeholder={t("restore.choosePoint")}
            searchable
            disabled={live.length === 0}
            data={live.map((point) => ({ value: point.id, label: label(point) }))}
            value={chosen?.id ?? null}
            allowDeselect={false}
            onChange={(next) =>
              void navigate({
                to: "/restore",
                search: {
                  device: deviceId ?? undefined,
                  point: next ?? undefined,
                  at: live.find((point) => point.id === next)?.at,
                },
                replace: true,
              })
            }
          />
        </SimpleGrid>
        {points.data && live.length === 0 && pointId === null ? <Text c="dimmed">{t("restore.noPoints")}</Text> : null}
        {points.isError ? <ErrorState error={points.error} onRetry={() => void points.refetch()} /> : null}
        {deviceId !== null && pointId !== null && points.data !== undefined && chosen === null ? (
          isSought ? (
            <Loaded query={older}>{() => <Gone />}</Loaded>
          ) : isOlder && points.data.nextBefore !== null ? (
            <NotNewest deviceId={deviceId} />
          ) : (
            <Gone />
          )
        ) : null}
        {restore.state.step === "closed" && restore.state.wasIdle ? <Alert>{t("restore.locked")}</Alert> : null}
        {deviceId !== null && chosen !== null ? (
          <UnlockForm
            key={chosen.id}
            isBusy={restore.state.step === "opening"}
            keyrings={refused?.keyrings ?? null}
            onSecret={(secret, version) => void restore.open(deviceId, chosen.id, secret, version)}
          />
        ) : null}
        <Failed error={refused?.error} />
        <Text size="sm" c="dimmed">
          {t("restore.trust")}
        </Text>
      </Stack>
    </Card>
  );
}

/** Said only after an answer that would have had the point. */
function Gone() {
  const t = useRestoreText();
  return (
    <Alert color="orange" role="alert">
      {t("restore.failed.not_found")}
    </Alert>
  );
}

/** Without its time nobody can look up a point that the choice does not have: whether it is there is not known. */
function NotNewest({ deviceId }: { readonly deviceId: string }) {
  const t = useRestoreText();
  return (
    <Alert color="orange" role="alert">
      <Text size="sm" c="var(--mantine-color-text)">
        {t("restore.notNewest", { count: offeredPointsMax })}
      </Text>
      <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: deviceId }} />}>
        {t("restore.devicePoints")}
      </Anchor>
    </Alert>
  );
}

const optionOf = ({ name, hostname }: Named): string => (name === hostname ? name : `${name} (${hostname})`);

/** Date, kind and size: what tells one point from another in a hurry. */
function usePointLabel(): (point: RestorePoint) => string {
  const t = useRestoreText();
  const format = useFormat();
  return (point) => {
    const option = t("restore.pointOption", {
      when: format.dateTime(Date.parse(point.at)),
      kind: t(`restore.kind.${point.kind}`),
      size: format.bytes(point.sizeBytes),
    });
    return point.state === "damaged" ? t("restore.pointDamaged", { option }) : option;
  };
}

function Opened({ restore }: { readonly restore: RestoreHandle }) {
  const t = useRestoreText();
  const format = useFormat();
  const { state } = restore;
  useEffect(() => {
    // In a block: what browsers return from it is no clean-up.
    window.scrollTo(0, 0);
  }, []);
  if (state.step !== "open") return null;
  const { device, point } = state.facts;
  const facts: readonly (readonly [string, string])[] = [
    [t("restore.device"), device.name],
    [t("restore.host"), device.hostname],
    [t("restore.when"), format.dateTime(Date.parse(point.at))],
    [t("restore.kind"), t(`restore.kind.${point.kind}`)],
    [t("restore.contents"), t("restore.opened", { count: state.entries, size: format.bytes(state.logicalBytes) })],
  ];
  return (
    <>
      <Card withBorder>
        <Group justify="space-between" align="flex-start">
          <SimpleGrid cols={{ base: 2, md: 5 }} style={{ flex: "1 1 16rem" }}>
            {facts.map(([label, value]) => (
              <div key={label}>
                <Text size="sm" c="dimmed">
                  {label}
                </Text>
                <Text>{value}</Text>
              </div>
            ))}
          </SimpleGrid>
          <Button variant="default" onClick={restore.close}>
            {t("restore.close")}
          </Button>
        </Group>
      </Card>
      <FileBrowser client={state.client} progress={restore.progress} deviceName={device.name} at={point.at} />
      <Group gap="sm">
        <Text size="sm" c="dimmed">
          {t("restore.agentHint")}
        </Text>
        <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: device.id }} />}>
          {t("restore.agentLink")}
        </Anchor>
      </Group>
    </>
  );
}

function Failed({ error }: { readonly error: unknown }) {
  const sentence = useFailureSentence();
  if (error === null || error === undefined) return null;
  return (
    <Alert color="red" variant="light" role="alert">
      <Text size="sm" c="var(--mantine-color-text)">
        {sentence(error)}
      </Text>
    </Alert>
  );
}
