import { type Device, restoreTokenReplySchema } from "@casaforte/contract/devices";
import { CopyField, Dialog, EmptyState, ErrorState, LoadingState, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pointsQuery, providerQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { dayRange } from "./calendar-month.ts";
import { PointCalendar } from "./PointCalendar.tsx";
import { PointTable } from "./PointTable.tsx";

/** Restore points of a device, newest first, a page at a time: all, or those of a day of the calendar. */
export function Points({ device }: { readonly device: Device }) {
  const t = useT();
  const format = useFormat();
  const [day, setDay] = useState<Date | null>(null);
  const points = useInfiniteQuery(pointsQuery(device.id, day === null ? null : dayRange(day)));
  const [restoring, restore] = useDisclosure(false);
  const rows = points.data?.pages.flatMap((page) => page.points) ?? [];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("points.title")}
        </Title>
        {rows.length > 0 || day !== null ? (
          <Button variant="default" onClick={restore.open}>
            {t("points.restore")}
          </Button>
        ) : null}
      </Group>
      {rows.length > 0 || day !== null ? <PointCalendar deviceId={device.id} day={day} onDay={setDay} /> : null}
      {day === null ? null : (
        <Group gap="sm">
          <Text fw={600} role="status">
            {t("points.ofDay", { day: format.date(day.getTime()) })}
          </Text>
          <Button variant="default" size="xs" onClick={() => setDay(null)}>
            {t("points.allDays")}
          </Button>
        </Group>
      )}
      {points.isPending ? <LoadingState /> : null}
      {points.isError ? <ErrorState error={points.error} onRetry={() => void points.refetch()} /> : null}
      {points.data && rows.length === 0 && day === null ? (
        <EmptyState title={t("points.none")} text={t("points.noneHint")} />
      ) : null}
      {points.data && rows.length === 0 && day !== null ? <Text c="dimmed">{t("points.dayNone")}</Text> : null}
      {rows.length > 0 ? (
        <PointTable device={device} rows={rows} isWhole={day === null && !points.hasNextPage} />
      ) : null}
      {points.hasNextPage ? (
        <Button variant="default" loading={points.isFetchingNextPage} onClick={() => void points.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <Dialog
        opened={restoring}
        onClose={restore.close}
        size="lg"
        title={t("points.restoreTitle", { name: device.name })}
      >
        <RestoreCommand device={device} />
      </Dialog>
    </Stack>
  );
}

function RestoreCommand({ device }: { readonly device: Device }) {
  const t = useT();
  const format = useFormat();
  const provider = useQuery(providerQuery);
  const make = useMutation({
    mutationFn: () =>
      callChecked(`/api/devices/${device.id}/restore-tokens`, {
        method: "POST",
        body: {},
        reply: restoreTokenReplySchema,
      }),
  });
  return (
    <Stack>
      <Text>{t("points.restoreHint")}</Text>
      {make.data ? (
        <>
          <Loaded query={provider}>
            {({ vaultUrl }) => (
              <CopyField
                label={t("points.restoreLabel")}
                value={`npx casaforte-agent restore latest --vault ${vaultUrl} --token ${make.data.token} --to ./restored`}
              />
            )}
          </Loaded>
          <Text size="sm" c="dimmed">
            {t("points.restoreOnce", { time: format.time(Date.parse(make.data.expiresAt)) })}
          </Text>
        </>
      ) : (
        <Button onClick={() => make.mutate()} loading={make.isPending}>
          {t("points.restoreMake")}
        </Button>
      )}
      {make.isError ? <ProblemAlert error={make.error} /> : null}
    </Stack>
  );
}
