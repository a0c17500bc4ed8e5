import type { AuditEntryReply } from "@casaforte/contract/audit";
import { Stack, Table, Text } from "@mantine/core";
import { Dialog } from "../components/dialog.tsx";
import { useFormat } from "../format.ts";
import { useActionText, useAuditText } from "./audit-text.ts";

export interface AuditEntryDialogProps {
  readonly entry: AuditEntryReply;
  readonly actor: string;
  readonly onClose: () => void;
}

/** Everything the log knows of one act, old and new values too. */
export function AuditEntryDialog({ entry, actor, onClose }: AuditEntryDialogProps) {
  const t = useAuditText();
  const action = useActionText();
  const format = useFormat();
  const rows = [
    [t("audit.when"), format.dateTime(Date.parse(entry.at))],
    [t("audit.actor"), actor],
    [t("audit.roles"), entry.actorRoles.join(", ")],
    [t("audit.ip"), entry.actorIp ?? ""],
    [t("audit.action"), entry.action],
    [t("audit.object"), `${entry.objectKind} ${entry.objectId}`],
    [t("audit.entry"), entry.id],
  ].filter(([, value]) => value !== "");
  return (
    <Dialog opened onClose={onClose} title={action(entry.action)} size="lg">
      <Stack>
        <Table>
          <Table.Tbody>
            {rows.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {Object.keys(entry.details).length === 0 ? null : (
          <Text component="pre" ff="monospace" size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {JSON.stringify(entry.details, null, 2)}
          </Text>
        )}
      </Stack>
    </Dialog>
  );
}
