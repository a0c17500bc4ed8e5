import { type TicketReply, ticketListSchema } from "@casaforte/contract/tickets";
import { Alert, Anchor, Button, Group, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ScrollTable } from "../components/scroll-table.tsx";
import { EmptyState, ErrorState, LoadingState } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { ListSearch } from "../console/list-search.tsx";
import { Tag } from "../console/tag.tsx";
import { useAddressedDialog } from "../console/use-addressed-dialog.ts";
import { useFormat } from "../format.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { RequestForm } from "./request-form.tsx";
import { ticketTexts, useTicketText } from "./tickets-text.ts";

const searchDelayMs = 250;
export const stateColors = { open: "orange", waiting_customer: "gray", solved: "green", closed: "gray" } as const;
export const filters = ["active", "ended", "all"] as const;
export type Filter = (typeof filters)[number];

export interface TicketsPageProps {
  readonly supportAddress: string;
  readonly mayWrite: boolean;
  /** With the form for a new request open about this at once; `""`: about nothing yet. */
  readonly about?: string | undefined;
  /** That form was closed. */
  readonly onAsked: () => void;
  readonly onOpen: (id: string) => void;
}

/** The customer's requests, newest first (R16–R19). */
export function TicketsPage(props: TicketsPageProps) {
  return (
    <WithTexts catalogues={ticketTexts}>
      <Tickets {...props} />
    </WithTexts>
  );
}

function Tickets({ supportAddress, mayWrite, about, onAsked, onOpen }: TicketsPageProps) {
  const t = useTicketText();
  const client = useQueryClient();
  const [state, setState] = useState<Filter>("active");
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search.trim(), searchDelayMs);
  const [isOpening, { open, close }] = useAddressedDialog(about !== undefined && mayWrite, onAsked);
  const [told, setTold] = useState<TicketReply | null>(null);
  const tickets = useInfiniteQuery({
    queryKey: ["tickets", state, settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/tickets", {
        query: { state, search: settled, cursor: pageParam },
        reply: ticketListSchema,
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = tickets.data?.pages.flatMap((page) => page.tickets) ?? [];
  const newButton = mayWrite ? <Button onClick={open}>{t("tickets.new")}</Button> : null;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("tickets.title")}
        </Title>
        {newButton}
      </Group>
      <Text c="dimmed" size="sm">
        {t("tickets.byMail", { address: supportAddress })}
      </Text>
      {told === null ? null : (
        <Alert
          color="green"
          role="status"
          withCloseButton
          onClose={() => setTold(null)}
          closeButtonLabel={t("kit.close")}
        >
          {t("tickets.sent", { number: `#${told.number}` })}
        </Alert>
      )}
      <Group>
        <SegmentedControl
          aria-label={t("tickets.filter")}
          value={state}
          onChange={(value) => setState(value as Filter)}
          data={filters.map((value) => ({ value, label: t(`tickets.filter.${value}`) }))}
        />
        <ListSearch label={t("tickets.search")} value={search} onChange={setSearch} flex={1} />
      </Group>
      {tickets.isPending ? <LoadingState /> : null}
      {tickets.isError ? <ErrorState error={tickets.error} onRetry={() => void tickets.refetch()} /> : null}
      {tickets.data && rows.length === 0 ? (
        settled === "" ? (
          <EmptyState title={t("tickets.none")} text={t("tickets.noneHint")} action={newButton} />
        ) : (
          <EmptyState title={t("tickets.noMatch")} />
        )
      ) : null}
      {rows.length > 0 ? <TicketTable rows={rows} onOpen={onOpen} /> : null}
      {tickets.hasNextPage ? (
        <Button variant="default" loading={tickets.isFetchingNextPage} onClick={() => void tickets.fetchNextPage()}>
          {t("tickets.more")}
        </Button>
      ) : null}
      <Dialog opened={isOpening} onClose={close} title={t("tickets.new")} size="lg">
        <RequestForm
          {...(about === undefined ? {} : { about })}
          onOpened={(ticket) => {
            close();
            setTold(ticket);
            void client.invalidateQueries({ queryKey: ["tickets"] });
          }}
        />
      </Dialog>
    </Stack>
  );
}

function TicketTable({
  rows,
  onOpen,
}: {
  readonly rows: readonly TicketReply[];
  readonly onOpen: (id: string) => void;
}) {
  const t = useTicketText();
  const format = useFormat();
  return (
    <ScrollTable label={t("tickets.title")} minWidth={620} verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("tickets.number")}</Table.Th>
          <Table.Th>{t("tickets.subject")}</Table.Th>
          <Table.Th>{t("tickets.state")}</Table.Th>
          <Table.Th>{t("tickets.updated")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((ticket) => (
          <Table.Tr key={ticket.id}>
            <Table.Td>#{ticket.number}</Table.Td>
            <Table.Td>
              <Anchor component="button" inherit ta="left" onClick={() => onOpen(ticket.id)}>
                {ticket.subject}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Tag color={ticket.state === "waiting_customer" ? "orange" : stateColors[ticket.state]}>
                {ticket.state === "waiting_customer"
                  ? t("tickets.state.waiting_you")
                  : t(`tickets.state.${ticket.state}`)}
              </Tag>
            </Table.Td>
            <Table.Td>{format.relative(Date.parse(ticket.updatedAt))}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
