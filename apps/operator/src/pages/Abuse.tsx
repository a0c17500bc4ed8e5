import {
  type AbuseCaseReply,
  abuseCaseListSchema,
  type StoppedSenderReply,
  stoppedSenderListSchema,
} from "@casaforte/contract/mailflow";
import { callApi, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, RowButton } from "@casaforte/ui-kit/console";
import { Button, Group, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";
import { Brakes } from "./AbuseBrakes.tsx";

const refreshMs = 30_000;

/** Accounts that were stopped from sending, and what others complain of (R103). */
export function Abuse() {
  const t = useT();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("abuse.title")}
      </Title>
      <Stops />
      <Cases />
      <Brakes />
    </Stack>
  );
}

function useChange(key: string) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const change = async (path: string, body?: Record<string, unknown>): Promise<void> => {
    setError(null);
    try {
      await callApi(path, { method: "POST", ...(body ? { body } : {}) });
    } catch (trouble) {
      setError(trouble);
    }
    await client.invalidateQueries({ queryKey: [key] });
  };
  return { error, change };
}

function Stops() {
  const t = useT();
  const format = useFormat();
  const { error, change } = useChange("mail-stops");
  const client = useQueryClient();
  const [discarding, setDiscarding] = useState<StoppedSenderReply | null>(null);
  const discard = async ({ tenantId, mailAccountId }: StoppedSenderReply): Promise<void> => {
    await callApi(`/api/mail-stops/${tenantId}/${mailAccountId}/discard`, { method: "POST" });
    await client.invalidateQueries({ queryKey: ["mail-stops"] });
  };
  const stops = useQuery({
    queryKey: ["mail-stops"],
    queryFn: ({ signal }) => callChecked("/api/mail-stops", { reply: stoppedSenderListSchema, signal }),
    refetchInterval: refreshMs,
  });
  const rows = stops.data?.stops ?? [];
  return (
    <section aria-label={t("abuse.stops")}>
      <Title order={2} size="h4" mb="xs">
        {t("abuse.stops")}
      </Title>
      <ProblemAlert error={error} />
      {stops.isPending ? <LoadingState /> : null}
      {stops.isError ? <ErrorState error={stops.error} onRetry={() => void stops.refetch()} /> : null}
      {stops.data && rows.length === 0 ? <Text c="dimmed">{t("abuse.noStops")}</Text> : null}
      {rows.length > 0 ? (
        <ScrollTable label={t("abuse.stops")} minWidth={620} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("abuse.account")}</Table.Th>
              <Table.Th>{t("abuse.reason")}</Table.Th>
              <Table.Th>{t("abuse.since")}</Table.Th>
              <Table.Th>{t("abuse.held")}</Table.Th>
              <Table.Th>{t("abuse.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((stop) => (
              <Table.Tr key={stop.mailAccountId}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{stop.address}</Table.Td>
                <Table.Td>{t(`abuse.reason.${stop.reason}`)}</Table.Td>
                <Table.Td>{format.relative(Date.parse(stop.stoppedAt))}</Table.Td>
                <Table.Td>{t("abuse.heldCount", { count: stop.held })}</Table.Td>
                <Table.Td>
                  <Group gap="xs">
                    <RowButton
                      name={t("abuse.liftOf", { address: stop.address })}
                      onClick={() => void change(`/api/mail-stops/${stop.tenantId}/${stop.mailAccountId}/lift`)}
                    >
                      {t("abuse.lift")}
                    </RowButton>
                    {stop.held === 0 ? null : (
                      <RowButton
                        name={t("abuse.discardOf", { address: stop.address })}
                        onClick={() => setDiscarding(stop)}
                      >
                        {t("abuse.discard")}
                      </RowButton>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      ) : null}
      {discarding === null ? null : (
        <ConfirmAction
          opened
          onClose={() => setDiscarding(null)}
          title={t("abuse.discardTitle", { address: discarding.address })}
          action={t("abuse.discard")}
          onConfirm={() => discard(discarding)}
        >
          <Text>{t("abuse.discardHint", { count: discarding.held })}</Text>
        </ConfirmAction>
      )}
    </section>
  );
}

function Cases() {
  const t = useT();
  const [state, setState] = useState<"open" | "closed">("open");
  const cases = useQuery({
    queryKey: ["abuse-cases", state],
    queryFn: ({ signal }) => callChecked("/api/abuse-cases", { query: { state }, reply: abuseCaseListSchema, signal }),
    refetchInterval: refreshMs,
    placeholderData: (before) => before,
  });
  const rows = cases.data?.cases ?? [];
  return (
    <section aria-label={t("abuse.cases")}>
      <Group mb="xs">
        <Title order={2} size="h4">
          {t("abuse.cases")}
        </Title>
        <SegmentedControl
          aria-label={t("abuse.state")}
          size="xs"
          value={state}
          onChange={(value) => setState(value === "closed" ? "closed" : "open")}
          data={[
            { value: "open", label: t("abuse.open") },
            { value: "closed", label: t("abuse.closed") },
          ]}
        />
      </Group>
      {cases.isPending ? <LoadingState /> : null}
      {cases.isError ? <ErrorState error={cases.error} onRetry={() => void cases.refetch()} /> : null}
      {cases.data && rows.length === 0 ? <EmptyState title={t("abuse.noCases")} text={t("abuse.noCasesHint")} /> : null}
      {rows.length > 0 ? <CaseTable rows={rows} /> : null}
    </section>
  );
}

function CaseTable({ rows }: { readonly rows: readonly AbuseCaseReply[] }) {
  const t = useT();
  const format = useFormat();
  const { error, change } = useChange("abuse-cases");
  const [stopping, setStopping] = useState<AbuseCaseReply | null>(null);
  return (
    <>
      <ProblemAlert error={error} />
      <ScrollTable label={t("abuse.cases")} minWidth={760} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("abuse.about")}</Table.Th>
            <Table.Th>{t("abuse.type")}</Table.Th>
            <Table.Th>{t("abuse.reporter")}</Table.Th>
            <Table.Th>{t("abuse.since")}</Table.Th>
            <Table.Th>{t("abuse.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td maw={320} style={{ overflowWrap: "anywhere" }}>
                <Text size="sm" fw={600}>
                  {one.originalSender}
                </Text>
                <Text size="xs" c="dimmed">
                  {one.subject}
                </Text>
              </Table.Td>
              <Table.Td>{one.feedbackType}</Table.Td>
              <Table.Td maw={220} style={{ overflowWrap: "anywhere" }}>
                {one.reporter}
              </Table.Td>
              <Table.Td>{format.relative(Date.parse(one.receivedAt))}</Table.Td>
              <Table.Td>
                {one.state === "open" ? (
                  <Group gap="xs" wrap="nowrap">
                    {one.accused === null ? null : (
                      <Button variant="default" size="xs" onClick={() => setStopping(one)}>
                        {t("abuse.stop")}
                      </Button>
                    )}
                    <RowButton
                      name={t("abuse.closeOf", { address: one.originalSender })}
                      onClick={() => void change(`/api/abuse-cases/${one.id}/close`)}
                    >
                      {t("abuse.close")}
                    </RowButton>
                  </Group>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {stopping?.accused ? (
        <StopAccount about={stopping} accused={stopping.accused} onClose={() => setStopping(null)} />
      ) : null}
    </>
  );
}

function StopAccount({
  about,
  accused,
  onClose,
}: {
  readonly about: AbuseCaseReply;
  readonly accused: { readonly tenantId: string; readonly mailAccountId: string };
  readonly onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  const stop = async (): Promise<void> => {
    await callApi("/api/mail-stops", { method: "POST", body: accused });
    await client.invalidateQueries({ queryKey: ["mail-stops"] });
  };
  return (
    <ConfirmAction
      opened
      onClose={onClose}
      title={t("abuse.stopTitle", { address: about.originalSender })}
      action={t("abuse.stop")}
      onConfirm={stop}
    >
      <Text>{t("abuse.stopHint")}</Text>
    </ConfirmAction>
  );
}
