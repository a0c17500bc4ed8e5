import { type LicencesReply, licencesReplySchema } from "@casaforte/contract/licences";
import { EmptyState, localeOf, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { MailTexts, useMailText } from "./mail-text.tsx";

const monthsShown = 12;
/** Mailboxes of a day that the page shows; all of them are in the file. */
const accountsShown = 200;

/** Licences by day: requested, used, what they have cost so far, and whose they are (R14). */
export function Licences() {
  return (
    <MailTexts>
      <LicencesPage />
    </MailTexts>
  );
}

function LicencesPage() {
  const t = useMailText();
  const months = lastMonths(useLanguage());
  const [month, setMonth] = useState(months[0]?.value ?? "");
  const licences = useQuery({
    queryKey: ["licences", month],
    queryFn: ({ signal }) => callChecked("/api/licences", { query: { month }, reply: licencesReplySchema, signal }),
  });
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/mail" />}>← {t("mail.title")}</Anchor>
      <Title order={1} size="h2">
        {t("licences.title")}
      </Title>
      <Text size="sm">{t("licences.hint")}</Text>
      <Group align="flex-end">
        <Select
          label={t("licences.month")}
          data={months}
          value={month}
          onChange={(next) => setMonth(next ?? month)}
          allowDeselect={false}
        />
        <Button variant="default" component="a" href={`/api/licences/export?month=${month}`} download>
          {t("licences.csv")}
        </Button>
      </Group>
      <Loaded query={licences}>{(reply) => <Month reply={reply} />}</Loaded>
    </Stack>
  );
}

function lastMonths(language: string): { value: string; label: string }[] {
  const now = new Date();
  const format = new Intl.DateTimeFormat(localeOf(language), { month: "long", year: "numeric", timeZone: "UTC" });
  return Array.from({ length: monthsShown }, (_, back) => {
    const first = new Date(Date.UTC(now.getFullYear(), now.getMonth() - back, 1));
    return { value: first.toISOString().slice(0, 7), label: format.format(first) };
  });
}

function Month({ reply }: { readonly reply: LicencesReply }) {
  const t = useMailText();
  const format = useFormat();
  const [open, setOpen] = useState<string | null>(null);
  if (reply.accounts.length === 0) return <EmptyState title={t("licences.none")} text={t("licences.noneHint")} />;
  return (
    <ScrollTable label={t("licences.title")} minWidth={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("licences.day")}</Table.Th>
          <Table.Th ta="right">{t("licences.requested")}</Table.Th>
          <Table.Th ta="right">{t("licences.used")}</Table.Th>
          <Table.Th ta="right">{t("licences.soFar")}</Table.Th>
          <Table.Th>{t("licences.accounts")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {reply.days.toReversed().map(({ day, requested, used, microsSoFar }) => (
          <Table.Tr key={day}>
            <Table.Td>{format.date(Date.parse(`${day}T12:00:00Z`))}</Table.Td>
            <Table.Td ta="right">{format.number(requested)}</Table.Td>
            <Table.Td ta="right">{format.number(used)}</Table.Td>
            <Table.Td ta="right">{format.money(BigInt(Math.round(microsSoFar / 10_000)), "EUR")}</Table.Td>
            <Table.Td>
              {requested + used === 0 ? null : (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-expanded={open === day}
                  aria-label={`${t(open === day ? "licences.hide" : "licences.show")} · ${t("licences.accountsOf", { day: format.date(Date.parse(`${day}T12:00:00Z`)) })}`}
                  onClick={() => setOpen(open === day ? null : day)}
                >
                  {t(open === day ? "licences.hide" : "licences.show")}
                </Button>
              )}
              {open === day ? <Accounts reply={reply} day={day} /> : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

/** Those whose licence covers some of the day. */
function Accounts({ reply, day }: { readonly reply: LicencesReply; readonly day: string }) {
  const t = useMailText();
  const noon = Date.parse(`${day}T12:00:00Z`);
  const [from, until] = [noon - 12 * 3_600_000, noon + 12 * 3_600_000];
  const overlaps = (spans: LicencesReply["accounts"][number]["paid"]): boolean =>
    spans.some((span) => Date.parse(span.from) < until && (span.until === null || Date.parse(span.until) > from));
  const rows = reply.accounts.filter(({ lived, paid }) => overlaps(lived) || overlaps(paid));
  return (
    <ul>
      {rows.slice(0, accountsShown).map((account) => (
        <li key={account.id}>
          {account.address ?? t("licences.gone")}
          {overlaps(account.lived) ? "" : ` ${t("licences.paidOnly")}`}
        </li>
      ))}
      {rows.length > accountsShown ? <li>{t("licences.more", { count: rows.length - accountsShown })}</li> : null}
    </ul>
  );
}
