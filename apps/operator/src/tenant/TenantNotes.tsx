import { noteCharsMax, type TenantNoteReply, tenantNoteSchema } from "@casaforte/contract/tenants";
import { ErrorState, LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { GoneNote } from "./GoneNote.tsx";
import { NoteCard } from "./NoteCard.tsx";
import { tenantNotesQuery } from "./tenant-queries.ts";
import { useTenantText } from "./tenant-text.ts";

/** Notes of operators about a customer, newest first (O2). The customer never sees them. */
export function TenantNotes({ tenantId, mayAdd }: { readonly tenantId: string; readonly mayAdd: boolean }) {
  const t = useTenantText();
  const query = useInfiniteQuery(tenantNotesQuery(tenantId));
  const notes: TenantNoteReply[] = query.data?.pages.flatMap((page) => page.notes) ?? [];
  const [gone, setGone] = useState<readonly string[]>([]);
  const onGone = useCallback((undo: string) => setGone((before) => [...before, undo]), []);
  const onOver = useCallback((undo: string) => setGone((before) => before.filter((one) => one !== undo)), []);
  return (
    <Stack gap="sm" maw={760}>
      <Title order={2} size="h4">
        {t("tenant.notes")}
      </Title>
      <Text size="sm" c="dimmed">
        {t("tenant.notes.hint")}
      </Text>
      {mayAdd ? <NewNote tenantId={tenantId} /> : null}
      {query.isPending ? <LoadingState /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {gone.map((undo) => (
        <GoneNote key={undo} tenantId={tenantId} undo={undo} onOver={onOver} />
      ))}
      {query.data && notes.length === 0 ? <Text size="sm">{t("tenant.notes.none")}</Text> : null}
      {notes.map((note) => (
        <NoteCard key={note.id} tenantId={tenantId} note={note} onGone={onGone} />
      ))}
      {query.hasNextPage ? (
        <Group>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("tenant.notes.older")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function NewNote({ tenantId }: { readonly tenantId: string }) {
  const t = useTenantText();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => callChecked(`/api/tenants/${tenantId}/notes`, { body: { text }, reply: tenantNoteSchema }),
    onSuccess: async () => {
      setText("");
      await client.invalidateQueries({ queryKey: tenantNotesQuery(tenantId).queryKey });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="xs">
        <Textarea
          label={t("tenant.notes.new")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={noteCharsMax}
          autosize
          minRows={2}
          maxRows={12}
          required
        />
        <ProblemAlert error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" disabled={text.trim() === ""} loading={add.isPending}>
            {t("tenant.notes.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
