import type { ticketEntrySchema } from "@casaforte/contract/tickets";
import { Anchor, Group, Paper, Stack, Text } from "@mantine/core";
import type { z } from "zod";
import { useFormat } from "../format.ts";
import { useTicketText } from "./tickets-text.ts";

type Entry = z.infer<typeof ticketEntrySchema>;

/** What was said, oldest first: always as text, files only ever saved (R21). */
export function Thread({
  entries,
  hasOlder,
  fileUrl,
}: {
  readonly entries: readonly Entry[];
  /** Older ones are left out. */
  readonly hasOlder: boolean;
  readonly fileUrl: (id: string) => string;
}) {
  const t = useTicketText();
  const format = useFormat();
  return (
    <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
      {hasOlder ? (
        <Text component="li" size="sm" c="dimmed">
          {t("tickets.newestOnly", { count: entries.length })}
        </Text>
      ) : null}
      {entries.map((entry) => (
        <Paper
          key={entry.id}
          component="li"
          withBorder
          p="md"
          radius="md"
          style={{ background: backgrounds[entry.author] }}
        >
          <Group justify="space-between" mb="xs">
            <Text fw={600} size="sm">
              {t(`tickets.by.${entry.author}`)}
              {entry.authorAddress === "" ? "" : ` · ${entry.authorAddress}`}
            </Text>
            <Text component="time" size="xs" c="dimmed" dateTime={entry.at}>
              {format.dateTime(Date.parse(entry.at))}
            </Text>
          </Group>
          {entry.fromNumber === null ? null : (
            <Text size="xs" c="dimmed" mb="xs">
              {t("tickets.from", { number: entry.fromNumber })}
            </Text>
          )}
          <Text style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{entry.body}</Text>
          {entry.files.map((file) => (
            <Anchor key={file.id} href={fileUrl(file.id)} download={file.name} display="block" mt="xs" size="sm">
              {t("tickets.download", { name: file.name, size: format.bytes(file.sizeBytes) })}
            </Anchor>
          ))}
        </Paper>
      ))}
    </Stack>
  );
}

const backgrounds = {
  customer: undefined,
  operator: "var(--mantine-color-default-hover)",
  note: "var(--mantine-color-yellow-light)",
  system: undefined,
} as const;
