import { sinkListSchema, sinkTextSchema } from "@casaforte/contract/mailflow";
import { Dialog, EmptyState, ErrorState, LoadingState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Anchor, Button, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

const refreshMs = 5_000;
const pageSize = 50;

/** What a demonstration kept instead of sending it out. */
export function Outbox() {
  const t = useT();
  const format = useFormat();
  const [shown, setShown] = useState<{ readonly id: string; readonly subject: string } | null>(null);
  const messages = useInfiniteQuery({
    queryKey: ["sink"],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/mail-sink", { query: { limit: pageSize, before: pageParam }, reply: sinkListSchema, signal }),
    getNextPageParam: (page) => (page.messages.length < pageSize ? undefined : page.messages.at(-1)?.id),
    refetchInterval: refreshMs,
  });
  const rows = messages.data?.pages.flatMap((page) => page.messages) ?? [];
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("outbox.title")}
      </Title>
      <Text c="dimmed">{t("outbox.hint")}</Text>
      {messages.isPending ? <LoadingState /> : null}
      {messages.isError ? <ErrorState error={messages.error} onRetry={() => void messages.refetch()} /> : null}
      {messages.data && rows.length === 0 ? <EmptyState title={t("outbox.none")} text={t("outbox.noneHint")} /> : null}
      {rows.length > 0 ? (
        <ScrollTable label={t("outbox.title")} minWidth={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("outbox.when")}</Table.Th>
              <Table.Th>{t("outbox.from")}</Table.Th>
              <Table.Th>{t("outbox.to")}</Table.Th>
              <Table.Th>{t("outbox.subject")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((message) => {
              const subject = message.subject || t("outbox.noSubject");
              return (
                <Table.Tr key={message.id}>
                  <Table.Td>{format.dateTime(Date.parse(message.at))}</Table.Td>
                  <Table.Td>{message.sender}</Table.Td>
                  <Table.Td>{message.recipients.join(", ")}</Table.Td>
                  <Table.Td>
                    <Anchor
                      component="button"
                      inherit
                      ta="left"
                      aria-label={t("outbox.open", { subject })}
                      onClick={() => setShown({ id: message.id, subject })}
                    >
                      {subject}
                    </Anchor>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </ScrollTable>
      ) : null}
      {messages.hasNextPage ? (
        <Button variant="default" loading={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      {shown ? (
        <Dialog opened onClose={() => setShown(null)} title={shown.subject} size="lg">
          <MessageText id={shown.id} />
        </Dialog>
      ) : null}
    </Stack>
  );
}

/** The readable text; shown as text, whatever it holds. */
function MessageText({ id }: { readonly id: string }) {
  const text = useQuery({
    queryKey: ["sink", id],
    queryFn: ({ signal }) => callChecked(`/api/mail-sink/${id}/text`, { reply: sinkTextSchema, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={text}>
      {(message) => (
        <Text component="pre" ff="inherit" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {message.text}
        </Text>
      )}
    </Loaded>
  );
}
