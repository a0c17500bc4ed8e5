import { type DnsRecordReply, type DomainReply, dnsRecordListSchema } from "@casaforte/contract/domains";
import { CopyField, callApi, ErrorState, LoadingState, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Tag } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
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
      <RotateKeys
        domain={domain}
        isWaiting={all.some(({ key }) => key?.algorithm === "rsa" && key.state === "waiting")}
      />
    </Stack>
  );
}

function DnsRecord({ record }: { readonly record: DnsRecordReply }) {
  const t = useMailText();
  const { purpose, type, host, value, state, found, isRequired, key } = record;
  return (
    <Card withBorder component="section" aria-label={`${t(`dns.purpose.${purpose}`)} ${type} ${host}`}>
      <Group justify="space-between" mb="xs" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h5">
            {t(`dns.purpose.${purpose}`)}
          </Title>
          <Text size="sm" c="dimmed">
            {t(`dns.why.${purpose}`)} {isRequired || key !== null ? "" : t("dns.optional")}
          </Text>
        </div>
        <Tag color={key?.state === "retired" ? "gray" : colors[state]}>
          {key?.state === "retired" ? t("dkim.removable") : t(`dns.state.${state}`)}
        </Tag>
      </Group>
      <Stack gap="xs">
        {key === null ? null : <KeyState record={key} />}
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

type KeyReply = NonNullable<DnsRecordReply["key"]>;

/** What a DKIM key does now, in words. */
function KeyState({ record }: { readonly record: KeyReply }) {
  const t = useMailText();
  const format = useFormat();
  const { algorithm, state, isShown, signingFrom, keptUntil } = record;
  const says =
    state === "signing" && !isShown
      ? t("dkim.lost")
      : state === "signing"
        ? t("dkim.signing", { when: format.date(Date.parse(signingFrom ?? "")) })
        : state === "kept"
          ? t("dkim.kept", { when: format.date(Date.parse(keptUntil ?? "")) })
          : t(`dkim.${state}`);
  return (
    <Text size="sm">
      {t(`dkim.algorithm.${algorithm}`)}: {says}
    </Text>
  );
}

/** Starts a change of the domain's keys. */
function RotateKeys({ domain, isWaiting }: { readonly domain: DomainReply; readonly isWaiting: boolean }) {
  const t = useMailText();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const rotate = useMutation({
    mutationFn: () => callApi(`/api/domains/${domain.id}/dkim`, { method: "POST" }),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: ["domain-records", domain.id] });
    },
  });
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" c="dimmed">
        {isWaiting ? t("dkim.rotateWaits") : t("dkim.rotateHint")}
      </Text>
      <Button variant="default" onClick={() => setAsking(true)} disabled={isWaiting}>
        {t("dkim.rotate")}
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={t("dkim.rotateTitle")}>
        <Stack>
          <Text size="sm">{t("dkim.rotateText")}</Text>
          <ProblemAlert error={rotate.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t("kit.cancel")}
            </Button>
            <Button onClick={() => rotate.mutate()} loading={rotate.isPending}>
              {t("dkim.rotate")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
