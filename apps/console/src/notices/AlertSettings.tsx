import { type Policy, policySchema } from "@casaforte/contract/policies";
import { ProblemAlert, ScrollTable } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton } from "@casaforte/ui-kit/console";
import { Anchor, Checkbox, Group, List, NumberInput, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMayWork } from "../may-work.ts";
import { policiesQuery } from "../queries.ts";
import { useNoticeText } from "./notice-text.ts";

/** What we write of, to whom, and from which figure on (C26): backup warnings by policy, the rest in words with its page. */
export function AlertSettings() {
  const t = useNoticeText();
  return (
    <section aria-labelledby="alert-settings">
      <Title order={2} size="h4" id="alert-settings">
        {t("alerts.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("alerts.hint")}
      </Text>
      <Loaded query={useQuery(policiesQuery)}>
        {({ policies }) =>
          policies.length === 0 ? (
            <Text c="dimmed">
              {t("alerts.noPolicies")}{" "}
              <Anchor td="underline" renderRoot={(props) => <Link {...props} to="/policies" />}>
                {t("alerts.toPolicies")}
              </Anchor>
            </Text>
          ) : (
            <ScrollTable label={t("alerts.policy")} minWidth={620}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("alerts.policy")}</Table.Th>
                  <Table.Th>{t("alerts.failed")}</Table.Th>
                  <Table.Th>{t("alerts.silent")}</Table.Th>
                  <Table.Th>{t("notices.actions")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {policies.map((policy) => (
                  <PolicyAlerts key={`${policy.id} ${policy.version}`} policy={policy} />
                ))}
              </Table.Tbody>
            </ScrollTable>
          )
        }
      </Loaded>
      <List size="sm" mt="sm" spacing={4}>
        <List.Item>{t("alerts.space")}</List.Item>
        <List.Item>{t("alerts.mailbox")}</List.Item>
        <List.Item>
          {t("alerts.budget")}{" "}
          <Anchor td="underline" size="sm" renderRoot={(props) => <Link {...props} to="/costs" />}>
            {t("alerts.toBudget")}
          </Anchor>
        </List.Item>
        <List.Item>
          {t("alerts.webhook")}{" "}
          <Anchor td="underline" size="sm" renderRoot={(props) => <Link {...props} to="/programs" />}>
            {t("alerts.toWebhooks")}
          </Anchor>
        </List.Item>
      </List>
    </section>
  );
}

function PolicyAlerts({ policy }: { readonly policy: Policy }) {
  const t = useNoticeText();
  const client = useQueryClient();
  const mayWork = useMayWork("content");
  const { alerts } = policy.settings;
  const [onFailure, setOnFailure] = useState(alerts.onFailure);
  const [days, setDays] = useState<number | string>(alerts.noSuccessDays);
  const noSuccessDays = Math.min(365, Math.max(0, Math.round(Number(days) || 0)));
  const save = useMutation({
    mutationFn: () =>
      callChecked(`/api/policies/${policy.id}`, {
        method: "PUT",
        body: {
          name: policy.name,
          settings: { ...policy.settings, alerts: { onFailure, noSuccessDays } },
          version: policy.version,
        },
        reply: policySchema,
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: policiesQuery.queryKey }),
  });
  const isSame = onFailure === alerts.onFailure && noSuccessDays === alerts.noSuccessDays;
  return (
    <Table.Tr>
      <Table.Td>{policy.name}</Table.Td>
      <Table.Td>
        <Checkbox
          aria-label={`${t("alerts.failed")}: ${policy.name}`}
          checked={onFailure}
          disabled={!mayWork}
          onChange={(event) => setOnFailure(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        {policy.settings.schedule.kind === "manual" ? (
          <Text size="sm">{t("alerts.manual")}</Text>
        ) : (
          <Group gap="xs" wrap="nowrap">
            <NumberInput
              aria-label={`${t("alerts.silent")}: ${policy.name}`}
              value={days}
              onChange={setDays}
              min={0}
              max={365}
              w={90}
              disabled={!mayWork}
            />
            <Text size="sm">
              {noSuccessDays === 0 ? t("alerts.never") : t("alerts.days", { count: noSuccessDays })}
            </Text>
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <Stack gap={4}>
          {mayWork ? (
            <RowButton
              disabled={isSame}
              loading={save.isPending}
              name={t("alerts.saveOf", { name: policy.name })}
              onClick={() => save.mutate()}
            >
              {t("kit.save")}
            </RowButton>
          ) : null}
          <ProblemAlert error={save.error} />
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}
