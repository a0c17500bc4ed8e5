import type { RestorePoint } from "@casaforte/contract/backup";
import { type Device, restoreTokenReplySchema } from "@casaforte/contract/devices";
import { CopyField, Dialog, EmptyState, ErrorState, LoadingState, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { pointsQuery, providerQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** Restore points of a device, newest first, a page at a time. */
export function Points({ device }: { readonly device: Device }) {
  const t = useT();
  const points = useInfiniteQuery(pointsQuery(device.id));
  const [restoring, restore] = useDisclosure(false);
  const rows = points.data?.pages.flatMap((page) => page.points) ?? [];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("points.title")}
        </Title>
        {rows.length > 0 ? (
          <Button variant="default" onClick={restore.open}>
            {t("points.restore")}
          </Button>
        ) : null}
      </Group>
      {points.isPending ? <LoadingState /> : null}
      {points.isError ? <ErrorState error={points.error} onRetry={() => void points.refetch()} /> : null}
      {points.data && rows.length === 0 ? <EmptyState title={t("points.none")} text={t("points.noneHint")} /> : null}
      {rows.length > 0 ? <PointTable rows={rows} /> : null}
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

const stateColors = { good: "green", damaged: "red", deleted: "orange" } as const;

function PointTable({ rows }: { readonly rows: readonly RestorePoint[] }) {
  const t = useT();
  const format = useFormat();
  return (
    <Table.ScrollContainer
      minWidth={640}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": t("points.title"), role: "region" } }}
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("points.when")}</Table.Th>
            <Table.Th>{t("points.kind")}</Table.Th>
            <Table.Th>{t("points.size")}</Table.Th>
            <Table.Th>{t("points.state")}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t("points.browse")}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((point) => (
            <Table.Tr key={point.id}>
              <Table.Td>{format.dateTime(Date.parse(point.at))}</Table.Td>
              <Table.Td>{t(`points.kind.${point.kind}`)}</Table.Td>
              <Table.Td>{format.bytes(point.sizeBytes)}</Table.Td>
              <Table.Td>
                <Tag color={stateColors[point.state]}>{t(`points.${point.state}`)}</Tag>{" "}
                <Text span size="sm" c="dimmed">
                  {point.checkedAt
                    ? t("points.checked", { when: format.relative(Date.parse(point.checkedAt)) })
                    : t("points.notChecked")}{" "}
                  ·{" "}
                  {point.locked
                    ? t("points.locked", { date: format.date(Date.parse(point.lockedUntil)) })
                    : t("points.unlocked")}
                </Text>
              </Table.Td>
              <Table.Td>
                {point.state === "deleted" ? null : (
                  <Anchor
                    size="sm"
                    aria-label={t("points.browseOf", { when: format.dateTime(Date.parse(point.at)) })}
                    renderRoot={(props) => (
                      <Link {...props} to="/restore" search={{ device: point.deviceId, point: point.id }} />
                    )}
                  >
                    {t("points.browse")}
                  </Anchor>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
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
