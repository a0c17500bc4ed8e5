import type { TransferReply } from "@casaforte/contract/transfers";
import {
  ApiProblem,
  Dialog,
  EmptyState,
  ErrorState,
  LoadingState,
  ProblemAlert,
  ScrollTable,
  useFormat,
  useProblemSentence,
} from "@casaforte/ui-kit";
import { RowButton, Tag } from "@casaforte/ui-kit/console";
import { Button, Group, Progress, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMayWork } from "../may-work.ts";
import { MigrationTexts, useMigrationText } from "./migration-text.tsx";
import { ResumeForm } from "./ResumeForm.tsx";
import { TransferDetail } from "./TransferDetail.tsx";
import { TransferForm } from "./TransferForm.tsx";
import { useTransferAct, useTransfers } from "./transfer-queries.ts";

const colors = {
  waiting: "gray",
  running: "gray",
  retrying: "orange",
  paused: "orange",
  done: "green",
  cancelled: "gray",
} as const;

/** Mail that comes from other servers, and how far it is (R12). */
export const Migration = () => (
  <MigrationTexts>
    <MigrationPage />
  </MigrationTexts>
);

type Opened =
  | { readonly kind: "new" }
  | { readonly kind: "detail" | "resume" | "cancel"; readonly transfer: TransferReply }
  | null;

