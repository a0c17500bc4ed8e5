import {
  type DomainMailPolicyReply,
  domainMailPolicyListSchema,
  type SenderRuleReply,
  senderRuleListSchema,
} from "@casaforte/contract/mailflow";
import { callApi, EmptyState, ErrorState, LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, RowButton, Tag } from "@casaforte/ui-kit/console";
import {
  Button,
  Card,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useT } from "../translate.ts";

/** How each domain takes mail, and the senders it always or never wants. */
export function MailFilters() {
  const policies = useQuery({
    queryKey: ["mail-policies"],
    queryFn: ({ signal }) => callChecked("/api/mail-policies", { reply: domainMailPolicyListSchema, signal }),
  });
  const rules = useQuery({
    queryKey: ["sender-rules"],
    queryFn: ({ signal }) => callChecked("/api/mail-sender-rules", { reply: senderRuleListSchema, signal }),
  });
  const t = useT();
  if (policies.isPending || rules.isPending) return <LoadingState />;
  if (policies.isError) return <ErrorState error={policies.error} onRetry={() => void policies.refetch()} />;
  if (rules.isError) return <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />;
  if (policies.data.policies.length === 0) return <EmptyState title={t("filters.noDomain")} />;
  return (
    <Stack>
      {policies.data.policies.map((policy) => (
        <DomainPolicy key={policy.domain} policy={policy} />
      ))}
      <SenderRules rules={rules.data.rules} domains={policies.data.policies.map(({ domain }) => domain)} />
    </Stack>
  );
}

function DomainPolicy({ policy }: { readonly policy: DomainMailPolicyReply }) {
  const t = useT();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const change = async (change: Partial<DomainMailPolicyReply>): Promise<void> => {
    setError(null);
    const { greylist, spamAction } = { ...policy, ...change };
    try {
      await callApi(`/api/mail-policies/${policy.domain}`, { method: "PUT", body: { greylist, spamAction } });
    } catch (trouble) {
      setError(trouble);
    }
    await client.invalidateQueries({ queryKey: ["mail-policies"] });
  };
  return (
    <Card withBorder component="section" aria-label={policy.domain}>
      <Title order={2} size="h4" mb="sm">
        {policy.domain}
      </Title>
      <ProblemAlert error={error} />
      <Stack gap="md">
        <div>
          <Text size="sm" fw={500} mb={4}>
            {t("filters.spam")}
          </Text>
          <SegmentedControl
            aria-label={t("filters.spamOf", { domain: policy.domain })}
            value={policy.spamAction}
            onChange={(value) => void change({ spamAction: value === "quarantine" ? "quarantine" : "junk" })}
            data={[
              { value: "junk", label: t("filters.junk") },
              { value: "quarantine", label: t("filters.quarantine") },
            ]}
          />
        </div>
        <Switch
          label={t("filters.greylist")}
          description={t("filters.greylistHint")}
          checked={policy.greylist}
          onChange={(event) => void change({ greylist: event.currentTarget.checked })}
        />
      </Stack>
    </Card>
  );
}

function SenderRules({
  rules,
  domains,
}: {
  readonly rules: readonly SenderRuleReply[];
  readonly domains: readonly string[];
}) {
  const t = useT();
  const client = useQueryClient();
  const [pattern, setPattern] = useState("");
  const [verdict, setVerdict] = useState<string>("deny");
  const [domain, setDomain] = useState<string>(domains[0] ?? "");
  const [error, setError] = useState<unknown>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setError(null);
    try {
      await work();
      await client.invalidateQueries({ queryKey: ["sender-rules"] });
      return true;
    } catch (trouble) {
      setError(trouble);
      return false;
    }
  };
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { domain, verdict, pattern };
    if (await run(() => callApi("/api/mail-sender-rules", { method: "POST", body }))) setPattern("");
  };
  return (
    <Card withBorder component="section" aria-label={t("filters.senders")}>
      <Title order={2} size="h4">
        {t("filters.senders")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("filters.sendersHint")}
      </Text>
      <ProblemAlert error={error} />
      <form onSubmit={(event) => void add(event)}>
        <Group align="end" mb="sm">
          <TextInput
            label={t("filters.pattern")}
            placeholder="shop.example"
            required
            value={pattern}
            onChange={(event) => setPattern(event.currentTarget.value)}
          />
          <Select
            label={t("filters.verdict")}
            value={verdict}
            allowDeselect={false}
            onChange={(value) => setVerdict(value ?? "deny")}
            data={[
              { value: "allow", label: t("filters.allow") },
              { value: "deny", label: t("filters.deny") },
            ]}
          />
          <Select
            label={t("filters.for")}
            value={domain}
            allowDeselect={false}
            onChange={(value) => setDomain(value ?? "")}
            data={[...domains]}
          />
          <Button type="submit">{t("filters.add")}</Button>
        </Group>
      </form>
      {rules.length === 0 ? (
        <Text size="sm">{t("filters.noSenders")}</Text>
      ) : (
        <Table>
          <Table.Tbody>
            {rules.map((rule) => (
              <Table.Tr key={rule.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{rule.pattern}</Table.Td>
                <Table.Td>
                  <Tag color={rule.verdict === "allow" ? "green" : "red"}>{t(`filters.${rule.verdict}`)}</Tag>
                </Table.Td>
                <Table.Td>{rule.domain ?? t("filters.oneMailbox")}</Table.Td>
                <Table.Td ta="right">
                  <RowButton
                    name={t("filters.removeOf", { pattern: rule.pattern })}
                    onClick={() => void run(() => callApi(`/api/mail-sender-rules/${rule.id}`, { method: "DELETE" }))}
                  >
                    {t("filters.remove")}
                  </RowButton>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}
