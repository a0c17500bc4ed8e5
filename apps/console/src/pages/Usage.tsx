import { usageReplySchema } from "@casaforte/contract/backup";
import { EmptyState, ErrorState, LoadingState, ScrollTable, useFormat, WithTexts } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Card, Group, SegmentedControl, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { spacesQuery } from "../queries.ts";
import { UsageChart } from "../usage/UsageChart.tsx";
import { type DayUsage, daysOf, type UsageReply, usageCsv } from "../usage/usage-days.ts";
import { usageTexts, useUsageText } from "../usage/usage-text.ts";

const dayMs = 86_400_000;
const ranges = ["30", "90", "365"] as const;
/** Rows of the table that are shown at once; the CSV has all. */
const tableRowsMax = 400;

/** Consumption by space, device and day (C11, R10): a chart, the same figures as a table, and all of them as CSV. */
export function Usage() {
  return (
    <WithTexts catalogues={usageTexts}>
      <UsagePage />
    </WithTexts>
  );
}

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function UsagePage() {
  const t = useUsageText();
  const navigate = useNavigate();
  const { space: spaceId, days = "30" } = useSearch({ from: "/usage" });
  const spaces = useQuery(spacesQuery);
  const today = Date.now();
  const [from, to] = [isoDay(today - (Number(days) - 1) * dayMs), isoDay(today)];
  const usage = useQuery({
    queryKey: ["usage", spaceId ?? "", from, to],
    queryFn: ({ signal }) =>
      callChecked("/api/usage", { query: { from, to, spaceId }, reply: usageReplySchema, signal }),
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("usage.title")}
      </Title>
      <Group align="flex-end">
        <Select
          label={t("usage.space")}
          data={[
            { value: "", label: t("usage.allSpaces") },
            ...(spaces.data?.spaces ?? []).map((space) => ({ value: space.id, label: space.name })),
          ]}
          value={spaceId ?? ""}
          allowDeselect={false}
          onChange={(next) =>
            void navigate({ to: "/usage", search: { space: next || undefined, days }, replace: true })
          }
        />
        <SegmentedControl
          aria-label={t("usage.range")}
          data={ranges.map((value) => ({ value, label: t("usage.days", { count: Number(value) }) }))}
          value={days}
          onChange={(next) => void navigate({ to: "/usage", search: { space: spaceId, days: next }, replace: true })}
        />
      </Group>
      {usage.isPending ? <LoadingState /> : null}
      {usage.isError ? <ErrorState error={usage.error} onRetry={() => void usage.refetch()} /> : null}
      {usage.data && usage.data.days.length === 0 ? (
        <EmptyState title={t("usage.none")} text={t("usage.noneHint")} />
      ) : null}
      {usage.data && usage.data.days.length > 0 ? <Figures usage={usage.data} from={from} to={to} /> : null}
    </Stack>
  );
}

function Figures({ usage, from, to }: { readonly usage: UsageReply; readonly from: string; readonly to: string }) {
  const t = useUsageText();
  const days = daysOf(usage.days);
  const download = useCsv(usage, `casaforte-${from}-${to}.csv`);
  const [view, setView] = useState("chart");
  return (
    <>
      <Card withBorder>
        <Group justify="space-between" mb="sm">
          <Title order={2} size="h4">
            {t("usage.stored")}
          </Title>
          <Group gap="sm">
            <SegmentedControl
              size="xs"
              aria-label={t("usage.view")}
              data={[
                { value: "chart", label: t("usage.asChart") },
                { value: "table", label: t("usage.asTable") },
              ]}
              value={view}
              onChange={setView}
            />
            <Button variant="default" size="xs" onClick={download}>
              {t("usage.csv")}
            </Button>
          </Group>
        </Group>
        {view === "chart" ? <UsageChart days={days} /> : <DayTable days={days} />}
      </Card>
      <DeviceTable usage={usage} />
    </>
  );
}

/** Names of spaces and devices beside their ids, for people and for the file. */
function useNames({ devices }: UsageReply): (id: string) => string {
  const t = useUsageText();
  const spaces = useQuery(spacesQuery);
  const names = new Map([...(spaces.data?.spaces ?? []), ...devices].map((named) => [named.id, named.name]));
  return (id) => names.get(id) ?? (spaces.isPending ? "…" : t("usage.gone"));
}

function useCsv(usage: UsageReply, name: string): () => void {
  const nameOf = useNames(usage);
  return () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([usageCsv(usage.days, nameOf)], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
}

function DayTable({ days }: { readonly days: readonly DayUsage[] }) {
  const t = useUsageText();
  const format = useFormat();
  return (
    <ScrollTable label={t("usage.stored")} minWidth={560} maxHeight={420}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("usage.day")}</Table.Th>
          <Table.Th>{t("usage.stored")}</Table.Th>
          <Table.Th>{t("usage.received")}</Table.Th>
          <Table.Th>{t("usage.restored")}</Table.Th>
          <Table.Th>{t("usage.points")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {[...days].reverse().map((day) => (
          <Table.Tr key={day.day}>
            <Table.Td>{format.date(Date.parse(day.day))}</Table.Td>
            <Table.Td>{format.bytes(day.storedBytes)}</Table.Td>
            <Table.Td>{format.bytes(day.receivedBytes)}</Table.Td>
            <Table.Td>{format.bytes(day.restoredBytes)}</Table.Td>
            <Table.Td>{format.number(day.points)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

/** The last day of each space and device, the largest first. */
function DeviceTable({ usage }: { readonly usage: UsageReply }) {
  const t = useUsageText();
  const format = useFormat();
  const nameOf = useNames(usage);
  const { days: rows } = usage;
  const last = rows.at(-1)?.day;
  const today = rows.filter((row) => row.day === last).sort((a, b) => b.storedBytes - a.storedBytes);
  const received = new Map<string, number>();
  for (const row of rows) received.set(row.deviceId, (received.get(row.deviceId) ?? 0) + row.receivedBytes);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t("usage.byDevice")}
      </Title>
      <ScrollTable label={t("usage.byDevice")} minWidth={560} maxHeight={420}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("usage.device")}</Table.Th>
            <Table.Th>{t("usage.space")}</Table.Th>
            <Table.Th>{t("usage.storedNow")}</Table.Th>
            <Table.Th>{t("usage.receivedAll")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {today.slice(0, tableRowsMax).map((row) => (
            <Table.Tr key={`${row.spaceId} ${row.deviceId}`}>
              <Table.Td>{nameOf(row.deviceId)}</Table.Td>
              <Table.Td>{nameOf(row.spaceId)}</Table.Td>
              <Table.Td>{format.bytes(row.storedBytes)}</Table.Td>
              <Table.Td>{format.bytes(received.get(row.deviceId) ?? 0)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {today.length > tableRowsMax ? (
        <Text size="sm" c="dimmed">
          {t("usage.moreInCsv", { count: today.length - tableRowsMax })}
        </Text>
      ) : null}
    </Card>
  );
}
