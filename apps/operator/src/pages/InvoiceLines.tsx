import type { InvoiceReply } from "@casaforte/contract/billing";
import { ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Loaded, RowButton } from "@casaforte/ui-kit/console";
import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { operatorInvoiceQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { LineOrigin } from "../billing/LineOrigin.tsx";

/** O11: an invoice's lines, each down to its started units and to what happened; rated again without writing. */
export function InvoiceLines() {
  return (
    <BillingTexts>
      <InvoicePage />
    </BillingTexts>
  );
}

function InvoicePage() {
  const { tenantId, id } = useParams({ from: "/billing/$tenantId/$id" });
  const t = useBillingText();
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/billing" />} size="sm">
        ← {t("billing.title")}
      </Anchor>
      <Loaded query={useQuery(operatorInvoiceQuery(tenantId, id))}>
        {(invoice) => <Invoice invoice={invoice} tenantId={tenantId} />}
      </Loaded>
    </Stack>
  );
}

function Invoice({ invoice, tenantId }: { readonly invoice: InvoiceReply; readonly tenantId: string }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const language = useLanguage();
  const [shown, setShown] = useState<number | null>(null);
  const hasUnits = (line: InvoiceReply["lines"][number]) => invoice.kind === "invoice" && line.unit !== "once";
  return (
    <>
      <Title order={1} size="h2">
        {invoice.number === null
          ? t("lines.draft")
          : t(invoice.kind === "invoice" ? "lines.invoice" : "lines.creditNote", { number: invoice.number })}
      </Title>
      <Text c="dimmed" maw="46rem">
        {t("lines.hint")}
      </Text>
      <ScrollTable label={t("lines.lines")} minWidth={720} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("lines.line")}</Table.Th>
            <Table.Th>{t("lines.period")}</Table.Th>
            <Table.Th ta="right">{t("lines.quantity")}</Table.Th>
            <Table.Th ta="right">{t("lines.price")}</Table.Th>
            <Table.Th ta="right">{t("lines.net")}</Table.Th>
            <Table.Th>{t("billing.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invoice.lines.map((line) => (
            <Table.Tr key={line.line}>
              <Table.Th scope="row">{language === "it" ? line.descriptionIt : line.descriptionEn}</Table.Th>
              <Table.Td>
                {format.date(Date.parse(line.from))} – {format.date(Date.parse(line.until) - 1)}
              </Table.Td>
              <Table.Td ta="right">{format.number(line.quantity)}</Table.Td>
              <Table.Td ta="right">{money.micros(line.priceMicros)}</Table.Td>
              <Table.Td ta="right">{money.cents(line.netCents)}</Table.Td>
              <Table.Td>
                {hasUnits(line) ? (
                  <RowButton
                    variant={shown === line.line ? "light" : "default"}
                    name={`${t("lines.origin")}: ${line.line}`}
                    aria-pressed={shown === line.line}
                    onClick={() => setShown(shown === line.line ? null : line.line)}
                  >
                    {t("lines.origin")}
                  </RowButton>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Text fw={600}>
        {t("lines.sum", {
          net: money.cents(invoice.netCents),
          vat: money.cents(invoice.vatCents),
          total: money.cents(invoice.totalCents),
        })}
      </Text>
      {shown === null ? null : <LineOrigin tenantId={tenantId} id={invoice.id} line={shown} />}
    </>
  );
}
