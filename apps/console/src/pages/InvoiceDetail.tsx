import type { InvoiceReply } from "@casaforte/contract/billing";
import { Dialog, QrCode, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { invoiceQuery, lineUnitsQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { InvoiceState } from "./Invoices.tsx";

/** One invoice: lines down to the ledger, documents, payments. */
export function InvoiceDetail() {
  return (
    <BillingTexts>
      <InvoicePage />
    </BillingTexts>
  );
}

function InvoicePage() {
  const { id } = useParams({ from: "/invoices/$id" });
  const t = useBillingText();
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/invoices" />} size="sm">
        ← {t("invoices.title")}
      </Anchor>
      <Loaded query={useQuery(invoiceQuery(id))}>{(invoice) => <Invoice invoice={invoice} />}</Loaded>
    </Stack>
  );
}

function titleOf(invoice: InvoiceReply, t: ReturnType<typeof useBillingText>): string {
  if (invoice.number === null) return t("invoices.draftTitle");
  return t(invoice.kind === "invoice" ? "invoices.titleOf" : "invoices.creditTitleOf", { number: invoice.number });
}

function Invoice({ invoice }: { readonly invoice: InvoiceReply }) {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const pdf = invoice.documents.find((document) => document.kind === `pdf_${language}`);
  const xml = invoice.documents.find((document) => document.kind === "xml");
  const href = (kind: string) => `/api/invoices/${invoice.id}/documents/${kind}`;
  return (
    <>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            {titleOf(invoice, t)}
          </Title>
          <InvoiceState head={invoice} />
        </Group>
        <Group gap="sm">
          {pdf ? (
            <Button component="a" href={href(pdf.kind)} download={pdf.fileName}>
              {t("invoices.pdf")}
            </Button>
          ) : null}
          {xml ? (
            <Button component="a" variant="default" href={href("xml")} download={xml.fileName}>
              {t("invoices.xml")}
            </Button>
          ) : null}
        </Group>
      </Group>
      {invoice.state === "draft" ? (
        <Text c="dimmed">{t("invoices.draftHint")}</Text>
      ) : (
        <Text c="dimmed">
          {t("invoices.date")}: {format.date(Date.parse(invoice.issuedOn ?? ""))}
          {invoice.kind === "invoice" && invoice.dueOn
            ? ` · ${t("invoices.due")}: ${format.date(Date.parse(invoice.dueOn))}`
            : ""}{" "}
          · {t("invoices.exchange")}: {t(`invoices.exchange.${invoice.exchange}`)}
        </Text>
      )}
      <Lines invoice={invoice} />
      {invoice.state === "issued" && invoice.kind === "invoice" ? <Payments invoice={invoice} /> : null}
      {invoice.documents.map((document) => (
        <Text key={document.kind} size="xs" c="dimmed" className="cf-hash">
          {document.fileName}:{" "}
          {t("invoices.archive", { date: format.date(Date.parse(document.keepUntil)), hash: document.sha256 })}
        </Text>
      ))}
    </>
  );
}

function Lines({ invoice }: { readonly invoice: InvoiceReply }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const language = useLanguage();
  const [shown, setShown] = useState<InvoiceReply["lines"][number] | null>(null);
  const sign = invoice.kind === "invoice" ? 1 : -1;
  return (
    <div>
      <ScrollTable label={t("costs.lines")} minWidth={680} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("invoices.line")}</Table.Th>
            <Table.Th>{t("invoices.period")}</Table.Th>
            <Table.Th ta="right">{t("costs.quantity")}</Table.Th>
            <Table.Th ta="right">{t("costs.price")}</Table.Th>
            <Table.Th ta="right">{t("costs.cost")}</Table.Th>
            <Table.Th>{t("invoices.usage")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invoice.lines.map((line) => (
            <Table.Tr key={line.line}>
              <Table.Td>{language === "it" ? line.descriptionIt : line.descriptionEn}</Table.Td>
              <Table.Td>
                {format.date(Date.parse(line.from))} – {format.date(Date.parse(line.until) - 1)}
              </Table.Td>
              <Table.Td ta="right">{format.number(line.quantity)}</Table.Td>
              <Table.Td ta="right">{money.micros(line.priceMicros)}</Table.Td>
              <Table.Td ta="right">{money.cents(sign * line.netCents)}</Table.Td>
              <Table.Td>
                {invoice.kind === "invoice" && line.unit !== "once" ? (
                  <Anchor
                    component="button"
                    size="sm"
                    aria-label={`${t("devices.details")}: ${line.line}`}
                    onClick={() => setShown(line)}
                  >
                    {t("devices.details")}
                  </Anchor>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Sum label={t("costs.net")} value={money.cents(sign * invoice.netCents)} />
          {invoice.vat.map((vat) => (
            <Sum
              key={`${vat.basisPoints}${vat.nature}`}
              label={`${t("costs.vat")} ${format.number(vat.basisPoints / 100)} %${vat.nature ? ` (${vat.nature})` : ""}`}
              value={money.cents(sign * vat.vatCents)}
            />
          ))}
          <Sum label={t("costs.total")} value={money.cents(sign * invoice.totalCents)} isStrong />
        </Table.Tfoot>
      </ScrollTable>
      {invoice.vat.map((vat) => (
        <Text key={`${vat.basisPoints}${vat.nature}`} size="sm">
          {language === "it" ? vat.legalIt : vat.legalEn}
        </Text>
      ))}
      <Dialog
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={t("invoices.usageTitle", { line: shown?.line ?? 0 })}
        size="lg"
      >
        {shown ? <Units id={invoice.id} line={shown} /> : null}
      </Dialog>
    </div>
  );
}

function Sum({ label, value, isStrong = false }: { label: string; value: string; isStrong?: boolean }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" colSpan={4} ta="right" fw={isStrong ? 700 : 500}>
        {label}
      </Table.Th>
      <Table.Td ta="right" fw={isStrong ? 700 : 400}>
        {value}
      </Table.Td>
      <Table.Td />
    </Table.Tr>
  );
}

function Units({ id, line }: { readonly id: string; readonly line: InvoiceReply["lines"][number] }) {
  const t = useBillingText();
  const format = useFormat();
  return (
    <Stack>
      <Text>{t("invoices.usageHint", { sum: format.number(line.quantity) })}</Text>
      <Loaded query={useQuery(lineUnitsQuery(id, line.line))}>
        {({ units }) => (
          <ScrollTable label={t("invoices.usage")} minWidth={480}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("invoices.usageFrom")}</Table.Th>
                <Table.Th>{t("invoices.usageTo")}</Table.Th>
                <Table.Th ta="right">{t("costs.quantity")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {units.map((unit) => (
                <Table.Tr key={unit.id}>
                  <Table.Td>{format.dateTime(Date.parse(unit.from))}</Table.Td>
                  <Table.Td>{format.dateTime(Date.parse(unit.to))}</Table.Td>
                  <Table.Td ta="right">{format.number(unit.quantity)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </ScrollTable>
        )}
      </Loaded>
    </Stack>
  );
}

function Payments({ invoice }: { readonly invoice: InvoiceReply }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  return (
    <Stack gap={4}>
      <Title order={2} size="h4">
        {t("invoices.payments")}
      </Title>
      {invoice.payments.length === 0 ? <Text c="dimmed">{t("invoices.paymentsNone")}</Text> : null}
      {invoice.payments.map((payment) => (
        <Text key={`${payment.paidOn}${payment.reference}${payment.cents}`}>
          {format.date(Date.parse(payment.paidOn))}: {money.cents(payment.cents)} {payment.reference}
        </Text>
      ))}
      <Text fw={600}>
        {t("invoices.open")}: {money.cents(invoice.openCents)}
      </Text>
      {invoice.transfer ? <BankTransfer transfer={invoice.transfer} openCents={invoice.openCents} /> : null}
    </Stack>
  );
}

/** How to pay what is open, in words and as the code that banks' programs read. */
function BankTransfer({
  transfer: { beneficiary, iban, reference, code },
  openCents,
}: {
  readonly transfer: NonNullable<InvoiceReply["transfer"]>;
  readonly openCents: number;
}) {
  const t = useBillingText();
  const money = useMoney();
  const rows = [
    [t("invoices.transferTo"), beneficiary],
    ["IBAN", iban.replace(/.{4}(?=.)/g, "$& ")],
    [t("invoices.open"), money.cents(openCents)],
    [t("invoices.transferReference"), reference],
  ] as const;
  return (
    <Card withBorder padding="lg" maw={720} mt="sm">
      <Group align="flex-start" gap="lg">
        <QrCode text={code} label={t("invoices.transferCode")} />
        <Stack gap="xs" flex={1} miw={240}>
          <Title order={3} size="h5">
            {t("invoices.transfer")}
          </Title>
          <Text size="sm">{t("invoices.transferHint")}</Text>
          {rows.map(([label, value]) => (
            <Text key={label}>
              {label}: <b>{value}</b>
            </Text>
          ))}
        </Stack>
      </Group>
    </Card>
  );
}
