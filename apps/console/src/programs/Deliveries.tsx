import { type WebhookDelivery, type WebhookEndpoint, webhookDeliveriesReplySchema } from "@casaforte/contract/webhooks";
import { callApi, EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useProgramText, webhooksQuery } from "./program-text.ts";

/** While a dialog is open its log is read anew so often. */
const rereadEveryMs = 5_000;

/** What was sent to one webhook, how it went, and the way to send it again. */
export function Deliveries({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const t = useProgramText();
  const client = useQueryClient();
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const queryKey = ["webhook-deliveries", endpoint.id];
  const query = useQuery({
    queryKey: [...queryKey, cursor],
    queryFn: ({ signal }) =>
      callChecked(`/api/webhooks/${endpoint.id}/deliveries${cursor === undefined ? "" : `?cursor=${cursor}`}`, {
        reply: webhookDeliveriesReplySchema,
        signal,
      }),
    refetchInterval: rereadEveryMs,
  });
  const send = useMutation({
    mutationFn: (path: string) => callApi(`/api/webhooks/${endpoint.id}/${path}`, { method: "POST" }),
    onSuccess: async () => {
      setCursors([]);
      await client.invalidateQueries({ queryKey });
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
    },
  });
  const isActive = endpoint.state === "active";
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {send.isSuccess && send.variables === "test" ? t("hooks.tested") : ""}
        </Text>
        <Button
          variant="default"
          loading={send.isPending && send.variables === "test"}
          disabled={!isActive}
          onClick={() => send.mutate("test")}
        >
          {t("hooks.test")}
        </Button>
      </Group>
      <ProblemAlert error={send.error} />
      <Loaded query={query}>
        {({ deliveries, nextCursor }) =>
          deliveries.length === 0 ? (
            <EmptyState title={t("hooks.noDeliveries")} text={t("hooks.noDeliveriesHint")} />
          ) : (
            <Stack>
              <DeliveryTable
                deliveries={deliveries}
                isActive={isActive}
                onResend={(id) => send.mutate(`deliveries/${id}/resend`)}
              />
              {nextCursor === null ? null : (
                <Group justify="center">
                  <Button variant="default" onClick={() => setCursors([...cursors, nextCursor])}>
                    {t("hooks.older")}
                  </Button>
                </Group>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Stack>
  );
}

const colors = { delivered: "green", waiting: "orange", failed: "red" } as const;

function DeliveryTable({
  deliveries,
  isActive,
  onResend,
}: {
  readonly deliveries: readonly WebhookDelivery[];
  readonly isActive: boolean;
  readonly onResend: (id: string) => void;
}) {
  const t = useProgramText();
  const format = useFormat();
  return (
    <ScrollTable label={t("hooks.log")} minWidth={560} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("hooks.event")}</Table.Th>
          <Table.Th>{t("hooks.when")}</Table.Th>
          <Table.Th>{t("hooks.result")}</Table.Th>
          <Table.Th>{t("hooks.actions")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {deliveries.map((delivery) => {
          const when = format.dateTime(Date.parse(delivery.occurredAt));
          return (
            <Table.Tr key={delivery.id}>
              <Table.Td>
                <Code>{delivery.type}</Code>
              </Table.Td>
              <Table.Td>{when}</Table.Td>
              <Table.Td>
                <Result delivery={delivery} />
              </Table.Td>
              <Table.Td>
                {delivery.state === "waiting" ? null : (
                  <RowButton
                    disabled={!isActive}
                    name={t("hooks.resendOf", { type: delivery.type, when })}
                    onClick={() => onResend(delivery.id)}
                  >
                    {t("hooks.resend")}
                  </RowButton>
                )}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Result({ delivery }: { readonly delivery: WebhookDelivery }) {
  const t = useProgramText();
  const format = useFormat();
  const { state, attempts, lastStatus, lastTrouble, lastMs, nextAt } = delivery;
  const lines = [
    lastStatus === null ? null : t("hooks.status", { status: lastStatus, ms: lastMs ?? 0 }),
    lastTrouble === null ? null : t(`hooks.trouble.${lastTrouble}`),
    attempts > 1 ? t("hooks.attempts", { count: attempts }) : null,
    attempts > 0 && nextAt !== null ? t("hooks.nextAt", { when: format.dateTime(Date.parse(nextAt)) }) : null,
  ].filter((line) => line !== null);
  return (
    <Group gap="xs">
      <Tag color={colors[state]}>{t(`hooks.delivery.${state}`)}</Tag>
      <Text size="sm" c="dimmed">
        {lines.join(" · ")}
      </Text>
    </Group>
  );
}
