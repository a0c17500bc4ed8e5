import type { WebhookEndpoint } from "@casaforte/contract/webhooks";
import { Dialog, EmptyState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { HookSecret } from "./HookSecret.tsx";
import { useProgramText, webhooksQuery } from "./program-text.ts";
import { WebhookActions } from "./WebhookActions.tsx";
import { WebhookForm } from "./WebhookForm.tsx";

/** Programs that are told what happens (R79); owners and administrators alone see where. */
export function Webhooks() {
  const { session } = useSession();
  return session.role === "owner" || session.role === "admin" ? <WebhookSection /> : null;
}

function WebhookSection() {
  const t = useProgramText();
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const add = <Button onClick={() => setMaking(true)}>{t("hooks.add")}</Button>;
  return (
    <section aria-labelledby="hooks-title">
      <Loaded query={useQuery(webhooksQuery)}>
        {({ endpoints }) => (
          <Stack>
            <Group justify="space-between" align="flex-start">
              <div>
                <Title order={2} size="h4" id="hooks-title">
                  {t("hooks.title")}
                </Title>
                <Text size="sm" c="dimmed" maw={640}>
                  {t("hooks.intro")}
                </Text>
              </div>
              {endpoints.length > 0 ? add : null}
            </Group>
            {endpoints.length === 0 ? (
              <EmptyState title={t("hooks.none")} text={t("hooks.noneHint")} action={add} />
            ) : (
              <WebhookTable endpoints={endpoints} onSecret={setSecret} />
            )}
            <Dialog title={t("hooks.add")} opened={isMaking} onClose={() => setMaking(false)} size="lg">
              <WebhookForm
                before={null}
                onDone={(made) => {
                  setMaking(false);
                  setSecret(made);
                }}
              />
            </Dialog>
          </Stack>
        )}
      </Loaded>
      <HookSecret secret={secret} onDone={() => setSecret(null)} />
    </section>
  );
}

function WebhookTable({
  endpoints,
  onSecret,
}: {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly onSecret: (secret: string) => void;
}) {
  const t = useProgramText();
  return (
    <ScrollTable label={t("hooks.title")} minWidth={640} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("hooks.name")}</Table.Th>
          <Table.Th>{t("hooks.topics")}</Table.Th>
          <Table.Th>{t("hooks.state")}</Table.Th>
          <Table.Th>{t("hooks.actions")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {endpoints.map((endpoint) => (
          <Table.Tr key={endpoint.id}>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Text>{endpoint.name}</Text>
              <Text size="sm" c="dimmed">
                {endpoint.url}
              </Text>
            </Table.Td>
            <Table.Td>
              <Topics endpoint={endpoint} />
            </Table.Td>
            <Table.Td>
              <HookState endpoint={endpoint} />
            </Table.Td>
            <Table.Td>
              <WebhookActions endpoint={endpoint} onSecret={onSecret} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Topics({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const t = useProgramText();
  const format = useFormat();
  return <Text size="sm">{format.list(endpoint.topics.map((topic) => t(`hooks.topic.${topic}`)))}</Text>;
}

const colors = { active: "green", paused: "gray", disabled: "red" } as const;

function HookState({ endpoint }: { readonly endpoint: WebhookEndpoint }) {
  const t = useProgramText();
  const format = useFormat();
  const { state, disabledReason, failingSince, waiting, lastSuccessAt, secretBeforeUntil } = endpoint;
  const lines = [
    disabledReason === null ? null : t(`hooks.disabled.${disabledReason}`),
    state === "active" && failingSince !== null
      ? t("hooks.failing", { when: format.dateTime(Date.parse(failingSince)) })
      : null,
    waiting > 0 ? t("hooks.waiting", { count: waiting }) : null,
    lastSuccessAt === null
      ? t("hooks.neverSent")
      : t("hooks.lastSuccess", { when: format.relative(Date.parse(lastSuccessAt)) }),
    secretBeforeUntil === null
      ? null
      : t("hooks.bothSecrets", { when: format.dateTime(Date.parse(secretBeforeUntil)) }),
  ].filter((line) => line !== null);
  return (
    <Stack gap={2} align="flex-start">
      <Tag color={state === "active" && failingSince !== null ? "orange" : colors[state]}>
        {t(`hooks.state.${state}`)}
      </Tag>
      {lines.map((line) => (
        <Text key={line} size="sm" c="dimmed">
          {line}
        </Text>
      ))}
    </Stack>
  );
}
