import { queueListSchema } from "@casaforte/contract/mailflow";
import type { DeskNoticeReply } from "@casaforte/contract/notices";
import { operatorTicketListSchema } from "@casaforte/contract/tickets";
import { useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { queryOptions, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { approvalsQuery } from "../billing/billing-queries.ts";
import { noticesQuery } from "../notices/desk-queries.ts";
import { useT } from "../translate.ts";

const refetchInterval = 60_000;
const shownMax = 200;

const ticketsQuery = queryOptions({
  queryKey: ["tickets", "board"],
  queryFn: ({ signal }) =>
    callChecked("/api/desk/tickets", { query: { count: 1 }, reply: operatorTicketListSchema, signal }),
  refetchInterval,
});
const queueQuery = queryOptions({
  queryKey: ["queue", "board"],
  queryFn: ({ signal }) =>
    callChecked("/api/mail-queue", { query: { state: "waiting", limit: shownMax }, reply: queueListSchema, signal }),
  refetchInterval,
});

/** What waits in the queues that people work through: requests, incidents, mail, second signatures (ux.md O1). */
export function MorningWaiting() {
  const t = useT();
  const tickets = useQuery(ticketsQuery);
  const notices = useQuery(noticesQuery);
  const queue = useQuery(queueQuery);
  const approvals = useQuery({ ...approvalsQuery, refetchInterval });
  // Maintenance that was announced is not under way.
  const isUnderWay = ({ closedAt, state }: DeskNoticeReply) => closedAt === null && state !== "planned";
  const openNotices = notices.data?.notices.filter(isUnderWay).length ?? 0;
  const openFaults = notices.data?.faults.filter(({ closedAt }) => closedAt === null).length ?? 0;
  const tried = queue.data?.entries.filter(({ attempts }) => attempts > 0).length ?? 0;
  const overdue = tickets.data?.overdue ?? 0;
  const toSign = approvals.data?.approvals.filter(({ mayApprove }) => mayApprove).length ?? 0;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
      <Waiting to="/tickets" name={t("nav.tickets")} query={tickets} isUrgent={overdue > 0}>
        {t("morning.tickets", { count: tickets.data?.counts.open ?? 0 })}
        {overdue > 0 ? `, ${t("morning.overdue", { count: overdue })}` : ""}
      </Waiting>
      <Waiting to="/notices" name={t("nav.notices")} query={notices} isUrgent={openNotices + openFaults > 0}>
        {t("morning.notices", { count: openNotices })}
        {openFaults > 0 ? `, ${t("morning.faults", { count: openFaults })}` : ""}
      </Waiting>
      <Waiting to="/queue" name={t("nav.queue")} query={queue} isUrgent={tried > 0}>
        {queue.data?.entries.length === shownMax
          ? t("morning.queueMany", { count: shownMax })
          : t("morning.queue", { count: queue.data?.entries.length ?? 0 })}
        {tried > 0 ? `, ${t("morning.deferred", { count: tried })}` : ""}
      </Waiting>
      <Waiting to="/approvals" name={t("nav.approvals")} query={approvals} isUrgent={toSign > 0}>
        {t("morning.approvals", { count: toSign })}
      </Waiting>
    </SimpleGrid>
  );
}

/** One queue with its figure and the figure's age; an error leaves the last good one standing and says so. */
function Waiting({
  to,
  name,
  query,
  isUrgent,
  children,
}: {
  readonly to: "/tickets" | "/notices" | "/queue" | "/approvals";
  readonly name: string;
  readonly query: UseQueryResult<unknown>;
  readonly isUrgent: boolean;
  readonly children: readonly string[] | string;
}) {
  const t = useT();
  const format = useFormat();
  const hasData = query.data !== undefined;
  return (
    <Stack gap={0}>
      <Anchor size="sm" renderRoot={(props) => <Link {...props} to={to} />}>
        {name}
      </Anchor>
      <Text size="sm" fw={isUrgent ? 700 : 400}>
        {hasData ? children : t(query.isError ? "morning.unreadable" : "morning.reading")}
      </Text>
      {hasData ? (
        <Text size="xs" c="dimmed">
          {query.isError
            ? t("morning.stale", { time: format.dateTime(query.dataUpdatedAt) })
            : t("morning.readAt", { time: format.time(query.dataUpdatedAt) })}
        </Text>
      ) : null}
    </Stack>
  );
}
