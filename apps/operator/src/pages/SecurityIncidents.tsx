import type { IncidentReply } from "@casaforte/contract/compliance";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Card, Group, Stack, Table, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { AddConcerned } from "../incidents/AddConcerned.tsx";
import { IncidentTexts, incidentsQuery, useIncidentText } from "../incidents/incident-text.tsx";
import { RegisterIncident } from "../incidents/RegisterIncident.tsx";

type Step = IncidentReply["steps"][number];

/** Breaches and significant incidents with their clocks (R84, R85). */
export function SecurityIncidents() {
  return (
    <IncidentTexts>
      <IncidentsPage />
    </IncidentTexts>
  );
}

function IncidentsPage() {
  const t = useIncidentText();
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("sinc.title")}
        </Title>
        <RegisterIncident />
      </Group>
      <Text c="dimmed" maw={720}>
        {t("sinc.hint")}
      </Text>
      <Loaded query={useQuery(incidentsQuery)}>
        {({ incidents }) =>
          incidents.length === 0 ? (
            <EmptyState title={t("sinc.none")} text={t("sinc.noneHint")} />
          ) : (
            incidents.map((incident) => <IncidentCard key={incident.id} incident={incident} />)
          )
        }
      </Loaded>
    </Stack>
  );
}

/** Sends something about an incident and reads the list anew. */
function useSend() {
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const send = async (path: string, body?: object) => {
    await run(() =>
      callChecked(`/api/security-incidents/${path}`, {
        method: "POST",
        ...(body ? { body } : {}),
        reply: z.undefined(),
      }),
    );
    await client.invalidateQueries({ queryKey: incidentsQuery.queryKey });
  };
  return { send, dialog };
}

function IncidentCard({ incident }: { readonly incident: IncidentReply }) {
  const t = useIncidentText();
  const format = useFormat();
  const { send, dialog } = useSend();
  const [isClosing, setClosing] = useState(false);
  const mayClose = incident.closedAt === null && incident.steps.every(({ doneAt }) => doneAt !== null);
  return (
    <Card withBorder padding="lg">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text fw={600}>
              {t("sinc.number", { number: incident.number })} · {incident.title}
            </Text>
            <Text size="sm" c="dimmed">
              {[
                ...(incident.isBreach ? [t("sinc.breach")] : []),
                ...(incident.isSignificant ? [t("sinc.significant")] : []),
                t("sinc.aware", { date: format.dateTime(Date.parse(incident.awareAt)) }),
              ].join(" · ")}
            </Text>
          </div>
          {incident.closedAt === null ? null : <Tag color="gray">{t("sinc.closed")}</Tag>}
        </Group>
        <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
          {incident.facts}
        </Text>
        <Steps incident={incident} />
        {incident.closedAt === null ? (
          <Group justify="flex-end">
            {incident.isBreach ? <AddConcerned incident={incident} onAdd={send} /> : null}
            {mayClose ? (
              <Button variant="default" onClick={() => setClosing(true)}>
                {t("sinc.close")}
              </Button>
            ) : null}
          </Group>
        ) : null}
      </Stack>
      <ConfirmAction
        opened={isClosing}
        onClose={() => setClosing(false)}
        title={t("sinc.close")}
        action={t("sinc.close")}
        onConfirm={() => send(`${incident.id}/closing`)}
      >
        <Text>{t("sinc.closeHint")}</Text>
      </ConfirmAction>
      {dialog}
    </Card>
  );
}

const colors = { done: "green", waiting: "gray", soon: "orange", late: "red" } as const;

