import { tenantNoteSchema } from "@casaforte/contract/tenants";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { tenantNotesQuery } from "./tenant-queries.ts";
import { useTenantText } from "./tenant-text.ts";

const undoMs = 10_000;

/** A note that was deleted a moment ago: for ten seconds it can be taken back, however often the list is read anew. */
export function GoneNote({
  tenantId,
  undo,
  onOver,
}: {
  readonly tenantId: string;
  readonly undo: string;
  /** Stays the same function for as long as the note is told of. */
  readonly onOver: (undo: string) => void;
}) {
  const t = useTenantText();
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () =>
      callChecked(`/api/tenants/${tenantId}/notes/restore`, { body: { undo }, reply: tenantNoteSchema }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: tenantNotesQuery(tenantId).queryKey });
      onOver(undo);
    },
  });
  const { isIdle } = restore;
  useEffect(() => {
    if (!isIdle) return;
    const timer = setTimeout(() => onOver(undo), undoMs);
    return () => clearTimeout(timer);
  }, [isIdle, undo, onOver]);
  return (
    <Card withBorder padding="sm" role="status">
      <Group justify="space-between">
        <Text size="sm">{t("tenant.notes.gone")}</Text>
        <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate()}>
          {t("tenant.notes.undo")}
        </Button>
      </Group>
      <ProblemAlert error={restore.error} />
    </Card>
  );
}
