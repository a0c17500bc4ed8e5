import { type QueueEntryReply, queueListSchema } from "@casaforte/contract/mailflow";
import { callApi, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, ListSearch, RowButton, Tag } from "@casaforte/ui-kit/console";
import { Group, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

const refreshMs = 5_000;
const searchDelayMs = 250;
const shownMax = 200;
const states = ["waiting", "held", "sent", "failed", "dropped"] as const;
const stateColors = { waiting: "orange", held: "orange", sent: "green", failed: "red", dropped: "gray" } as const;

/** What leaves, or could not: why, when it is tried again, and what to do about it (O13). */
export function Queue() {
  const t = useT();
  const [state, setState] = useState<(typeof states)[number]>("waiting");
  const [domain, setDomain] = useState("");
  const [settled] = useDebouncedValue(domain.trim(), searchDelayMs);
  const queue = useQuery({
    queryKey: ["queue", state, settled],
    queryFn: ({ signal }) =>
      callChecked("/api/mail-queue", {
        query: { state, domain: settled, limit: shownMax },
        reply: queueListSchema,
        signal,
      }),
    refetchInterval: refreshMs,
    placeholderData: (before) => before,
  });
  const rows = queue.data?.entries ?? [];
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("queue.title")}
      </Title>
      <Group>
        <SegmentedControl
          aria-label={t("queue.state")}
          value={state}
          onChange={(value) => setState(value as typeof state)}
          data={states.map((value) => ({ value, label: t(`queue.state.${value}`) }))}
        />
        <ListSearch label={t("queue.domain")} value={domain} onChange={setDomain} flex={1} />
      </Group>
      {queue.isPending ? <LoadingState /> : null}
      {queue.isError ? <ErrorState error={queue.error} onRetry={() => void queue.refetch()} /> : null}
      {queue.data && rows.length === 0 ? (
        <EmptyState title={t(`queue.none.${state}`)} text={state === "waiting" ? t("queue.noneHint") : ""} />
      ) : null}
      {rows.length > 0 ? <QueueTable rows={rows} /> : null}
      {rows.length === shownMax ? <Text c="dimmed">{t("queue.more", { count: shownMax })}</Text> : null}
    </Stack>
  );
}

function QueueTable({ rows }: { readonly rows: readonly QueueEntryReply[] }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const [dropping, setDropping] = useState<QueueEntryReply | null>(null);
  const [error, setError] = useState<unknown>(null);
  const change = async (entry: QueueEntryReply, verb: "retry" | "drop"): Promise<void> => {
    await callApi(`/api/mail-queue/${entry.tenantId}/${entry.id}/${verb}`, { method: "POST" });
    await client.invalidateQueries({ queryKey: ["queue"] });
  };
  const retry = async (entry: QueueEntryReply): Promise<void> => {
    setError(null);
    await change(entry, "retry").catch(setError);
  };
  return (
    <>
      <ProblemAlert error={error} />
      <ScrollTable label={t("queue.title")} minWidth={1040} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("outbox.to")}</Table.Th>
            <Table.Th>{t("outbox.from")}</Table.Th>
            <Table.Th>{t("queue.state")}</Table.Th>
            <Table.Th>{t("queue.since")}</Table.Th>
            <Table.Th>{t("queue.reply")}</Table.Th>
            <Table.Th>{t("queue.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td maw={240} style={{ overflowWrap: "anywhere" }}>
                {entry.recipient}
              </Table.Td>
              <Table.Td maw={240} style={{ overflowWrap: "anywhere" }}>
                {entry.sender || t("queue.noSender")}
              </Table.Td>
              <Table.Td miw={140}>
                <Tag color={stateColors[entry.state]}>{t(`queue.state.${entry.state}`)}</Tag>
                {entry.state === "waiting" ? (
                  <Text size="xs" c="dimmed">
                    {t("queue.next", { count: entry.attempts, when: format.relative(Date.parse(entry.nextAt)) })}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{format.relative(Date.parse(entry.createdAt))}</Table.Td>
              <Table.Td miw={220} maw={320} style={{ overflowWrap: "anywhere" }}>
                {entry.lastReply ?? ""}
              </Table.Td>
              <Table.Td>
                {entry.state === "waiting" || entry.state === "held" ? (
                  <Group gap="xs" wrap="nowrap">
                    <RowButton
                      name={t(entry.state === "held" ? "queue.letGoOf" : "queue.retryOf", {
                        address: entry.recipient,
                      })}
                      onClick={() => void retry(entry)}
                    >
                      {t(entry.state === "held" ? "queue.letGo" : "queue.retry")}
                    </RowButton>
                    <RowButton
                      name={t("queue.dropOf", { address: entry.recipient })}
                      onClick={() => setDropping(entry)}
                    >
                      {t("queue.drop")}
                    </RowButton>
                  </Group>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {dropping === null ? null : (
        <ConfirmAction
          opened
          onClose={() => setDropping(null)}
          title={t("queue.dropTitle", { address: dropping.recipient })}
          action={t("queue.drop")}
          onConfirm={() => change(dropping, "drop")}
        >
          <Text>{t("queue.dropHint")}</Text>
        </ConfirmAction>
      )}
    </>
  );
}
