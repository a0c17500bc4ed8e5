import { type CertificateListReply, certificateListSchema } from "@casaforte/contract/certificates";
import type { DomainReply } from "@casaforte/contract/domains";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { useMailText } from "./mail-text.tsx";

type Name = CertificateListReply["names"][number];

/** While something is missing the page asks again and turns green by itself. */
const askAgainMs = 15_000;

/** What each host name of a domain shows to those who connect, and what keeps it from a certificate (C12). */
export function Certificates({ domain }: { readonly domain: DomainReply }) {
  const t = useMailText();
  const list = useQuery({
    queryKey: ["domain-certificates", domain.id],
    queryFn: ({ signal }) =>
      callChecked(`/api/domains/${domain.id}/certificates`, { reply: certificateListSchema, signal }),
    refetchInterval: ({ state }) => (state.data?.isOn ? askAgainMs : false),
  });
  return (
    <Loaded query={list}>
      {({ isOn, hostname, names }) => (
        <Stack maw={860}>
          <Text size="sm">{isOn ? t("certificates.hint", { hostname }) : t("certificates.off")}</Text>
          {isOn && names.length === 0 ? (
            <Text role="status">{t(domain.state === "pending" ? "certificates.unproved" : "certificates.soon")}</Text>
          ) : null}
          {names.map((each) => (
            <Certificate key={each.name} domainId={domain.id} certificate={each} hostname={hostname} mayRetry={isOn} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Certificate({
  domainId,
  certificate,
  hostname,
  mayRetry,
}: {
  readonly domainId: string;
  readonly certificate: Name;
  readonly hostname: string;
  readonly mayRetry: boolean;
}) {
  const t = useMailText();
  const format = useFormat();
  const client = useQueryClient();
  const { name, endsAt, trouble, words, triedAt, retryFrom } = certificate;
  const retry = useMutation({
    mutationFn: () =>
      callChecked(`/api/domains/${domainId}/certificates/retries`, { body: { name }, reply: z.undefined() }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["domain-certificates", domainId] }),
  });
  const isGood = endsAt !== null && trouble === null;
  const isUnused = trouble === "no_dns" && endsAt === null;
  return (
    <Card withBorder component="section" aria-label={name}>
      <Group justify="space-between" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h5" style={{ overflowWrap: "anywhere" }}>
            {name}
          </Title>
          {endsAt === null ? null : (
            <Text size="sm">{t("certificates.until", { when: format.date(Date.parse(endsAt)) })}</Text>
          )}
        </div>
        <Tag color={isGood ? "green" : isUnused || trouble === null ? "gray" : "orange"}>
          {t(isGood ? "certificates.good" : isUnused ? "certificates.unused" : "certificates.missing")}
        </Tag>
      </Group>
      {isGood ? null : (
        <Stack gap="xs" mt="xs" align="flex-start">
          <Text size="sm">
            {trouble === null ? t("certificates.soon") : t(`certificates.trouble.${trouble}`, { hostname })}
          </Text>
          {words === "" ? null : (
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {t("certificates.words")} <span className="cf-code">{words}</span>
            </Text>
          )}
          {triedAt === null ? null : (
            <Text size="sm" c="dimmed">
              {t("certificates.tried", { when: format.dateTime(Date.parse(triedAt)) })}
            </Text>
          )}
          <ProblemAlert error={retry.error} />
          {mayRetry && triedAt !== null ? (
            <RowButton
              loading={retry.isPending}
              disabled={Date.parse(retryFrom) > Date.now()}
              onClick={() => retry.mutate()}
              name={t("certificates.retryName", { name })}
            >
              {t("certificates.retry")}
            </RowButton>
          ) : null}
        </Stack>
      )}
    </Card>
  );
}
