import { Dialog, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Alert, Button, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import type { RestoreClient } from "./client.ts";
import { LookState, useLook } from "./Look.tsx";
import type { FileVersion, TreeRow } from "./protocol.ts";
import { useRestoreText } from "./restore-text.ts";

/** What one file was on other days: in the point that is open and in those it builds upon. */
export function VersionsDialog({
  client,
  row,
  isBusy,
  onDownload,
  onClose,
}: {
  readonly client: RestoreClient;
  readonly row: TreeRow;
  readonly isBusy: boolean;
  readonly onDownload: (version: TreeRow, at: string) => void;
  readonly onClose: () => void;
}) {
  const t = useRestoreText();
  const format = useFormat();
  const found = useLook(client, "versions", row.id, () => client.call("versions", row.id));
  const when = (at: string) => format.dateTime(Date.parse(at));
  return (
    <Dialog opened onClose={onClose} size="lg" title={t("restore.versionsOf", { name: row.name })}>
      <Stack gap="sm">
        <LookState found={found} reading={t("restore.versionsReading")} />
        {found.data === undefined ? null : (
          <>
            <ScrollTable label={t("restore.versionsOf", { name: row.name })} minWidth={460}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("restore.when")}</Table.Th>
                  <Table.Th>{t("restore.size")}</Table.Th>
                  <Table.Th>{t("restore.modified")}</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>{t("restore.acts")}</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.data.versions.map((version) => (
                  <VersionRow key={version.at} version={version} isBusy={isBusy} onDownload={onDownload} />
                ))}
              </Table.Tbody>
            </ScrollTable>
            {found.data.damaged.length > 0 ? (
              <Alert color="orange" role="alert">
                {t("restore.versionsDamaged", { when: found.data.damaged.map(when).join(", ") })}
              </Alert>
            ) : null}
            <Text size="sm" c="dimmed">
              {t("restore.versionsSince", { when: when(found.data.sinceAt) })}
            </Text>
          </>
        )}
      </Stack>
    </Dialog>
  );
}

function VersionRow({
  version: { at, sinceAt, points, row },
  isBusy,
  onDownload,
}: {
  readonly version: FileVersion;
  readonly isBusy: boolean;
  readonly onDownload: (version: TreeRow, at: string) => void;
}) {
  const t = useRestoreText();
  const format = useFormat();
  const when = format.dateTime(Date.parse(at));
  return (
    <Table.Tr>
      <Table.Td>
        {when}
        {points > 1 ? (
          <Text size="sm" c="dimmed">
            {t("restore.versionSince", { count: points, when: format.dateTime(Date.parse(sinceAt)) })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>
        {row === null ? t("restore.versionNone") : row.sizeBytes === null ? "" : format.bytes(row.sizeBytes)}
      </Table.Td>
      <Table.Td>{row === null ? "" : format.dateTime(row.modifiedMs)}</Table.Td>
      <Table.Td>
        {row?.type === "file" ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={isBusy}
            aria-label={t("restore.downloadVersion", { when })}
            onClick={() => onDownload(row, at)}
          >
            {t("restore.download")}
          </Button>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
