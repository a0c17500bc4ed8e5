import type { TransferDetailReply } from "@casaforte/contract/transfers";
import { ApiProblem, ScrollTable, useFormat, useProblemSentence } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useMigrationText } from "./migration-text.tsx";
import { useTransferDetail } from "./transfer-queries.ts";

/** Folder by folder, and each message that could not be copied with its reason. */
export function TransferDetail({ id }: { readonly id: string }) {
  const detail = useTransferDetail(id);
  return <Loaded query={detail}>{(transfer) => <Detail transfer={transfer} />}</Loaded>;
}

function Detail({ transfer }: { readonly transfer: TransferDetailReply }) {
  const t = useMigrationText();
  const { folders, problems, progress } = transfer;
  return (
    <Stack>
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {transfer.user} · {transfer.host}:{transfer.port}
      </Text>
      {folders.length === 0 ? <Text>{t(`migration.state.${transfer.state}`)}</Text> : <Folders folders={folders} />}
      {problems.length > 0 ? <Problems problems={problems} failed={progress.failed} /> : null}
    </Stack>
  );
}

function Folders({ folders }: Pick<TransferDetailReply, "folders">) {
  const t = useMigrationText();
  const format = useFormat();
  return (
    <ScrollTable label={t("migration.folders")} minWidth={460}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("migration.folder")}</Table.Th>
          <Table.Th>{t("migration.folderHere")}</Table.Th>
          <Table.Th ta="right">{t("migration.messages")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {folders.map((folder) => (
          <Table.Tr key={folder.source}>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{folder.source}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{folder.mailbox}</Table.Td>
            <Table.Td ta="right">
              {t("migration.ofTotal", {
                done: format.number(folder.copied + folder.known + folder.failed),
                total: format.number(folder.total),
              })}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Problems({ problems, failed }: Pick<TransferDetailReply, "problems"> & { readonly failed: number }) {
  const t = useMigrationText();
  const format = useFormat();
  const sentence = useProblemSentence();
  return (
    <Stack gap="xs">
      <Title order={3} size="h4">
        {t("migration.problems")}
      </Title>
      {failed > problems.length ? (
        <Text size="sm" c="dimmed">
          {t("migration.problemsMore", { count: problems.length })}
        </Text>
      ) : null}
      <ScrollTable label={t("migration.problems")} minWidth={460}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("migration.subject")}</Table.Th>
            <Table.Th>{t("migration.folderHere")}</Table.Th>
            <Table.Th>{t("migration.reason")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {problems.map((problem) => (
            <Table.Tr key={`${problem.mailbox} ${problem.uid}`}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {problem.uid === 0 ? (
                  <Text size="sm">{t("migration.wholeFolder")}</Text>
                ) : (
                  <>
                    <Text size="sm">{problem.subject || t("migration.noSubject")}</Text>
                    <Text size="xs" c="dimmed">
                      {problem.sentAt === null ? "" : `${format.dateTime(Date.parse(problem.sentAt))} · `}
                      {format.bytes(problem.sizeBytes)}
                    </Text>
                  </>
                )}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{problem.mailbox}</Table.Td>
              <Table.Td>{sentence(new ApiProblem(422, problem.code, problem.code))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </Stack>
  );
}
