import {
  type DomainReportList,
  type DomainReportReply,
  domainReportListSchema,
} from "@casaforte/contract/domain-reports";
import type { DomainReply } from "@casaforte/contract/domains";
import { callApi, EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMailText } from "./mail-text.tsx";

/** What others report of a domain's mail, and what senders to it are told about encryption (R94). */
export function DomainReports({ domain }: { readonly domain: DomainReply }) {
  const t = useMailText();
  const reports = useQuery({
    queryKey: ["domain-reports", domain.id],
    queryFn: ({ signal }) =>
      callChecked(`/api/domains/${domain.id}/reports`, { reply: domainReportListSchema, signal }),
  });
  return (
    <Loaded query={reports}>
      {(found) => (
        <Stack maw={860}>
          <Encryption domain={domain} sts={found.sts} />
          {found.reports.length === 0 ? (
            <EmptyState title={t("reports.none")} text={t("reports.noneHint")} />
          ) : (
            found.reports.map((report) => <Report key={report.id} report={report} />)
          )}
        </Stack>
      )}
    </Loaded>
  );
}

/** MTA-STS: testing first, then senders insist on TLS. */
function Encryption({ domain, sts }: { readonly domain: DomainReply; readonly sts: DomainReportList["sts"] }) {
  const t = useMailText();
  const format = useFormat();
  const client = useQueryClient();
  const { mode, enforceableFrom, recentFailures } = sts;
  const next = mode === "testing" ? "enforce" : "testing";
  const isTooEarly = enforceableFrom === null || Date.parse(enforceableFrom) > Date.now();
  const isBlocked = next === "enforce" && (isTooEarly || recentFailures > 0);
  const change = useMutation({
    mutationFn: () => callApi(`/api/domains/${domain.id}/sts`, { method: "PUT", body: { mode: next } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["domain-reports", domain.id] });
      await client.invalidateQueries({ queryKey: ["domain-records", domain.id] });
      await client.invalidateQueries({ queryKey: ["domains"] });
    },
  });
  const why =
    mode === "enforce"
      ? t("sts.enforceHint")
      : recentFailures > 0
        ? t("sts.failures", { count: recentFailures })
        : isTooEarly
          ? enforceableFrom === null
            ? t("sts.notActive")
            : t("sts.tooEarly", { when: format.date(Date.parse(enforceableFrom)) })
          : t("sts.ready");
  return (
    <Card withBorder component="section" aria-label={t("sts.title")}>
      <Stack gap="xs" align="flex-start">
        <Group gap="sm">
          <Title order={2} size="h5">
            {t("sts.title")}
          </Title>
          <Tag color={mode === "enforce" ? "green" : "gray"}>{t(`sts.mode.${mode}`)}</Tag>
        </Group>
        <Text size="sm">{why}</Text>
        <ProblemAlert error={change.error} />
        <Button variant="default" onClick={() => change.mutate()} loading={change.isPending} disabled={isBlocked}>
          {t(`sts.to.${next}`)}
        </Button>
        <Text size="sm" c="dimmed">
          {t("sts.recordHint")}
        </Text>
      </Stack>
    </Card>
  );
}

function Report({ report }: { readonly report: DomainReportReply }) {
  const t = useMailText();
  const format = useFormat();
  const { kind, reporter, from, to, passed, failed, rows } = report;
  const title = t(`reports.by.${kind}`, { reporter });
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2} size="h5" style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {format.dateTime(Date.parse(from))} – {format.dateTime(Date.parse(to))}
          </Text>
        </div>
        <Tag color={failed === 0 ? "green" : "orange"}>{failed === 0 ? t("reports.clean") : t("reports.look")}</Tag>
      </Group>
      <Text mt="xs">{t(`reports.sum.${kind}`, { passed: format.number(passed), failed: format.number(failed) })}</Text>
      {rows.length === 0 ? null : kind === "dmarc" ? <Senders report={report} /> : <Failures report={report} />}
    </Card>
  );
}

function Senders({ report }: { readonly report: DomainReportReply }) {
  const t = useMailText();
  const format = useFormat();
  const done = {
    none: t("reports.did.none"),
    quarantine: t("reports.did.quarantine"),
    reject: t("reports.did.reject"),
  };
  return (
    <ScrollTable label={t("reports.senders")} minWidth={560} mt="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("reports.source")}</Table.Th>
          <Table.Th>{t("reports.count")}</Table.Th>
          <Table.Th>{t("reports.dkim")}</Table.Th>
          <Table.Th>{t("reports.spf")}</Table.Th>
          <Table.Th>{t("reports.did")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {report.rows.map(({ source, count, isDkimAligned, isSpfAligned, disposition }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a report that never changes.
          <Table.Tr key={index}>
            <Table.Td>
              <span className="cf-code">{source}</span>
            </Table.Td>
            <Table.Td>{format.number(count)}</Table.Td>
            <Table.Td>{isDkimAligned ? t("reports.yes") : t("reports.no")}</Table.Td>
            <Table.Td>{isSpfAligned ? t("reports.yes") : t("reports.no")}</Table.Td>
            <Table.Td>{done[(disposition ?? "none") as keyof typeof done] ?? disposition}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Failures({ report }: { readonly report: DomainReportReply }) {
  const format = useFormat();
  return (
    <Stack gap={4} mt="xs">
      {report.rows.map(({ count, source, failure }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a report that never changes.
        <Text key={index} size="sm">
          {format.number(count)} × <span className="cf-code">{failure}</span> {source}
        </Text>
      ))}
    </Stack>
  );
}
