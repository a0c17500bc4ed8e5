import { type OperationReply, operationSchema, retriedSchema } from "@casaforte/contract/health";
import { EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useT } from "../translate.ts";

const refreshMs = 5_000;
const queryKey = ["operation"] as const;

/** What works behind the portals: which versions run, what waits, what was given up and why (R22). */
export function Operation() {
  const t = useT();
  const operation = useQuery({
    queryKey,
    queryFn: ({ signal }) => callChecked("/api/operation", { reply: operationSchema, signal }),
    refetchInterval: refreshMs,
  });
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        {t("operation.title")}
      </Title>
      <Loaded query={operation}>
        {(data) => (
          <>
            <Queues queues={data.queues} />
            <Versions operation={data} />
            <Schedules schedules={data.schedules} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Versions({ operation }: { readonly operation: OperationReply }) {
  const t = useT();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("operation.versions")}
      </Title>
      <ScrollTable label={t("operation.versions")} minWidth={360}>
        <Table.Tbody>
          <Table.Tr>
            <Table.Th scope="row">{t("operation.program")}</Table.Th>
            <Table.Td>
              {operation.version}
              {operation.build === null ? "" : ` (${operation.build.slice(0, 12)})`}
            </Table.Td>
            <Table.Td>
              <Anchor href="/api/operation/sbom" size="sm" download>
                {t("operation.sbom")}
              </Anchor>
            </Table.Td>
          </Table.Tr>
          {operation.agents.map((agent) => (
            <Table.Tr key={agent.version}>
              <Table.Th scope="row">{t("operation.agent")}</Table.Th>
              <Table.Td>{agent.version}</Table.Td>
              <Table.Td>{t("operation.devices", { count: agent.devices })}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {operation.agents.length === 0 ? <Text c="dimmed">{t("operation.noAgents")}</Text> : null}
    </Stack>
  );
}

function Queues({ queues }: { readonly queues: OperationReply["queues"] }) {
  const t = useT();
  const format = useFormat();
  const { session } = useSession();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: (task: string) =>
      callChecked("/api/operation/retries", { method: "POST", body: { task }, reply: retriedSchema }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const mayRetry = session.operatorRoles.includes("infra");
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("operation.queues")}
      </Title>
      <ProblemAlert error={retry.error} />
      {retry.data ? (
        <Alert color="green" variant="light" role="status">
          {t("operation.retried", { count: retry.data.retried })}
        </Alert>
      ) : null}
      {queues.length === 0 ? (
        <EmptyState title={t("operation.noQueues")} text={t("operation.noQueuesHint")} />
      ) : (
        <ScrollTable label={t("operation.queues")} minWidth={760} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("operation.task")}</Table.Th>
              <Table.Th ta="right">{t("operation.waiting")}</Table.Th>
              <Table.Th ta="right">{t("operation.running")}</Table.Th>
              <Table.Th ta="right">{t("operation.failed")}</Table.Th>
              <Table.Th>{t("operation.error")}</Table.Th>
              <Table.Th>{t("operation.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {queues.map((queue) => (
              <Table.Tr key={queue.task}>
                <Table.Th scope="row" ff="monospace">
                  {queue.task}
                </Table.Th>
                <Table.Td ta="right">
                  {queue.waiting}
                  {queue.dueSince === null ? null : (
                    <Text size="xs" c="dimmed">
                      {t("operation.dueFor", { when: format.relative(Date.parse(queue.dueSince)) })}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="right">{queue.running}</Table.Td>
                <Table.Td ta="right">{queue.failed === 0 ? 0 : <Tag color="red">{String(queue.failed)}</Tag>}</Table.Td>
                <Table.Td maw={320} style={{ overflowWrap: "anywhere" }}>
                  {queue.lastError ?? ""}
                </Table.Td>
                <Table.Td>
                  {queue.failed > 0 && mayRetry ? (
                    <RowButton
                      name={t("operation.retryOf", { task: queue.task })}
                      loading={retry.isPending && retry.variables === queue.task}
                      onClick={() => retry.mutate(queue.task)}
                    >
                      {t("operation.retry")}
                    </RowButton>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
    </Stack>
  );
}

function Schedules({ schedules }: { readonly schedules: OperationReply["schedules"] }) {
  const t = useT();
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("operation.schedules")}
      </Title>
      {schedules.length === 0 ? (
        <Text c="dimmed">{t("operation.noSchedules")}</Text>
      ) : (
        <ScrollTable label={t("operation.schedules")} minWidth={480}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("operation.task")}</Table.Th>
              <Table.Th>{t("operation.next")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {schedules.map((schedule) => (
              <Table.Tr key={schedule.task}>
                <Table.Th scope="row" ff="monospace">
                  {schedule.task}
                </Table.Th>
                <Table.Td>
                  {schedule.isRunning ? t("operation.isRunning") : format.relative(Date.parse(schedule.nextAt))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
    </Stack>
  );
}