function MigrationPage() {
  const t = useMigrationText();
  const mayWork = useMayWork("content");
  const transfers = useTransfers();
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  const rows = transfers.data?.pages.flatMap((page) => page.transfers) ?? [];
  const add = mayWork ? <Button onClick={() => setOpened({ kind: "new" })}>{t("migration.add")}</Button> : null;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("migration.title")}
        </Title>
        {mayWork ? (
          <Group gap="xs">
            <Button variant="default" renderRoot={(props) => <Link {...props} to="/migration/file" />}>
              {t("migration.fromFile")}
            </Button>
            {rows.length > 0 ? add : null}
          </Group>
        ) : null}
      </Group>
      <Text size="sm" maw={760}>
        {t("migration.intro")}
      </Text>
      {transfers.isPending ? <LoadingState /> : null}
      {transfers.isError ? <ErrorState error={transfers.error} onRetry={() => void transfers.refetch()} /> : null}
      {transfers.data && rows.length === 0 ? (
        <EmptyState title={t("migration.none")} text={t("migration.noneHint")} action={add} />
      ) : null}
      {rows.length > 0 ? <TransferTable rows={rows} mayWork={mayWork} onOpen={setOpened} /> : null}
      {transfers.hasNextPage ? (
        <Button variant="default" loading={transfers.isFetchingNextPage} onClick={() => void transfers.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <Dialog opened={opened?.kind === "new"} onClose={close} title={t("migration.add")}>
        <TransferForm onDone={close} />
      </Dialog>
      <Dialog
        opened={opened?.kind === "detail"}
        onClose={close}
        title={opened?.kind === "detail" ? opened.transfer.address : ""}
        size="lg"
      >
        {opened?.kind === "detail" ? <TransferDetail id={opened.transfer.id} /> : null}
      </Dialog>
      <Dialog opened={opened?.kind === "resume"} onClose={close} title={t("migration.resume")}>
        {opened?.kind === "resume" ? <ResumeForm transfer={opened.transfer} onDone={close} /> : null}
      </Dialog>
      <Dialog opened={opened?.kind === "cancel"} onClose={close} title={t("migration.cancelTitle")}>
        {opened?.kind === "cancel" ? <ConfirmCancel transfer={opened.transfer} onDone={close} /> : null}
      </Dialog>
    </Stack>
  );
}

function ConfirmCancel({ transfer, onDone }: { readonly transfer: TransferReply; readonly onDone: () => void }) {
  const t = useMigrationText();
  const act = useTransferAct(transfer.id, onDone);
  return (
    <Stack>
      <Text>{t("migration.cancelText", { address: transfer.address })}</Text>
      <ProblemAlert error={act.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("migration.cancelKeep")}
        </Button>
        <Button color="red" loading={act.isPending} onClick={() => act.mutate({ verb: "cancel" })}>
          {t("migration.cancel")}
        </Button>
      </Group>
    </Stack>
  );
}

interface TableProps {
  readonly rows: readonly TransferReply[];
  readonly mayWork: boolean;
  readonly onOpen: (opened: Opened) => void;
}

function TransferTable({ rows, mayWork, onOpen }: TableProps) {
  const t = useMigrationText();
  return (
    <ScrollTable label={t("migration.title")} minWidth={860} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("migration.mailbox")}</Table.Th>
          <Table.Th>{t("migration.state")}</Table.Th>
          <Table.Th w={260}>{t("migration.progress")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("migration.actions")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((transfer) => (
          <TransferLine key={transfer.id} transfer={transfer} mayWork={mayWork} onOpen={onOpen} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function TransferLine({ transfer, mayWork, onOpen }: Omit<TableProps, "rows"> & { readonly transfer: TransferReply }) {
  const mayPause = useMayWork();
  const t = useMigrationText();
  const sentence = useProblemSentence();
  const act = useTransferAct(transfer.id);
  const { address, state, problem } = transfer;
  const shown = state === "running" && problem !== null ? "retrying" : state;
  const isOver = state === "done" || state === "cancelled";
  return (
    <Table.Tr>
      <Table.Td maw={260} style={{ overflowWrap: "anywhere" }}>
        {address}
        <Text size="xs" c="dimmed">
          {t("migration.from", { user: transfer.user, host: transfer.host })}
        </Text>
      </Table.Td>
      <Table.Td maw={280}>
        <Tag color={colors[shown]}>{t(`migration.state.${shown}`)}</Tag>
        {problem === null ? null : (
          <Text size="xs" mt={4}>
            {sentence(new ApiProblem(422, problem, problem))}
          </Text>
        )}
        <ProblemAlert error={act.error} />
      </Table.Td>
      <Table.Td>
        <TransferBar transfer={transfer} />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          {mayPause && !isOver && state !== "paused" ? (
            <RowButton
              name={t("migration.pauseOf", { address })}
              loading={act.isPending}
              onClick={() => act.mutate({ verb: "pause" })}
            >
              {t("migration.pause")}
            </RowButton>
          ) : null}
          {mayWork && state === "paused" ? (
            <RowButton
              name={t("migration.resumeOf", { address })}
              onClick={() => onOpen({ kind: "resume", transfer })}
              variant="filled"
            >
              {t("migration.resume")}
            </RowButton>
          ) : null}
          {mayWork && !isOver ? (
            <RowButton name={t("migration.cancelOf", { address })} onClick={() => onOpen({ kind: "cancel", transfer })}>
              {t("migration.cancel")}
            </RowButton>
          ) : null}
          <RowButton name={t("migration.detailsOf", { address })} onClick={() => onOpen({ kind: "detail", transfer })}>
            {t("migration.details")}
          </RowButton>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function TransferBar({ transfer }: { readonly transfer: TransferReply }) {
  const t = useMigrationText();
  const format = useFormat();
  const { progress, state, address } = transfer;
  const done = progress.copied + progress.known + progress.failed;
  if (progress.folders === 0)
    return (
      <Text size="sm" c="dimmed">
        {state === "running" ? t("migration.counted") : "–"}
      </Text>
    );
  return (
    <Stack gap={4}>
      <Progress
        value={progress.total === 0 ? 100 : (100 * done) / progress.total}
        aria-label={t("migration.detailsOf", { address })}
      />
      <Text size="xs" c="dimmed">
        {t("migration.ofTotal", { done: format.number(done), total: format.number(progress.total) })}
        {progress.known > 0 ? ` · ${t("migration.known", { count: progress.known })}` : ""}
      </Text>
      {progress.failed > 0 ? <Text size="xs">{t("migration.failed", { count: progress.failed })}</Text> : null}
    </Stack>
  );
}
