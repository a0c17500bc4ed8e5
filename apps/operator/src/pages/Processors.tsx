import type { DeskProcessors } from "@casaforte/contract/processors";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Button, Card, Group, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { z } from "zod";
import { AnnounceForm } from "../processors/AnnounceForm.tsx";
import { ProcessorTexts, processorsQuery, useProcessorText } from "../processors/processor-text.tsx";

/** Who processes customers' data for us, announcements, and what customers say (R82). */
export function Processors() {
  return (
    <ProcessorTexts>
      <ProcessorsPage />
    </ProcessorTexts>
  );
}

function ProcessorsPage() {
  const t = useProcessorText();
  const client = useQueryClient();
  const { session } = useSession();
  const mayWrite = session.operatorRoles.includes("legal");
  const query = useQuery(processorsQuery);
  /** Undefined: no form; null: somebody new; else who ends. */
  const [announcing, setAnnouncing] = useState<string | null | undefined>(undefined);
  const [isAnnounced, setAnnounced] = useState(false);
  const done = () => {
    setAnnouncing(undefined);
    setAnnounced(true);
    void client.invalidateQueries({ queryKey: processorsQuery.queryKey });
  };
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("procs.title")}
        </Title>
        {mayWrite ? <Button onClick={() => setAnnouncing(null)}>{t("procs.add")}</Button> : null}
      </Group>
      <Text c="dimmed">{t("procs.hint")}</Text>
      {isAnnounced ? (
        <Alert color="green" variant="light" role="status">
          {t("procs.announced")}
        </Alert>
      ) : null}
      <Loaded query={query}>
        {(data) => (
          <>
            <List data={data} onEnd={mayWrite ? setAnnouncing : null} />
            <Told data={data} />
            <Answers kind="objections" data={data} mayWrite={mayWrite} />
            <Answers kind="instructions" data={data} mayWrite={mayWrite} />
            <Dialog
              opened={announcing !== undefined}
              onClose={() => setAnnouncing(undefined)}
              title={t(announcing ? "procs.end" : "procs.add")}
            >
              <AnnounceForm ends={announcing ?? null} earliestOn={data.earliestOn} onDone={done} />
            </Dialog>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

const colors = { announced: "orange", active: "green", ended: "gray" } as const;

function useDay() {
  const format = useFormat();
  return (day: string | null) => (day === null ? "–" : format.date(Date.parse(`${day}T12:00:00`)));
}

function List({ data, onEnd }: { readonly data: DeskProcessors; readonly onEnd: ((id: string) => void) | null }) {
  const t = useProcessorText();
  const language = useLanguage();
  const dayOf = useDay();
  if (data.subprocessors.length === 0) return <EmptyState title={t("procs.none")} text={t("procs.noneHint")} />;
  return (
    <ScrollTable label={t("procs.title")} minWidth={760} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("procs.name")}</Table.Th>
          <Table.Th>{t("procs.service")}</Table.Th>
          <Table.Th>{t("procs.where")}</Table.Th>
          <Table.Th>{t("procs.from")}</Table.Th>
          <Table.Th>{t("procs.until")}</Table.Th>
          <Table.Th>{t("procs.state")}</Table.Th>
          <Table.Th>{t("procs.actions")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.subprocessors.map((each) => (
          <Table.Tr key={each.id}>
            <Table.Th scope="row">{each.name}</Table.Th>
            <Table.Td>{language === "it" ? each.serviceIt : each.serviceEn}</Table.Td>
            <Table.Td>{each.country}</Table.Td>
            <Table.Td>{dayOf(each.fromOn)}</Table.Td>
            <Table.Td>{dayOf(each.untilOn)}</Table.Td>
            <Table.Td>
              <Tag color={colors[each.state]}>{t(`procs.state.${each.state}`)}</Tag>
            </Table.Td>
            <Table.Td>
              {onEnd && each.untilOn === null ? (
                <RowButton name={t("procs.endOf", { name: each.name })} onClick={() => onEnd(each.id)}>
                  {t("procs.end")}
                </RowButton>
              ) : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Told({ data }: { readonly data: DeskProcessors }) {
  const t = useProcessorText();
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("procs.told")}
      </Title>
      {data.changes.length === 0 ? <Text>{t("procs.changesNone")}</Text> : null}
      {data.changes.map(({ id, subprocessorId, told, objectionsUntil }) => (
        <Text key={id}>
          {t("procs.toldCount", {
            name: data.subprocessors.find((each) => each.id === subprocessorId)?.name ?? "",
            count: told,
            date: format.date(Date.parse(objectionsUntil) - 1),
          })}
        </Text>
      ))}
    </Stack>
  );
}

interface Said {
  readonly key: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly id: string;
  readonly text: string;
  readonly at: string;
  readonly answer: string | null;
  readonly answeredAt: string | null;
}

interface AnswersProps {
  readonly kind: "objections" | "instructions";
  readonly data: DeskProcessors;
  readonly mayWrite: boolean;
}

function Answers({ kind, data, mayWrite }: AnswersProps) {
  const t = useProcessorText();
  const said: readonly Said[] =
    kind === "objections"
      ? data.objections.map(({ changeId: id, reason: text, ...rest }) => ({
          ...{ ...rest, id, text },
          key: `${rest.tenantId}/${id}`,
        }))
      : data.instructions.map(({ done: answer, doneAt: answeredAt, ...rest }) => ({
          ...{ ...rest, answer, answeredAt },
          key: rest.id,
        }));
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t(`procs.${kind}`)}
      </Title>
      {said.length === 0 ? <Text>{t(`procs.${kind}None`)}</Text> : null}
      {said.map((each) => (
        <SaidCard key={each.key} kind={kind} said={each} mayWrite={mayWrite} />
      ))}
    </Stack>
  );
}

interface SaidCardProps {
  readonly kind: "objections" | "instructions";
  readonly said: Said;
  readonly mayWrite: boolean;
}

function SaidCard({ kind, said, mayWrite }: SaidCardProps) {
  const t = useProcessorText();
  const format = useFormat();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    const path = kind === "objections" ? "answers" : "instructions";
    try {
      await callChecked(`/api/desk/processors/${path}/${said.tenantId}/${said.id}`, {
        body: { text: text.trim() },
        reply: z.undefined(),
      });
      await client.invalidateQueries({ queryKey: processorsQuery.queryKey });
    } catch (problem) {
      setError(problem);
    }
  };
  const isObjection = kind === "objections";
  return (
    <Card withBorder padding="md">
      <Text fw={600}>{said.tenantName}</Text>
      <Text style={{ whiteSpace: "pre-line", overflowWrap: "break-word" }}>{said.text}</Text>
      <Text size="sm" c="dimmed">
        {format.dateTime(Date.parse(said.at))}
      </Text>
      {said.answer && said.answeredAt ? (
        <Text size="sm">
          {t("procs.answeredOn", { date: format.date(Date.parse(said.answeredAt)), text: said.answer })}
        </Text>
      ) : null}
      {said.answer === null && mayWrite ? (
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="xs" mt="xs">
            <Textarea
              label={`${t(isObjection ? "procs.answer" : "procs.done")} · ${said.tenantName}`}
              maxLength={4_000}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <ProblemAlert error={error} />
            <Group>
              <Button type="submit" size="xs" disabled={text.trim() === ""}>
                {t(isObjection ? "procs.answerSend" : "procs.doneSend")}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : null}
    </Card>
  );
}
