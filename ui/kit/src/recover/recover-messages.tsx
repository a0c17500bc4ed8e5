import { type DeletedMessagesReply, deletedMessagesSchema, recoveredMessagesSchema } from "@casaforte/contract/recover";
import { Button, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { ScrollTable } from "../components/scroll-table.tsx";
import { EmptyState, ErrorState, LoadingState, ProblemAlert } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { ListSearch } from "../console/list-search.tsx";
import { useFormat } from "../format.ts";
import { useTranslate } from "../i18n/i18n.ts";

export interface RecoverMessagesProps {
  /** Where the deleted messages of one mailbox are listed; `/restore` below it brings them back. */
  readonly url: string;
  readonly onRecovered?: () => void;
}

const pageRows = 50;
const searchDelayMs = 300;

/** Messages that were deleted for good and can still be brought back: searched, chosen, restored. */
export function RecoverMessages({ url, onRecovered }: RecoverMessagesProps) {
  const t = useTranslate();
  const [search, setSearch] = useState("");
  const { rows, next, days, error, isBusy, read, forget } = useDeleted(url, search);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [trouble, setTrouble] = useState<unknown>(null);
  const [done, setDone] = useState<number | null>(null);
  const [isRestoring, setRestoring] = useState(false);
  const restore = async (): Promise<void> => {
    setRestoring(true);
    setTrouble(null);
    try {
      const ids = [...chosen].slice(0, 100);
      const reply = await callChecked(`${url}/restore`, {
        method: "POST",
        body: { ids },
        reply: recoveredMessagesSchema,
      });
      forget(ids);
      setChosen(new Set([...chosen].filter((id) => !ids.includes(id))));
      setDone(reply.recovered);
      onRecovered?.();
    } catch (problem) {
      setTrouble(problem);
    } finally {
      setRestoring(false);
    }
  };
  return (
    <Stack>
      <Text size="sm">{t("kit.recover.hint", { days })}</Text>
      <ListSearch label={t("kit.recover.search")} value={search} onChange={setSearch} maxLength={200} />
      {error !== null ? <ErrorState error={error} onRetry={() => void read(null)} /> : null}
      {rows === null && error === null ? <LoadingState /> : null}
      {rows?.length === 0 ? (
        <EmptyState title={t(search.trim() === "" ? "kit.recover.none" : "kit.recover.noMatch")} />
      ) : null}
      {rows !== null && rows.length > 0 ? (
        <Rows
          rows={rows}
          chosen={chosen}
          onToggle={(id) => {
            const ids = new Set(chosen);
            if (!ids.delete(id)) ids.add(id);
            setChosen(ids);
          }}
        />
      ) : null}
      {next === null ? null : (
        <Group>
          <Button variant="default" loading={isBusy} onClick={() => void read(next)}>
            {t("kit.recover.more")}
          </Button>
        </Group>
      )}
      <ProblemAlert error={trouble} />
      <Group>
        {rows !== null && rows.length > 0 ? (
          <Button disabled={chosen.size === 0} loading={isRestoring} onClick={() => void restore()}>
            {t("kit.recover.restore", { count: chosen.size })}
          </Button>
        ) : null}
        <Text size="sm" aria-live="polite">
          {done === null ? "" : t("kit.recover.done", { count: done })}
        </Text>
      </Group>
    </Stack>
  );
}

type Row = DeletedMessagesReply["messages"][number];

/** The list as far as it was read; another search begins it anew, and an answer to an earlier one is not shown. */
function useDeleted(url: string, search: string) {
  const [page, setPage] = useState<{ rows: readonly Row[]; next: string | null } | null>(null);
  const [days, setDays] = useState(14);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const read = useCallback(
    async (after: string | null, signal?: AbortSignal): Promise<void> => {
      setBusy(true);
      setError(null);
      try {
        const query = { search: search.trim(), limit: pageRows, ...(after === null ? {} : { after }) };
        const reply = await callChecked(url, {
          query,
          reply: deletedMessagesSchema,
          ...(signal === undefined ? {} : { signal }),
        });
        if (signal?.aborted) return;
        setDays(reply.days);
        setPage((before) => ({
          rows: after === null ? reply.messages : [...(before?.rows ?? []), ...reply.messages],
          next: reply.next,
        }));
      } catch (problem) {
        if (!signal?.aborted) setError(problem);
      } finally {
        setBusy(false);
      }
    },
    [url, search],
  );
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => void read(null, stop.signal), search === "" ? 0 : searchDelayMs);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [read, search]);
  const forget = (ids: readonly string[]): void =>
    setPage((before) => before && { ...before, rows: before.rows.filter(({ id }) => !ids.includes(id)) });
  return { rows: page?.rows ?? null, next: page?.next ?? null, days, error, isBusy, read, forget };
}

function Rows({
  rows,
  chosen,
  onToggle,
}: {
  readonly rows: readonly Row[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
}) {
  const t = useTranslate();
  const format = useFormat();
  return (
    <ScrollTable label={t("kit.recover.title")} minWidth={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("kit.recover.message")}</Table.Th>
          <Table.Th>{t("kit.recover.deleted")}</Table.Th>
          <Table.Th>{t("kit.recover.folder")}</Table.Th>
          <Table.Th ta="right">{t("kit.recover.size")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td>
              <Checkbox
                checked={chosen.has(row.id)}
                onChange={() => onToggle(row.id)}
                label={row.subject || t("kit.recover.noSubject")}
                description={row.sender}
              />
            </Table.Td>
            <Table.Td>
              {row.deletedAt === null ? t("kit.recover.justNow") : format.dateTime(Date.parse(row.deletedAt))}
            </Table.Td>
            <Table.Td>{row.folder ?? t("kit.recover.inbox")}</Table.Td>
            <Table.Td ta="right">{format.bytes(row.sizeBytes)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
