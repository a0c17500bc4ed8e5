import { ApiProblem, ProblemAlert, ScrollTable, useProblemSentence } from "@casaforte/ui-kit";
import { downloadText, Tag } from "@casaforte/ui-kit/console";
import {
  Alert,
  Anchor,
  Box,
  Button,
  FileButton,
  Group,
  NumberInput,
  Progress,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { formatCsv } from "./csv.ts";
import type { ImportLine } from "./import-lines.ts";
import { MailTexts, useMailText } from "./mail-text.tsx";
import { decodeFile, importLimits, type ReadResult, readAccountsCsv } from "./read-accounts-csv.ts";
import { type Import, useImport } from "./use-import.ts";

const gigabyte = 1_000_000_000;
const rowsShown = 200;
const csvType = "text/csv;charset=utf-8";
const colors = {
  waiting: "gray",
  ready: "orange",
  uninvited: "orange",
  exists: "gray",
  created: "green",
  invited: "green",
  wrong: "red",
} as const;

/** Mailboxes from a CSV file: checked row by row, then what is right is created (R12, C13). */
export const ImportAccounts = () => (
  <MailTexts>
    <ImportPage />
  </MailTexts>
);

function ImportPage() {
  const t = useMailText();
  const run = useImport();
  return (
    <Stack maw={960}>
      <Anchor renderRoot={(props) => <Link {...props} to="/mail" />}>← {t("mail.title")}</Anchor>
      <Title order={1} size="h2">
        {t("import.title")}
      </Title>
      {run.phase === "idle" ? <ChooseFile onRows={run.begin} /> : <Running run={run} />}
    </Stack>
  );
}

function ChooseFile({ onRows }: { readonly onRows: Import["begin"] }) {
  const t = useMailText();
  const [quota, setQuota] = useState<number | string>(10);
  const [unreadable, setUnreadable] = useState<Exclude<ReadResult["kind"], "rows"> | "too_large" | null>(null);
  const take = async (file: File | null): Promise<void> => {
    if (!file) return;
    if (file.size > importLimits.fileBytesMax) return setUnreadable("too_large");
    const read = readAccountsCsv(decodeFile(await file.arrayBuffer()), (Number(quota) || 10) * gigabyte);
    if (read.kind === "rows") return onRows(read.rows);
    setUnreadable(read.kind);
  };
  const example = [
    ["address", "name", "quota_gb", "password"],
    ["anna@example.org", "Anna Bianchi", "10", ""],
  ];
  return (
    <Stack align="flex-start">
      <Text>{t("import.intro")}</Text>
      <Text size="sm" c="dimmed">
        {t("import.noPassword")} {t("import.resumeHint")}
      </Text>
      <NumberInput
        label={t("import.defaultQuota")}
        value={quota}
        onChange={setQuota}
        min={1}
        max={100_000}
        required
        maw={320}
      />
      {unreadable === null ? null : (
        <Alert color="red" role="alert">
          {t(`import.unreadable.${unreadable}`)}
        </Alert>
      )}
      <Group>
        <FileButton
          onChange={(file) => void take(file)}
          accept=".csv,text/csv,text/plain"
          inputProps={{ "aria-label": t("import.file") }}
        >
          {(props) => <Button {...props}>{t("import.choose")}</Button>}
        </FileButton>
        <Button variant="default" onClick={() => downloadText("mailboxes.csv", csvType, formatCsv(example))}>
          {t("import.example")}
        </Button>
      </Group>
    </Stack>
  );
}

function Running({ run }: { readonly run: Import }) {
  const t = useMailText();
  const client = useQueryClient();
  const count = (outcome: ImportLine["outcome"]) => run.lines.filter((line) => line.outcome === outcome).length;
  const ready = count("ready");
  const isBusy = run.phase === "preview" || run.phase === "apply";
  const uninvited = count("uninvited");
  const invited = run.lines.filter(({ invitation }) => invitation !== null);
  const [saved, setSaved] = useState(0);
  const mayLeave = useLinksKept(invited.length > saved);
  const created = count("created");
  const wrong = run.lines.filter((line) => line.outcome === "wrong");
  const reset = () => {
    if (!mayLeave()) return;
    void client.invalidateQueries({ queryKey: ["mail-accounts"] });
    run.reset();
  };
  return (
    <Stack>
      {isBusy && run.error === null ? (
        <div role="status">
          <Text size="sm" mb={4}>
            {t(run.phase === "apply" ? "import.phase.apply" : "import.phase.preview", { done: run.done, of: run.of })}
          </Text>
          <Progress value={run.of === 0 ? 100 : (100 * run.done) / run.of} aria-label={t("import.title")} />
        </div>
      ) : null}
      {run.error === null ? null : (
        <Stack gap="xs" align="flex-start">
          <ProblemAlert error={run.error} />
          <Group>
            <Text size="sm">{t("import.stopped")}</Text>
            <Button size="xs" onClick={run.resume}>
              {t("import.goOn")}
            </Button>
          </Group>
        </Stack>
      )}
      {isBusy ? null : (
        <Alert color={run.phase === "applied" ? "green" : "blue"} variant="light" role="status">
          {run.phase === "applied" || created > 0 ? (
            <Text fw={600}>{t("import.created", { count: created })}</Text>
          ) : null}
          {run.phase === "previewed" ? <Text fw={600}>{t("import.ready", { count: ready })}</Text> : null}
          {count("invited") > 0 ? <Text fw={600}>{t("import.invited", { count: count("invited") })}</Text> : null}
          {uninvited > 0 ? <Text size="sm">{t("import.uninvited", { count: uninvited })}</Text> : null}
          {count("exists") > 0 ? <Text size="sm">{t("import.exists", { count: count("exists") })}</Text> : null}
          {wrong.length > 0 ? <Text size="sm">{t("import.wrong", { count: wrong.length })}</Text> : null}
        </Alert>
      )}
      <Group>
        {run.phase === "previewed" && ready + uninvited > 0 ? (
          <Button onClick={run.apply}>
            {ready > 0 ? t("import.apply", { count: ready }) : t("import.invite", { count: uninvited })}
          </Button>
        ) : null}
        {run.phase === "apply" && run.error === null ? (
          <Button variant="default" onClick={run.stop}>
            {t("import.stop")}
          </Button>
        ) : null}
        {invited.length > 0 ? <InvitationsButton lines={invited} onSaved={() => setSaved(invited.length)} /> : null}
        {!isBusy && wrong.length > 0 ? <WrongRowsButton lines={wrong} /> : null}
        {isBusy && run.error === null ? null : (
          <Button variant="default" onClick={reset}>
            {t("import.again")}
          </Button>
        )}
      </Group>
      {invited.length > 0 ? <Text size="sm">{t("import.invitationsOnce")}</Text> : null}
      <LineTable lines={run.lines} />
    </Stack>
  );
}

/** While there are links that were not downloaded, the page asks before it is left; so does what calls the answer. */
function useLinksKept(isAtRisk: boolean): () => boolean {
  const t = useMailText();
  const { history } = useRouter();
  const question = t("import.leave");
  useEffect(
    () => (isAtRisk ? history.block({ blockerFn: async () => !window.confirm(question) }) : undefined),
    [history, isAtRisk, question],
  );
  return () => !isAtRisk || window.confirm(question);
}

interface InvitationsButtonProps {
  readonly lines: readonly ImportLine[];
  readonly onSaved: () => void;
}

function InvitationsButton({ lines, onSaved }: InvitationsButtonProps) {
  const t = useMailText();
  const rows = lines.flatMap(({ row, invitation }) =>
    invitation === null ? [] : [[row.address, row.displayName, invitation.link, invitation.expiresAt]],
  );
  const header = ["address", "name", "link", "valid_until"];
  const save = () => {
    downloadText("invitations.csv", csvType, formatCsv([header, ...rows]));
    onSaved();
  };
  return <Button onClick={save}>{t("import.invitations")}</Button>;
}

/** Why a row is wrong, as everywhere: the sentence of its code. */
function useReason(): (code: string | null) => string {
  const t = useMailText();
  const sentence = useProblemSentence();
  return (code) => {
    if (code === null) return "";
    return code === "mail.repeated" ? t("import.repeated") : sentence(new ApiProblem(422, code, code));
  };
}

function WrongRowsButton({ lines }: { readonly lines: readonly ImportLine[] }) {
  const t = useMailText();
  const reason = useReason();
  const save = () =>
    downloadText(
      "wrong-rows.csv",
      csvType,
      formatCsv([
        ["line", "address", "name", "reason"],
        ...lines.map(({ row, code }) => [String(row.line), row.address, row.displayName, reason(code)]),
      ]),
    );
  return (
    <Button variant="default" onClick={save}>
      {t("import.wrongRows")}
    </Button>
  );
}

function LineTable({ lines }: { readonly lines: readonly ImportLine[] }) {
  const t = useMailText();
  const reason = useReason();
  // What needs a look comes first.
  const sorted = [...lines.filter(isWrong), ...lines.filter((line) => !isWrong(line))];
  const left = sorted.length - rowsShown;
  return (
    <>
      <ScrollTable label={t("import.tableOf")} minWidth={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("import.line")}</Table.Th>
            <Table.Th>{t("mail.address")}</Table.Th>
            <Table.Th>{t("mail.displayName")}</Table.Th>
            <Table.Th>{t("import.outcome")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.slice(0, rowsShown).map(({ row, outcome, code }) => (
            <Table.Tr key={row.line}>
              <Table.Td>{row.line}</Table.Td>
              <Table.Td>{row.address}</Table.Td>
              <Table.Td>{row.displayName}</Table.Td>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  <Box flex="none">
                    <Tag color={colors[outcome]}>{t(`import.outcome.${outcome}`)}</Tag>
                  </Box>
                  <Text size="sm">{reason(code)}</Text>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {left > 0 ? (
        <Text size="sm" c="dimmed">
          {t("import.more", { count: left })}
        </Text>
      ) : null}
    </>
  );
}

const isWrong = ({ outcome }: ImportLine): boolean => outcome === "wrong";
