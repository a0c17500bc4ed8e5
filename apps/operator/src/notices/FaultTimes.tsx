import type { SeverityTimesReply } from "@casaforte/contract/notices";
import { ScrollTable } from "@casaforte/ui-kit";
import { Table, Text, Title } from "@mantine/core";
import { useDeskText } from "./desk-text.ts";

/** How long faults of each severity took until somebody took them on, customers knew, work began, the part was replaced, and they were over (R23). */
export function FaultTimes({ times }: { readonly times: readonly SeverityTimesReply[] }) {
  const t = useDeskText();
  return (
    <section aria-labelledby="desk-times">
      <Title order={2} size="h4" id="desk-times">
        {t("desk.times")}
      </Title>
      {times.length === 0 ? (
        <Text c="dimmed">{t("desk.noTimes")}</Text>
      ) : (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            {t("desk.timesHint")}
          </Text>
          <ScrollTable label={t("desk.times")} minWidth={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("desk.severity")}</Table.Th>
                <Table.Th>{t("desk.count")}</Table.Th>
                <Table.Th>{t("desk.tookOn")}</Table.Th>
                <Table.Th>{t("desk.told")}</Table.Th>
                <Table.Th>{t("desk.startedAfter")}</Table.Th>
                <Table.Th>{t("desk.replacedAfter")}</Table.Th>
                <Table.Th>{t("desk.over")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {times.map((row) => (
                <Table.Tr key={row.severity ?? "none"}>
                  <Table.Td>{row.severity === null ? t("desk.untold") : t(`desk.severity.${row.severity}`)}</Table.Td>
                  <Table.Td>
                    {row.count}
                    {row.open > 0 ? ` (${t("desk.stillOpen", { count: row.open })})` : ""}
                  </Table.Td>
                  <Table.Td>{timesText(row.acknowledged)}</Table.Td>
                  <Table.Td>{timesText(row.told)}</Table.Td>
                  <Table.Td>{timesText(row.started)}</Table.Td>
                  <Table.Td>{timesText(row.replaced)}</Table.Td>
                  <Table.Td>{timesText(row.closed)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </ScrollTable>
        </>
      )}
    </section>
  );
}

const timesText = (times: SeverityTimesReply["told"]): string =>
  times === null ? "–" : `${lengthText(times.medianSeconds)} (${lengthText(times.longestSeconds)})`;

/** The same in both languages: `2 d 3 h`, `1 h 5 min`, `40 s`. */
function lengthText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = days > 0 ? [`${days} d`, `${hours} h`] : [`${hours} h`, `${rest} min`];
  return parts.filter((part) => !part.startsWith("0 ")).join(" ");
}
