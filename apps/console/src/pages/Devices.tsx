import type { Device, ListedDevice } from "@casaforte/contract/devices";
import { Dialog, EmptyState, ErrorState, LoadingState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ListSearch, Tag, useAddressedDialog } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type Following, followingOf } from "../devices/following.ts";
import { devicesQuery, policiesQuery, spacesQuery, usageOfDaysQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { AddDevice } from "./AddDevice.tsx";
import { Strip } from "./Strip.tsx";

const searchDelayMs = 250;

/** The devices by name, searched and paged by the server; what is searched for stands in the address. */
export function Devices() {
  const t = useT();
  const navigate = useNavigate();
  const { q = "", add = false } = useSearch({ from: "/devices" });
  const [typed, setTyped] = useState(q);
  const [settled] = useDebouncedValue(typed.trim(), searchDelayMs);
  useEffect(() => {
    if (settled !== q) void navigate({ to: "/devices", search: settled === "" ? {} : { q: settled }, replace: true });
  }, [settled, q, navigate]);
  const devices = useInfiniteQuery({ ...devicesQuery(settled), placeholderData: keepPreviousData });
  const [opened, { open, close }] = useAddressedDialog(
    add,
    () => void navigate({ to: "/devices", search: settled === "" ? {} : { q: settled }, replace: true }),
  );
  const rows = devices.data?.pages.flatMap((page) => page.devices) ?? [];
  const total = devices.data?.pages.at(-1)?.total ?? 0;
  const isEmpty = devices.data !== undefined && rows.length === 0;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("devices.title")}
        </Title>
        <Button onClick={open}>{t("devices.add")}</Button>
      </Group>
      {isEmpty && settled === "" ? null : (
        <Group>
          <ListSearch
            label={t("devices.search")}
            value={typed}
            onChange={setTyped}
            flex={1}
            count={devices.data ? t("devices.count", { count: total }) : ""}
          />
        </Group>
      )}
      {devices.isPending ? <LoadingState /> : null}
      {devices.isError ? <ErrorState error={devices.error} onRetry={() => void devices.refetch()} /> : null}
      {isEmpty ? (
        settled === "" ? (
          <EmptyState
            title={t("devices.none")}
            text={t("devices.noneHint")}
            action={<Button onClick={open}>{t("devices.add")}</Button>}
          />
        ) : (
          <EmptyState
            title={t("devices.noMatch")}
            text={t("devices.noMatchHint", { text: settled })}
            action={
              <Button variant="default" onClick={() => setTyped("")}>
                {t("devices.showAll")}
              </Button>
            }
          />
        )
      ) : null}
      {rows.length > 0 ? <DeviceTable rows={rows} /> : null}
      {devices.hasNextPage ? (
        <Button variant="default" loading={devices.isFetchingNextPage} onClick={() => void devices.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <Dialog opened={opened} onClose={close} title={t("devices.add")} size="lg">
        <AddDevice onDone={close} />
      </Dialog>
    </Stack>
  );
}

function DeviceTable({ rows }: { readonly rows: readonly ListedDevice[] }) {
  const t = useT();
  const format = useFormat();
  const spaces = useQuery(spacesQuery);
  const policies = useQuery(policiesQuery);
  const following = followingOf(policies.data?.policies ?? [], Date.now());
  const usage = useQuery(usageOfDaysQuery(1));
  const sizeOf = (id: string) =>
    (usage.data?.days ?? []).reduce((sum, row) => sum + (row.deviceId === id ? row.storedBytes : 0), 0);
  const spaceName = (id: string) => spaces.data?.spaces.find((space) => space.id === id)?.name ?? "";
  return (
    <ScrollTable label={t("devices.title")} minWidth={960} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("devices.name")}</Table.Th>
          <Table.Th>{t("devices.space")}</Table.Th>
          <Table.Th>{t("devices.lastSeen")}</Table.Th>
          <Table.Th>{t("devices.lastRun")}</Table.Th>
          <Table.Th>{t("devices.next")}</Table.Th>
          <Table.Th>{t("devices.size")}</Table.Th>
          <Table.Th w={190}>{t("devices.days")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((device) => (
          <Table.Tr key={device.id}>
            <Table.Td>
              <Anchor renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: device.id }} />}>
                {device.name}
              </Anchor>
              <Text size="sm" c="dimmed">
                {t(`devices.kind.${device.kind}`)}
              </Text>
            </Table.Td>
            <Table.Td>{spaceName(device.spaceId)}</Table.Td>
            <Table.Td>
              <Presence device={device} />
            </Table.Td>
            <Table.Td>
              <Result result={device.lastResult} />{" "}
              {device.lastResultAt ? format.relative(Date.parse(device.lastResultAt)) : null}
            </Table.Td>
            <Table.Td>
              {policies.data && device.state === "active" ? (
                <Next following={following.get(device.id) ?? null} />
              ) : null}
            </Table.Td>
            <Table.Td>{usage.data ? format.bytes(sizeOf(device.id)) : null}</Table.Td>
            <Table.Td>
              <Strip days={device.days} enrolledAt={device.enrolledAt} label={device.name} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

/** When a device runs next and by which policy. */
function Next({ following }: { readonly following: Following | null }) {
  const t = useT();
  const format = useFormat();
  if (following === null)
    return (
      <Text size="sm" c="dimmed">
        {t("devices.noPolicy")}
      </Text>
    );
  const { name, nextRunAt, pausedUntil } = following;
  return (
    <>
      {pausedUntil !== null ? (
        <>
          <Tag color="orange">{t("devices.paused")}</Tag>{" "}
          {t("devices.until", { date: format.date(Date.parse(pausedUntil)) })}
        </>
      ) : nextRunAt === null ? null : (
        format.relative(Date.parse(nextRunAt))
      )}
      <Text size="sm" c="dimmed">
        {name}
      </Text>
    </>
  );
}

/** Connected now, or how long ago it was. */
export function Presence({ device }: { readonly device: Device }) {
  const t = useT();
  const format = useFormat();
  if (device.state === "revoked") return <Tag color="red">{t("devices.revoked")}</Tag>;
  if (device.connected) return <Tag color="green">{t("devices.connected")}</Tag>;
  return <span>{device.lastSeenAt ? format.relative(Date.parse(device.lastSeenAt)) : t("list.never")}</span>;
}

const resultColors = { ok: "green", partial: "orange", failed: "red" } as const;

/** The result of a run in words; the colour only helps. */
export function Result({ result }: { readonly result: Device["lastResult"] }) {
  const t = useT();
  return result === null ? (
    <span>{t("devices.result.none")}</span>
  ) : (
    <Tag color={resultColors[result]}>{t(`devices.result.${result}`)}</Tag>
  );
}
