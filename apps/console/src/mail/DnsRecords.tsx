import { type DnsRecordReply, type DomainReply, dnsRecordListSchema } from "@casaforte/contract/domains";
import { CopyField, ErrorState, LoadingState, useFormat } from "@casaforte/ui-kit";
import { callChecked, Tag } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMailText } from "./mail-text.tsx";

/** While something is missing the DNS is asked again and again: the page turns green by itself. */
const askAgainMs = 15_000;
const colors = { ok: "green", different: "red", missing: "orange", unchecked: "gray" } as const;

/** Every DNS record of a domain: what should be there, to copy, and what is there (R94). */
export function DnsRecords({ domain }: { readonly domain: DomainReply }) {
  const t = useMailText();
  const format = useFormat();
  const records = useQuery({
    queryKey: ["domain-records", domain.id],
    queryFn: ({ signal }) => callChecked(`/api/domains/${domain.id}/records`, { reply: dnsRecordListSchema, signal }),
    refetchInterval: ({ state }) => (state.data?.records.every((one) => one.state === "ok") ? false : askAgainMs),
  });
  if (records.isPending) return <LoadingState />;
  if (records.isError) return <ErrorState error={records.error} onRetry={() => void records.refetch()} />;
  const all = records.data.records;
  const bad = all.filter(({ state, isRequired }) => isRequired && state !== "ok").length;
  return (
    <Stack maw={860}>
      <Group justify="space-between">
        <Text fw={600} role="status">
          {bad === 0 ? t("dns.allWell") : t("dns.toDo", { count: bad })}
        </Text>
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            {t("dns.lookedAt", { when: format.dateTime(records.dataUpdatedAt) })}
          </Text>
          <Button variant="default" size="xs" loading={records.isFetching} onClick={() => void records.refetch()}>
            {t("dns.lookAgain")}
          </Button>
        </Group>
      </Group>
      {all.map((record) => (
        <DnsRecord key={`${record.type} ${record.host}`} record={record} />
      ))}
    </Stack>
  );
}

function DnsRecord({ record }: { readonly record: DnsRecordReply }) {
  const t = useMailText();
  const { purpose, type, host, value, state, found, isRequired } = record;
  return (
    <Card withBorder component="section" aria-label={`${t(`dns.purpose.${purpose}`)} ${type} ${host}`}>
      <Group justify="space-between" mb="xs" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h5">
            {t(`dns.purpose.${purpose}`)}
          </Title>
          <Text size="sm" c="dimmed">
            {t(`dns.why.${purpose}`)} {isRequired ? "" : t("dns.optional")}
          </Text>
        </div>
        <Tag color={colors[state]}>{t(`dns.state.${state}`)}</Tag>
      </Group>
      <Stack gap="xs">
        <CopyField label={t("dns.host", { type })} value={host} />
        <CopyField label={t("dns.value")} value={value} />
        {state === "different" ? (
          <div>
            <Text size="sm" c="dimmed">
              {t("dns.found")}
            </Text>
            {found.map((text) => (
              <Text key={text} size="sm" style={{ overflowWrap: "anywhere" }}>
                <span className="cf-code">{text}</span>
              </Text>
            ))}
          </div>
        ) : null}
      </Stack>
    </Card>
  );
}
