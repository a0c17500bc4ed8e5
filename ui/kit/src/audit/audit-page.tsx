import { type AuditEntryReply, auditReplySchema } from "@casaforte/contract/audit";
import { peopleReplySchema } from "@casaforte/contract/people";
import { Anchor, Button, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SessionReply } from "../auth-api.ts";
import { ScrollTable } from "../components/scroll-table.tsx";
import { EmptyState, ErrorState, LoadingState } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { useFormat } from "../format.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { AuditEntryDialog } from "./audit-entry.tsx";
import { type AuditChoice, AuditFilter, auditQuery, everything } from "./audit-filter.tsx";
import { auditTexts, useActionText, useAuditText } from "./audit-text.ts";
import { ChainCheck } from "./chain-check.tsx";

const pageSize = 50;
const peopleMax = 200;

export interface AuditPageProps {
  readonly session: SessionReply;
  /** Operators only: whose log; the provider's own when absent. */
  readonly tenantId?: string;
  /** Of the organisation whose log it is, after the title. */
  readonly of?: string;
}

/** Who did what, newest first (R89, C20). */
export function AuditPage(props: AuditPageProps) {
  return (
    <WithTexts catalogues={auditTexts}>
      <Audit {...props} />
    </WithTexts>
  );
}

function Audit({ session, tenantId, of }: AuditPageProps) {
  const t = useAuditText();
  const [choice, setChoice] = useState<AuditChoice>(everything);
  const query = useInfiniteQuery({
    queryKey: ["audit", tenantId ?? "", choice],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/audit", {
        query: { ...auditQuery(choice, tenantId), cursor: pageParam, count: pageSize },
        reply: auditReplySchema,
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Stack>
      <Title order={1} size="h2">
        {of === undefined ? t("audit.title") : t("audit.titleOf", { name: of })}
      </Title>
      <ChainCheck tenantId={tenantId} />
      <AuditFilter value={choice} onChange={setChoice} tenantId={tenantId} />
      {query.isPending ? <LoadingState /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && rows.length === 0 ? <EmptyState title={t("audit.none")} text={t("audit.noneHint")} /> : null}
      {rows.length > 0 ? <AuditTable rows={rows} session={session} /> : null}
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("audit.more")}
        </Button>
      ) : null}
    </Stack>
  );
}

/** Names of the people whom the reader may list; others stay ids. */
function useActorNames(session: SessionReply): ReadonlyMap<string, string> {
  const mayList = session.role === "owner" || session.role === "admin" || session.operatorRoles.includes("security");
  const people = useQuery({
    queryKey: ["people", "names"],
    queryFn: ({ signal }) =>
      callChecked("/api/people", { query: { count: peopleMax }, reply: peopleReplySchema, signal }),
    enabled: mayList,
  });
  const names = new Map((people.data?.people ?? []).map((person) => [person.id, person.displayName || person.login]));
  return names.set(session.principalId, session.displayName || session.login);
}

function AuditTable({ rows, session }: { readonly rows: readonly AuditEntryReply[]; readonly session: SessionReply }) {
  const t = useAuditText();
  const action = useActionText();
  const format = useFormat();
  const names = useActorNames(session);
  const [shown, setShown] = useState<AuditEntryReply | null>(null);
  const actorOf = (entry: AuditEntryReply): string => {
    // A person's id is told by its end; which part of the program acted, nobody outside can tell apart.
    const id = entry.actorKind === "system" ? "" : (entry.actorId ?? "");
    const short = id.slice(-8);
    return names.get(id) ?? `${t(`audit.actor.${entry.actorKind}`)} ${short}`.trimEnd();
  };
  return (
    <>
      <ScrollTable label={t("audit.title")} minWidth={680}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("audit.when")}</Table.Th>
            <Table.Th>{t("audit.actor")}</Table.Th>
            <Table.Th>{t("audit.action")}</Table.Th>
            <Table.Th>{t("audit.ip")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((entry) => (
            <Table.Tr key={entry.id}>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{format.dateTime(Date.parse(entry.at))}</Table.Td>
              <Table.Td>{actorOf(entry)}</Table.Td>
              <Table.Td>
                <Anchor component="button" inherit ta="left" onClick={() => setShown(entry)}>
                  {action(entry.action)}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Text size="sm" ff="monospace">
                  {entry.actorIp ?? ""}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {shown === null ? null : <AuditEntryDialog entry={shown} actor={actorOf(shown)} onClose={() => setShown(null)} />}
    </>
  );
}
