import type { InvoicesReply } from "@casaforte/contract/billing";
import { EmptyState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Table, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { invoicesQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";

type Head = InvoicesReply["invoices"][number];

/** C19: the draft first, then what was issued. */
export function Invoices() {
  return (
    <BillingTexts>
      <InvoicesPage />
    </BillingTexts>
  );
}

function InvoicesPage() {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("invoices.title")}
        </Title>
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/billing-data" />}>
          {t("company.title")}
        </Button>
      </Group>
      <Loaded query={useQuery(invoicesQuery)}>
        {({ invoices }) =>
          invoices.length === 0 ? (
            <EmptyState title={t("invoices.none")} text={t("invoices.noneHint")} />
          ) : (
            <ScrollTable label={t("invoices.title")} minWidth={620} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("invoices.number")}</Table.Th>
                  <Table.Th>{t("invoices.date")}</Table.Th>
                  <Table.Th>{t("invoices.due")}</Table.Th>
                  <Table.Th ta="right">{t("invoices.total")}</Table.Th>
                  <Table.Th>{t("invoices.state")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {invoices.map((head) => (
                  <Table.Tr key={head.id}>
                    <Table.Td>
                      <Anchor renderRoot={(props) => <Link {...props} to="/invoices/$id" params={{ id: head.id }} />}>
                        {head.number ?? t("invoices.draft")}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>{head.issuedOn ? format.date(Date.parse(head.issuedOn)) : "–"}</Table.Td>
                    <Table.Td>
                      {head.dueOn && head.kind === "invoice" ? format.date(Date.parse(head.dueOn)) : "–"}
                    </Table.Td>
                    <Table.Td ta="right">
                      {money.cents(head.kind === "invoice" ? head.totalCents : -head.totalCents)}
                    </Table.Td>
                    <Table.Td>
                      <InvoiceState head={head} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </ScrollTable>
          )
        }
      </Loaded>
    </Stack>
  );
}

/** In words: draft, paid, to pay, overdue, credit note. */
export function InvoiceState({ head }: { readonly head: Pick<Head, "state" | "kind" | "openCents" | "dueOn"> }) {
  const t = useBillingText();
  if (head.state === "draft") return <Tag color="gray">{t("invoices.draft")}</Tag>;
  if (head.kind === "credit_note") return <Tag color="gray">{t("invoices.credit")}</Tag>;
  if (head.openCents <= 0) return <Tag color="green">{t("invoices.paid")}</Tag>;
  const isOverdue = head.dueOn !== null && Date.parse(head.dueOn) + 86_400_000 < Date.now();
  return <Tag color={isOverdue ? "red" : "orange"}>{t(isOverdue ? "invoices.overdue" : "invoices.toPay")}</Tag>;
}