function Steps({ incident }: { readonly incident: IncidentReply }) {
  const t = useIncidentText();
  const format = useFormat();
  const [shown, setShown] = useState<{ step: Step; as: "draft" | "done" | "tell" } | null>(null);
  const untold = incident.customers.filter(({ toldAt }) => toldAt === null);
  const isTold = incident.customers.length > 0 && untold.length === 0;
  const said = ({ step, standing, doneAt, reference }: Step) =>
    standing === "done"
      ? t(step === "customers" && isTold ? "sinc.standing.told" : "sinc.standing.done", {
          date: format.dateTime(Date.parse(doneAt ?? "")),
          reference: reference ?? "",
        })
      : t(`sinc.standing.${standing}`);
  return (
    <>
      <ScrollTable label={t("sinc.number", { number: incident.number })} minWidth={640} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("sinc.step")}</Table.Th>
            <Table.Th>{t("sinc.due")}</Table.Th>
            <Table.Th>{t("sinc.standing")}</Table.Th>
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {incident.steps.map((step) => {
            const name = t(`sinc.step.${step.step}`);
            return (
              <Table.Tr key={step.step}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td>{format.dateTime(Date.parse(step.dueAt))}</Table.Td>
                <Table.Td>
                  <Tag color={colors[step.standing]}>{said(step)}</Tag>
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    <RowButton name={t("sinc.draftOf", { step: name })} onClick={() => setShown({ step, as: "draft" })}>
                      {t("sinc.draft")}
                    </RowButton>
                    {step.doneAt === null && step.step === "customers" && untold.length > 0 ? (
                      <Button size="xs" onClick={() => setShown({ step, as: "tell" })}>
                        {t("sinc.tell")}
                      </Button>
                    ) : null}
                    {step.doneAt === null ? (
                      <RowButton
                        variant={step.step === "customers" && untold.length > 0 ? "default" : "filled"}
                        name={t("sinc.doneOf", { step: name })}
                        onClick={() => setShown({ step, as: "done" })}
                      >
                        {t("sinc.done")}
                      </RowButton>
                    ) : null}
                  </Group>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </ScrollTable>
      {shown?.as === "draft" ? <Draft step={shown.step} onClose={() => setShown(null)} /> : null}
      {shown?.as === "done" ? <DoneForm id={incident.id} step={shown.step} onClose={() => setShown(null)} /> : null}
      <TellCustomers incident={incident} opened={shown?.as === "tell"} onClose={() => setShown(null)} />
    </>
  );
}

interface StepDialogProps {
  readonly step: Step;
  readonly onClose: () => void;
}

function Draft({ step, onClose }: StepDialogProps) {
  const t = useIncidentText();
  const draft = step.draft[useLanguage()];
  return (
    <Dialog title={t("sinc.draftOf", { step: t(`sinc.step.${step.step}`) })} opened onClose={onClose}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("sinc.draftHint")}
        </Text>
        <Textarea label={t("sinc.draft")} value={draft.text} autosize minRows={8} maxRows={20} readOnly />
      </Stack>
    </Dialog>
  );
}

function DoneForm({ id, step, onClose }: StepDialogProps & { readonly id: string }) {
  const t = useIncidentText();
  const { send, dialog } = useSend();
  const [reference, setReference] = useState("");
  const done = useMutation({
    mutationFn: () => send(`${id}/steps`, { step: step.step, reference }),
    onSuccess: onClose,
  });
  return (
    <Dialog title={t("sinc.doneOf", { step: t(`sinc.step.${step.step}`) })} opened onClose={onClose}>
      <Stack>
        <TextInput
          label={t("sinc.reference")}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
          maxLength={500}
          required
        />
        <ProblemAlert error={done.error} />
        <Group justify="flex-end">
          <Button disabled={reference.trim() === ""} loading={done.isPending} onClick={() => done.mutate()}>
            {t("sinc.done")}
          </Button>
        </Group>
      </Stack>
      {dialog}
    </Dialog>
  );
}

interface TellCustomersProps {
  readonly incident: IncidentReply;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function TellCustomers({ incident, opened, onClose }: TellCustomersProps) {
  const t = useIncidentText();
  const { send, dialog } = useSend();
  return (
    <>
      <ConfirmAction
        opened={opened}
        onClose={onClose}
        title={t("sinc.tell")}
        action={t("sinc.tell")}
        onConfirm={() => send(`${incident.id}/customers`)}
      >
        <Text>{t("sinc.tellHint")}</Text>
        <Text mt="xs">
          {incident.customers
            .filter(({ toldAt }) => toldAt === null)
            .map(({ tenantName }) => tenantName)
            .join(", ")}
        </Text>
      </ConfirmAction>
      {dialog}
    </>
  );
}
