import { type QuarantinedReply, quarantineListSchema } from "@casaforte/contract/mailflow";
import { callApi, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, ListSearch, RowButton } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

const searchDelayMs = 250;
const pageSize = 50;

/** Mail held back as unwanted: let it through, or throw it away. */
export function Quarantine() {
  const t = useT();
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), searchDelayMs);
  const held = useInfiniteQuery({
    queryKey: ["quarantine", settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/mail-quarantine", {
        query: { text: settled, limit: pageSize, ...(pageParam === "" ? {} : { before: pageParam }) },
        reply: quarantineListSchema,
        signal,
      }),
    getNextPageParam: ({ messages }) => (messages.length < pageSize ? undefined : messages.at(-1)?.id),
    placeholderData: (before) => before,
  });
  const rows = held.data?.pages.flatMap((page) => page.messages) ?? [];
  return (
    <Stack>
      <ListSearch label={t("quarantine.search")} value={text} onChange={setText} />
      {held.isPending ? <LoadingState /> : null}
      {held.isError ? <ErrorState error={held.error} onRetry={() => void held.refetch()} /> : null}
      {held.data && rows.length === 0 ? (
        <EmptyState title={t("quarantine.none")} text={settled === "" ? t("quarantine.noneHint") : ""} />
      ) : null}
      {rows.length > 0 ? <HeldTable rows={rows} /> : null}
      {held.hasNextPage ? (
        <Button variant="default" loading={held.isFetchingNextPage} onClick={() => void held.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
    </Stack>
  );
}

function HeldTable({ rows }: { readonly rows: readonly QuarantinedReply[] }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState<QuarantinedReply | null>(null);
  const [error, setError] = useState<unknown>(null);
  const decide = async (message: QuarantinedReply, verb: "release" | "delete"): Promise<void> => {
    await callApi(`/api/mail-quarantine/${message.id}/${verb}`, { method: "POST" });
    await client.invalidateQueries({ queryKey: ["quarantine"] });
  };
  const release = async (message: QuarantinedReply): Promise<void> => {
    setError(null);
    await decide(message, "release").catch(setError);
  };
  return (
    <>
      <ProblemAlert error={error} />
      <ScrollTable label={t("delivery.quarantine")} minWidth={760} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("quarantine.message")}</Table.Th>
            <Table.Th>{t("quarantine.to")}</Table.Th>
            <Table.Th>{t("quarantine.why")}</Table.Th>
            <Table.Th>{t("quarantine.held")}</Table.Th>
            <Table.Th>{t("quarantine.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((message) => (
            <Table.Tr key={message.id}>
              <Table.Td maw={320} style={{ overflowWrap: "anywhere" }}>
                <Text size="sm" fw={600}>
                  {message.subject || t("trace.noSubject")}
                </Text>
                <Text size="xs" c="dimmed">
                  {message.from || message.sender}
                </Text>
              </Table.Td>
              <Table.Td>{message.recipient}</Table.Td>
              <Table.Td maw={240} style={{ overflowWrap: "anywhere" }}>
                <Text size="sm">{t("quarantine.score", { score: message.score })}</Text>
                <Text size="xs" c="dimmed">
                  {message.reasons.join(", ")}
                </Text>
              </Table.Td>
              <Table.Td>
                {format.relative(Date.parse(message.heldAt))}
                <Text size="xs" c="dimmed">
                  {t("quarantine.until", { date: format.date(Date.parse(message.keptUntil)) })}
                </Text>
              </Table.Td>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  <RowButton
                    name={t("quarantine.releaseOf", { subject: message.subject, address: message.recipient })}
                    onClick={() => void release(message)}
                  >
                    {t("quarantine.release")}
                  </RowButton>
                  <RowButton
                    name={t("quarantine.deleteOf", { subject: message.subject, address: message.recipient })}
                    onClick={() => setDeleting(message)}
                  >
                    {t("quarantine.delete")}
                  </RowButton>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {deleting === null ? null : (
        <ConfirmAction
          opened
          onClose={() => setDeleting(null)}
          title={t("quarantine.deleteTitle", { subject: deleting.subject || t("trace.noSubject") })}
          action={t("quarantine.delete")}
          onConfirm={() => decide(deleting, "delete")}
        >
          <Text>{t("quarantine.deleteHint")}</Text>
        </ConfirmAction>
      )}
    </>
  );
}
