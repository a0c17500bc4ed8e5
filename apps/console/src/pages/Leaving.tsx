import { type ExportReply, type ExportsReply, exportRequestedSchema } from "@casaforte/contract/departure";
import { EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { EndOfContract } from "../leaving/EndOfContract.tsx";
import { exportsQuery, LeavingTexts, useLeavingText } from "../leaving/leaving-text.tsx";
import { ServiceEnds } from "../leaving/ServiceEnds.tsx";

/** Exports and the end of the contract (C25; R61–R63, R86). */
export function Leaving() {
  return (
    <LeavingTexts>
      <LeavingPage />
    </LeavingTexts>
  );
}

function LeavingPage() {
  const t = useLeavingText();
  return (
    <Stack gap="xl">
      <Title order={1} size="h2">
        {t("leaving.title")}
      </Title>
      <Stack>
        <Title order={2} size="h3">
          {t("leaving.exportTitle")}
        </Title>
        <Text c="dimmed" maw={720}>
          {t("leaving.exportHint")}
        </Text>
        <Parts />
        <Loaded query={useQuery(exportsQuery)}>
          {(data) => (
            <>
              <Archives exports={data.exports} />
              <Backups backups={data.backups} />
            </>
          )}
        </Loaded>
      </Stack>
      <ServiceEnds />
      <EndOfContract />
    </Stack>
  );
}

function Parts() {
  const t = useLeavingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const prepare = useMutation({
    mutationFn: (part: ExportReply["part"]) =>
      run(() => callChecked("/api/exports", { body: { part }, reply: exportRequestedSchema })),
    onSettled: () => client.invalidateQueries({ queryKey: exportsQuery.queryKey }),
  });
  return (
    <>
      <Group align="stretch">
        {(["settings", "mail"] as const).map((part) => (
          <Card key={part} withBorder padding="lg" maw={350}>
            <Stack h="100%" justify="space-between">
              <div>
                <Text fw={600}>{t(`leaving.${part}`)}</Text>
                <Text size="sm" c="dimmed">
                  {t(`leaving.${part}Hint`)}
                </Text>
              </div>
              <Button
                variant="default"
                loading={prepare.isPending && prepare.variables === part}
                aria-label={`${t("leaving.prepare")}: ${t(`leaving.${part}`)}`}
                onClick={() => prepare.mutate(part)}
              >
                {t("leaving.prepare")}
              </Button>
            </Stack>
          </Card>
        ))}
      </Group>
      <ProblemAlert error={prepare.error} />
      {dialog}
    </>
  );
}

const colors = { waiting: "gray", running: "orange", ready: "green", failed: "red", expired: "gray" } as const;

function Archives({ exports }: { readonly exports: readonly ExportReply[] }) {
  const t = useLeavingText();
  const format = useFormat();
  if (exports.length === 0) return <EmptyState title={t("leaving.noArchives")} text={t("leaving.noArchivesHint")} />;
  const said = (row: ExportReply) => {
    const bytes = format.bytes(row.bytesDone);
    if (row.state === "running") return t("leaving.state.running", { files: row.filesDone, bytes });
    if (row.state === "ready")
      return t("leaving.state.ready", { bytes, date: format.date(Date.parse(row.expiresAt ?? row.requestedAt)) });
    return t(`leaving.state.${row.state}`);
  };
  return (
    <ScrollTable label={t("leaving.archives")} minWidth={640} verticalSpacing="sm">
      <Table.Tbody>
        {exports.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Th scope="row">
              {row.mailDomain ? t("leaving.mailOf", { domain: row.mailDomain }) : t(`leaving.${row.part}`)}
              <Text size="xs" c="dimmed">
                {t("leaving.requested", { date: format.dateTime(Date.parse(row.requestedAt)) })}
              </Text>
            </Table.Th>
            <Table.Td>
              <Tag color={colors[row.state]}>{said(row)}</Tag>
            </Table.Td>
            <Table.Td ta="right">
              {row.state === "ready" ? (
                <Download href={`/api/exports/${row.id}/archive`} of={t(`leaving.${row.part}`)} />
              ) : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

/** A plain link: the browser's own download goes on where it was cut. */
function Download({ href, of }: { readonly href: string; readonly of: string }) {
  const t = useLeavingText();
  return (
    <Button
      size="xs"
      renderRoot={(props) => <a {...props} href={href} download />}
      aria-label={`${t("leaving.download")}: ${of}`}
    >
      {t("leaving.download")}
    </Button>
  );
}

function Backups({ backups }: { readonly backups: ExportsReply["backups"] }) {
  const t = useLeavingText();
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Title order={3} size="h3">
        {t("leaving.backups")}
      </Title>
      <Text size="sm" c="dimmed" maw={720}>
        {t("leaving.backupsHint")}
      </Text>
      {backups.length === 0 ? <Text>{t("leaving.noBackups")}</Text> : null}
      {backups.map((space) => (
        <Group key={space.spaceId} justify="space-between" maw={720}>
          <Text>
            {space.name}{" "}
            <Text span size="sm" c="dimmed">
              {t("leaving.backupSize", { files: space.files, bytes: format.bytes(space.sizeBytes) })}
            </Text>
          </Text>
          <Download href={`/api/exports/backups/${space.spaceId}`} of={space.name} />
        </Group>
      ))}
    </Stack>
  );
}
