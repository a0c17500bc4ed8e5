import { noteCharsMax, noteDeletedSchema, type TenantNoteReply, tenantNoteSchema } from "@casaforte/contract/tenants";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, RowButton } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { tenantNotesQuery } from "./tenant-queries.ts";
import { useTenantText } from "./tenant-text.ts";

interface NoteProps {
  readonly tenantId: string;
  readonly note: TenantNoteReply;
}

/** One note: who, when, what; changed by its author. Deleted at once: `onGone` gets what takes it back. */
export function NoteCard({ tenantId, note, onGone }: NoteProps & { readonly onGone: (undo: string) => void }) {
  const client = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      callChecked(`/api/tenants/${tenantId}/notes/${note.id}`, { method: "DELETE", reply: noteDeletedSchema }),
    onSuccess: async ({ undo }) => {
      onGone(undo);
      await client.invalidateQueries({ queryKey: tenantNotesQuery(tenantId).queryKey });
    },
  });
  return (
    <Card withBorder padding="sm" component="article">
      <Stack gap="xs">
        <Said note={note} onEdit={() => setEditing(true)} onDelete={() => remove.mutate()} />
        {isEditing ? (
          <EditNote tenantId={tenantId} note={note} onDone={() => setEditing(false)} />
        ) : (
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {note.text}
          </Text>
        )}
        <ProblemAlert error={remove.error} />
      </Stack>
    </Card>
  );
}

function Said({
  note,
  onEdit,
  onDelete,
}: {
  readonly note: TenantNoteReply;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}) {
  const t = useTenantText();
  const format = useFormat();
  const when = format.dateTime(Date.parse(note.writtenAt));
  const changed =
    note.changedAt === null
      ? ""
      : `, ${t("tenant.notes.changed", { when: format.dateTime(Date.parse(note.changedAt)) })}`;
  return (
    <Group justify="space-between" align="flex-start">
      <Text size="xs" c="dimmed">
        {note.author || t("tenant.notes.nobody")} · {when}
        {changed}
      </Text>
      <Group gap="xs">
        {note.mayChange ? (
          <RowButton name={t("tenant.notes.editOf", { when })} onClick={onEdit}>
            {t("tenant.notes.edit")}
          </RowButton>
        ) : null}
        {note.mayDelete ? (
          <RowButton name={t("tenant.notes.deleteOf", { when })} onClick={onDelete}>
            {t("tenant.notes.delete")}
          </RowButton>
        ) : null}
      </Group>
    </Group>
  );
}

function EditNote({ tenantId, note, onDone }: NoteProps & { readonly onDone: () => void }) {
  const t = useTenantText();
  const client = useQueryClient();
  const [text, setText] = useState(note.text);
  const save = useMutation({
    mutationFn: () =>
      callChecked(`/api/tenants/${tenantId}/notes/${note.id}`, {
        ...{ method: "PATCH", body: { text } },
        reply: tenantNoteSchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: tenantNotesQuery(tenantId).queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="xs">
        <Textarea
          aria-label={t("tenant.notes.text")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={noteCharsMax}
          autosize
          minRows={2}
          maxRows={12}
          required
          data-autofocus
        />
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <Button size="xs" variant="default" onClick={onDone}>
            {t("kit.cancel")}
          </Button>
          <Button size="xs" type="submit" disabled={text.trim() === ""} loading={save.isPending}>
            {t("tenant.notes.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
