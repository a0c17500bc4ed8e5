import { type OperatorTicketReply, operatorTicketListSchema } from "@casaforte/contract/tickets";
import { Anchor, Button, Group, SegmentedControl, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ScrollTable } from "../components/scroll-table.tsx";
import { EmptyState, ErrorState, LoadingState } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { ListSearch } from "../console/list-search.tsx";
import { Tag } from "../console/tag.tsx";
import { useFormat } from "../format.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { RequestForm } from "./request-form.tsx";
import { type Filter, filters, stateColors } from "./tickets-page.tsx";
import { ticketTexts, useTicketText } from "./tickets-text.ts";

const searchDelayMs = 250;
const refreshMs = 10_000;
const severityColors = { low: "gray", normal: "gray", high: "orange", urgent: "red" } as const;

export interface QueuePageProps {
  readonly mayWrite: boolean;
  readonly onOpen: (ticket: { readonly tenantId: string; readonly id: string }) => void;
}

/** The operators' queue, what is due first on top; j and k move, Enter opens, / searches. */
export function QueuePage(props: QueuePageProps) {
  return (
    <WithTexts catalogues={ticketTexts}>
      <Queue {...props} />
    </WithTexts>
  );
}

function Queue({ mayWrite, onOpen }: QueuePageProps) {
  const t = useTicketText();
  const client = useQueryClient();
  const [state, setState] = useState<Filter>("active");
  const [isMine, setMine] = useState(false);
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search.trim(), searchDelayMs);
  const [isCalling, { open, close }] = useDisclosure(false);
  const searchField = useRef<HTMLInputElement>(null);
  const tickets = useInfiniteQuery({
    queryKey: ["tickets", "queue", state, isMine, settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/desk/tickets", {
        query: { state, mine: String(isMine), search: settled, cursor: pageParam },
        reply: operatorTicketListSchema,
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
    refetchInterval: refreshMs,
  });
  const rows = tickets.data?.pages.flatMap((page) => page.tickets) ?? [];
  const counts = tickets.data?.pages[0]?.counts;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("tickets.title")}
          {counts ? ` · ${counts.open}` : ""}
        </Title>
        {mayWrite ? (
          <Button variant="default" onClick={open}>
            {t("tickets.phone")}
          </Button>
        ) : null}
      </Group>
      <Group>
        <SegmentedControl
          aria-label={t("tickets.filter")}
          value={state}
          onChange={(value) => setState(value as Filter)}
          data={filters.map((value) => ({ value, label: t(`tickets.filter.${value}`) }))}
        />
        <ListSearch ref={searchField} label={t("tickets.search")} value={search} onChange={setSearch} flex={1} />
        <Switch label={t("tickets.mine")} checked={isMine} onChange={(event) => setMine(event.currentTarget.checked)} />
      </Group>
      {tickets.isPending ? <LoadingState /> : null}
      {tickets.isError ? <ErrorState error={tickets.error} onRetry={() => void tickets.refetch()} /> : null}
      {tickets.data && rows.length === 0 ? (
        settled === "" && state === "active" ? (
          <EmptyState title={t("tickets.noneQueue")} text={t("tickets.noneQueueHint")} />
        ) : (
          <EmptyState title={t("tickets.noMatch")} />
        )
      ) : null}
      {rows.length > 0 ? (
        <QueueTable rows={rows} onOpen={onOpen} onSearch={() => searchField.current?.focus()} />
      ) : null}
      {tickets.hasNextPage ? (
        <Button variant="default" loading={tickets.isFetchingNextPage} onClick={() => void tickets.fetchNextPage()}>
          {t("tickets.more")}
        </Button>
      ) : null}
      <Dialog opened={isCalling} onClose={close} title={t("tickets.phone")} size="lg">
        <RequestForm
          isForCaller
          onOpened={() => {
            close();
            void client.invalidateQueries({ queryKey: ["tickets"] });
          }}
        />
      </Dialog>
    </Stack>
  );
}

function QueueTable({
  rows,
  onOpen,
  onSearch,
}: {
  readonly rows: readonly OperatorTicketReply[];
  readonly onOpen: QueuePageProps["onOpen"];
  readonly onSearch: () => void;
}) {
  const t = useTicketText();
  const format = useFormat();
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
      const buttons = [...(body.current?.querySelectorAll<HTMLButtonElement>("button[data-ticket]") ?? [])];
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
      if (event.key === "j") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
      else if (event.key === "k") buttons[Math.max(at - 1, 0)]?.focus();
      else if (event.key === "/") {
        event.preventDefault();
        onSearch();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onSearch]);
  return (
    <>
      <ScrollTable label={t("tickets.title")} minWidth={860} verticalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("tickets.number")}</Table.Th>
            <Table.Th>{t("tickets.subject")}</Table.Th>
            <Table.Th>{t("tickets.customer")}</Table.Th>
            <Table.Th>{t("tickets.severity")}</Table.Th>
            <Table.Th>{t("tickets.state")}</Table.Th>
            <Table.Th>{t("tickets.due")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {rows.map((ticket) => (
            <Table.Tr key={ticket.id}>
              <Table.Td>#{ticket.number}</Table.Td>
              <Table.Td>
                <Anchor
                  component="button"
                  data-ticket
                  inherit
                  ta="left"
                  onClick={() => onOpen({ tenantId: ticket.tenantId, id: ticket.id })}
                >
                  {ticket.subject}
                </Anchor>
              </Table.Td>
              <Table.Td>
                {ticket.isQuarantined ? t("tickets.quarantine") : ticket.tenantName}
                <Text size="xs" c="dimmed">
                  {ticket.requesterAddress}
                </Text>
              </Table.Td>
              <Table.Td>
                <Tag color={severityColors[ticket.severity]}>{t(`tickets.severity.${ticket.severity}`)}</Tag>
              </Table.Td>
              <Table.Td>
                <Tag color={stateColors[ticket.state]}>{t(`tickets.state.${ticket.state}`)}</Tag>
              </Table.Td>
              <Table.Td>
                {ticket.reactedAt === null ? format.relative(Date.parse(ticket.reactionDueAt)) : "—"}
                {ticket.isOverdue ? (
                  <Text size="xs" c="var(--mantine-color-error)">
                    {t("tickets.overdue")}
                  </Text>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Text size="xs" c="dimmed">
        {t("tickets.keys")}
      </Text>
    </>
  );
}
