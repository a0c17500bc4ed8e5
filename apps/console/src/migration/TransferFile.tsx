import { ApiProblem, ProblemAlert, ScrollTable, useProblemSentence } from "@casaforte/ui-kit";
import { downloadText } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, FileButton, Group, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { formatCsv } from "../mail/csv.ts";
import { decodeFile } from "../mail/read-accounts-csv.ts";
import { MigrationTexts, useMigrationText } from "./migration-text.tsx";
import { type ReadTransfers, readTransfersCsv, type TransferRow, transferFileLimits } from "./read-transfers-csv.ts";
import { requestRows } from "./TransferForm.tsx";

const partRows = 50;

/** Many mailboxes at once, from a CSV file with their servers and passwords. */
export const TransferFile = () => (
  <MigrationTexts>
    <FilePage />
  </MigrationTexts>
);

interface Outcome {
  readonly row: TransferRow;
  /** Null: it was started. */
  readonly code: string | null;
}

function FilePage() {
  const t = useMigrationText();
  const [rows, setRows] = useState<readonly TransferRow[] | null>(null);
  return (
    <Stack maw={960}>
      <Anchor renderRoot={(props) => <Link {...props} to="/migration" />}>← {t("migration.title")}</Anchor>
      <Title order={1} size="h2">
        {t("migration.fileTitle")}
      </Title>
      {rows === null ? <ChooseFile onRows={setRows} /> : <StartAll rows={rows} />}
    </Stack>
  );
}

type Unreadable = Exclude<ReadTransfers["kind"], "rows"> | "too_large";

function ChooseFile({ onRows }: { readonly onRows: (rows: readonly TransferRow[]) => void }) {
  const t = useMigrationText();
  const [unreadable, setUnreadable] = useState<Unreadable | null>(null);
  const take = async (file: File | null): Promise<void> => {
    if (!file) return;
    if (file.size > transferFileLimits.fileBytesMax) return setUnreadable("too_large");
    const read = readTransfersCsv(decodeFile(await file.arrayBuffer()));
    if (read.kind === "rows") return onRows(read.rows);
    setUnreadable(read.kind);
  };
  const example = [
    ["address", "host", "port", "user", "password"],
    ["anna@example.org", "imap.old-provider.example", "993", "anna@example.org", "secret"],
  ];
  return (
    <Stack align="flex-start">
      <Text>{t("migration.fileIntro")}</Text>
      <Text size="sm" c="dimmed">
        {t("migration.fileNote")}
      </Text>
      {unreadable === null ? null : (
        <Alert color="red" role="alert">
          {t(`migration.unreadable.${unreadable}`)}
        </Alert>
      )}
      <Group>
        <FileButton
          onChange={(file) => void take(file)}
          accept=".csv,text/csv,text/plain"
          inputProps={{ "aria-label": t("migration.file") }}
        >
          {(props) => <Button {...props}>{t("migration.choose")}</Button>}
        </FileButton>
        <Button
          variant="default"
          onClick={() => downloadText("migration.csv", "text/csv;charset=utf-8", formatCsv(example))}
        >
          {t("migration.example")}
        </Button>
      </Group>
    </Stack>
  );
}

function StartAll({ rows }: { readonly rows: readonly TransferRow[] }) {
  const t = useMigrationText();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const start = useMutation({
    // Goes on behind what was answered; a row that was started already says so and is not started twice.
    mutationFn: async () => {
      let known = outcomes;
      while (known.length < rows.length) {
        const part = rows.slice(known.length, known.length + partRows);
        const reply = await requestRows(part);
        known = [...known, ...part.map((row, at) => ({ row, code: reply.rows[at]?.code ?? null }))];
        setOutcomes(known);
      }
    },
  });
  const started = outcomes.filter(({ code }) => code === null).length;
  const wrong = outcomes.filter(({ code }) => code !== null);
  const isDone = outcomes.length === rows.length;
  return (
    <Stack align="stretch">
      {isDone ? (
        <Alert color={wrong.length === 0 ? "green" : "orange"} variant="light" role="status">
          <Text fw={600}>{t("migration.started", { count: started })}</Text>
          {wrong.length > 0 ? <Text size="sm">{t("migration.wrong", { count: wrong.length })}</Text> : null}
        </Alert>
      ) : (
        <Text>{t("migration.ready", { count: rows.length })}</Text>
      )}
      {start.isPending ? (
        <Progress value={(100 * outcomes.length) / rows.length} aria-label={t("migration.progress")} />
      ) : null}
      <ProblemAlert error={start.error} />
      <Group>
        {isDone ? null : (
          <Button loading={start.isPending} onClick={() => start.mutate()}>
            {t("migration.startAll", { count: rows.length - outcomes.length })}
          </Button>
        )}
        <Button variant={isDone ? "filled" : "default"} renderRoot={(props) => <Link {...props} to="/migration" />}>
          {t("migration.back")}
        </Button>
      </Group>
      {wrong.length > 0 ? <WrongRows wrong={wrong} /> : null}
    </Stack>
  );
}

function WrongRows({ wrong }: { readonly wrong: readonly Outcome[] }) {
  const t = useMigrationText();
  const sentence = useProblemSentence();
  return (
    <ScrollTable label={t("migration.file")} minWidth={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("migration.line")}</Table.Th>
          <Table.Th>{t("migration.mailbox")}</Table.Th>
          <Table.Th>{t("migration.reason")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {wrong.map(({ row, code }) => (
          <Table.Tr key={row.line}>
            <Table.Td>{row.line}</Table.Td>
            <Table.Td>{row.address}</Table.Td>
            <Table.Td>{code === null ? "" : sentence(new ApiProblem(422, code, code))}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
