import { type MailEventReply, mailEventListSchema } from "@casaforte/contract/mailflow";
import { EmptyState, ErrorState, LoadingState, useFormat } from "@casaforte/ui-kit";
import { callChecked, Tag } from "@casaforte/ui-kit/console";
import { Card, Group, Select, Stack, Text, TextInput, Timeline } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

const searchDelayMs = 300;
const shownMax = 200;
const dayMs = 86_400_000;
const periods = ["1", "7", "30", "60"] as const;
const colors: Readonly<Record<MailEventReply["kind"], "gray" | "green" | "orange" | "red">> = {
  accepted: "gray",
  queued: "gray",
  delivered: "green",
  sent: "green",
  released: "green",
  deferred: "orange",
  held: "orange",
  quarantined: "orange",
  rate_limited: "orange",
  retried: "gray",
  dropped: "gray",
  failed: "red",
  bounced: "red",
  refused: "red",
};

/** What people have at hand: an address, a Message-ID out of a header, or words of the subject. */
function queryOf(text: string): Record<string, string> {
  const trimmed = text.trim();
  if (trimmed === "") return {};
  if (/^<.*>$/.test(trimmed)) return { messageId: trimmed };
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(trimmed)) return { traceId: trimmed };
  return /^[^\s@]+@[^\s@]+$/.test(trimmed) ? { address: trimmed } : { subject: trimmed };
}

/** "Where is my mail?": every step of every message, in words (C14). */
export function MailTrace() {
  const t = useT();
  const format = useFormat();
  const [text, setText] = useState("");
  const [period, setPeriod] = useState<string>("7");
  const [settled] = useDebouncedValue(text, searchDelayMs);
  const events = useQuery({
    queryKey: ["mail-events", settled, period],
    queryFn: ({ signal }) => {
      // Whole minutes: a moving boundary would be another question each time.
      const from = Math.floor((Date.now() - Number(period) * dayMs) / 60_000) * 60_000;
      const query = { ...queryOf(settled), from: new Date(from).toISOString(), limit: shownMax };
      return callChecked("/api/mail-events", { query, reply: mailEventListSchema, signal });
    },
    placeholderData: (before) => before,
  });
  const found = events.data?.events ?? [];
  const messages = [...Map.groupBy(found, (event) => `${event.traceId} ${event.recipient}`).values()];
  return (
    <Stack>
      <Group align="end">
        <TextInput
          type="search"
          label={t("trace.search")}
          placeholder={t("trace.searchHint")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          w={420}
          maw="100%"
        />
        <Select
          label={t("trace.period")}
          value={period}
          onChange={(value) => setPeriod(value ?? "7")}
          allowDeselect={false}
          data={periods.map((value) => ({ value, label: t("trace.days", { count: Number(value) }) }))}
        />
      </Group>
      {events.isPending ? <LoadingState /> : null}
      {events.isError ? <ErrorState error={events.error} onRetry={() => void events.refetch()} /> : null}
      {events.data && messages.length === 0 ? (
        <EmptyState title={t("trace.none")} text={settled === "" ? "" : t("trace.noneHint")} />
      ) : null}
      {messages.map((steps) => (
        <TracedMessage key={`${steps[0]?.traceId} ${steps[0]?.recipient}`} steps={steps.toReversed()} />
      ))}
      {found.length === shownMax ? <Text c="dimmed">{t("trace.more")}</Text> : null}
      {events.data?.searchedFrom ? (
        <Text c="dimmed">{t("trace.searchedFrom", { at: format.dateTime(Date.parse(events.data.searchedFrom)) })}</Text>
      ) : null}
    </Stack>
  );
}

/** Where a delivered message lies, in words; what the other server answered, as it said it. */
function detailOf({ kind, detail }: MailEventReply, t: ReturnType<typeof useT>): string {
  if (detail === "") return "";
  if (kind === "held") return "";
  if (kind !== "delivered") return ` · ${detail}`;
  return detail === "junk" ? ` · ${t("trace.inJunk")}` : "";
}

/** One message's way, oldest step first. */
export function TracedMessage({ steps }: { readonly steps: readonly MailEventReply[] }) {
  const t = useT();
  const format = useFormat();
  const last = steps.at(-1);
  if (!last) return null;
  const subject = steps.find((step) => step.subject !== "")?.subject ?? "";
  return (
    <Card withBorder component="article" aria-label={subject || last.recipient}>
      <Group justify="space-between" wrap="nowrap" align="start" mb="sm">
        <div style={{ minWidth: 0 }}>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {subject || t("trace.noSubject")}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {t("trace.fromTo", { from: last.sender || t("trace.notice"), to: last.recipient })}
          </Text>
        </div>
        <Tag color={colors[last.kind]}>{t(`trace.state.${last.kind}`)}</Tag>
      </Group>
      <Timeline active={steps.length} bulletSize={12} lineWidth={2}>
        {steps.map((step) => (
          <Timeline.Item
            key={`${step.at} ${step.kind} ${step.detail}`}
            title={t(`trace.step.${step.kind}`)}
            color={colors[step.kind]}
          >
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {format.dateTime(Date.parse(step.at))}
              {detailOf(step, t)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Card>
  );
}
