import { changeIdReplySchema, type ProcessorsReply } from "@casaforte/contract/processors";
import { EmptyState, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { z } from "zod";
import { ProcessorTexts, processorsQuery, useProcessorText } from "../processors/processor-text.tsx";
import { WriteForm } from "../processors/WriteForm.tsx";

/** Who else processes our data, what changes, and what we instruct (R82). */
export function DataProtection() {
  return (
    <ProcessorTexts>
      <DataProtectionPage />
    </ProcessorTexts>
  );
}

function useDay() {
  const format = useFormat();
  return (day: string) => format.date(Date.parse(`${day}T12:00:00`));
}

const useMayWrite = () => ["owner", "admin"].includes(useSession().session.role ?? "");

function DataProtectionPage() {
  const t = useProcessorText();
  const query = useQuery(processorsQuery);
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("proc.title")}
        </Title>
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/documents" />}>
          {t("proc.documents")}
        </Button>
      </Group>
      <Text c="dimmed" maw={720}>
        {t("proc.hint")}
      </Text>
      <Loaded query={query}>
        {(data) => (
          <>
            <Changes data={data} />
            <Subprocessors all={data.subprocessors} />
            <Instructions all={data.instructions} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Changes({ data }: { readonly data: ProcessorsReply }) {
  const t = useProcessorText();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("proc.changes")}
      </Title>
      {data.changes.length === 0 ? <Text>{t("proc.changesNone")}</Text> : null}
      {data.changes.map((change) => (
        <ChangeCard key={change.id} change={change} data={data} />
      ))}
    </Stack>
  );
}

interface ChangeCardProps {
  readonly change: ProcessorsReply["changes"][number];
  readonly data: ProcessorsReply;
}

function ChangeCard({ change, data }: ChangeCardProps) {
  const t = useProcessorText();
  const format = useFormat();
  const language = useLanguage();
  const dayOf = useDay();
  const client = useQueryClient();
  const mayWrite = useMayWrite();
  const [isWriting, setWriting] = useState(false);
  const who = data.subprocessors.find(({ id }) => id === change.subprocessorId);
  const objection = data.objections.find(({ changeId }) => changeId === change.id);
  const name = who?.name ?? "";
  // The last day to object is the one before it takes effect.
  const lastDay = format.date(Date.parse(change.objectionsUntil) - 1);
  const service = language === "it" ? who?.serviceIt : who?.serviceEn;
  const object = async (reason: string) => {
    await callChecked(`/api/processors/changes/${change.id}/objection`, { body: { reason }, reply: z.undefined() });
    setWriting(false);
    await client.invalidateQueries({ queryKey: processorsQuery.queryKey });
  };
  return (
    <Card withBorder padding="lg">
      <Stack gap="xs">
        <Text fw={600}>{t(`proc.${change.kind}`, { name, date: dayOf(change.effectiveOn) })}</Text>
        <Text size="sm">{[service, who?.country].join(" · ")}</Text>
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {language === "it" ? change.reasonIt : change.reasonEn}
        </Text>
        {objection ? (
          <>
            <Text size="sm">
              {t("proc.objected", { date: format.date(Date.parse(objection.at)), reason: objection.reason })}
            </Text>
            <Text size="sm">
              {objection.answer && objection.answeredAt
                ? t("proc.answered", { date: format.date(Date.parse(objection.answeredAt)), answer: objection.answer })
                : t("proc.waiting")}
            </Text>
          </>
        ) : (
          <Text size="sm" c="dimmed">
            {change.mayObject ? t("proc.objectUntil", { date: lastDay }) : t("proc.objectOver")}
          </Text>
        )}
        {change.mayObject && mayWrite && !isWriting ? (
          <Group>
            <Button variant="default" aria-label={t("proc.objectOf", { name })} onClick={() => setWriting(true)}>
              {t("proc.object")}
            </Button>
          </Group>
        ) : null}
        {isWriting ? (
          <WriteForm
            label={t("proc.objectReason")}
            hint={t("proc.objectReasonHint")}
            send={t("proc.objectSend")}
            onSend={object}
          />
        ) : null}
      </Stack>
    </Card>
  );
}

const colors = { announced: "orange", active: "green", ended: "gray" } as const;

function Subprocessors({ all }: { readonly all: ProcessorsReply["subprocessors"] }) {
  const t = useProcessorText();
  const language = useLanguage();
  const dayOf = useDay();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("proc.list")}
      </Title>
      {all.length === 0 ? (
        <EmptyState title={t("proc.none")} text={t("proc.noneHint")} />
      ) : (
        <ScrollTable label={t("proc.list")} minWidth={640} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("proc.name")}</Table.Th>
              <Table.Th>{t("proc.service")}</Table.Th>
              <Table.Th>{t("proc.country")}</Table.Th>
              <Table.Th>{t("proc.from")}</Table.Th>
              <Table.Th>{t("proc.until")}</Table.Th>
              <Table.Th>{t("proc.state")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.map((each) => (
              <Table.Tr key={each.id}>
                <Table.Th scope="row">{each.name}</Table.Th>
                <Table.Td>{language === "it" ? each.serviceIt : each.serviceEn}</Table.Td>
                <Table.Td>{each.country}</Table.Td>
                <Table.Td>{dayOf(each.fromOn)}</Table.Td>
                <Table.Td>{each.untilOn === null ? "–" : dayOf(each.untilOn)}</Table.Td>
                <Table.Td>
                  <Tag color={colors[each.state]}>{t(`proc.state.${each.state}`)}</Tag>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
    </Stack>
  );
}

function Instructions({ all }: { readonly all: ProcessorsReply["instructions"] }) {
  const t = useProcessorText();
  const format = useFormat();
  const client = useQueryClient();
  const mayWrite = useMayWrite();
  const [isSent, setSent] = useState(false);
  const instruct = async (text: string) => {
    await callChecked("/api/processors/instructions", { body: { text }, reply: changeIdReplySchema });
    setSent(true);
    await client.invalidateQueries({ queryKey: processorsQuery.queryKey });
  };
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("proc.instructions")}
      </Title>
      <Text c="dimmed" maw={720}>
        {t("proc.instructionsHint")}
      </Text>
      {all.length === 0 ? <Text>{t("proc.instructionsNone")}</Text> : null}
      {all.map(({ id, text, at, done, doneAt }) => (
        <Card key={id} withBorder padding="md">
          <Text style={{ whiteSpace: "pre-line" }}>{text}</Text>
          <Text size="sm" c="dimmed">
            {t("proc.given", { date: format.dateTime(Date.parse(at)) })}
          </Text>
          <Text size="sm">
            {done && doneAt ? t("proc.done", { date: format.date(Date.parse(doneAt)), done }) : t("proc.open")}
          </Text>
        </Card>
      ))}
      {mayWrite ? <WriteForm label={t("proc.instructText")} send={t("proc.instructSend")} onSend={instruct} /> : null}
      <Text size="sm" aria-live="polite">
        {isSent ? t("proc.instructed") : ""}
      </Text>
    </Stack>
  );
}
