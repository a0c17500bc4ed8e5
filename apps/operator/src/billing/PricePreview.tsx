import type { PricePreviewReply } from "@casaforte/contract/billing";
import type { requestPriceSchema } from "@casaforte/contract/catalogue";
import { ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Select, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { pricePreviewQuery } from "./billing-queries.ts";
import { useBillingText, useMoney } from "./billing-text.tsx";

/** What a price would have made of last month's invoices, in all and on one of them (O5). Asking for it writes nothing. */
export function PricePreview({ price }: { readonly price: z.infer<typeof requestPriceSchema> }) {
  const t = useBillingText();
  const money = useMoney();
  const [tenantId, setTenant] = useState<string | null>(null);
  const query = useQuery(pricePreviewQuery(price, tenantId));
  return (
    <Stack gap="xs" aria-live="polite">
      <Title order={2} size="h5">
        {t("preview.title")}
      </Title>
      <Loaded query={query}>
        {(preview) => (
          <>
            <Sums preview={preview} />
            {preview.invoice === null ? null : (
              <>
                <Select
                  label={t("preview.invoiceOf")}
                  data={preview.largest.map((each) => ({ value: each.tenantId, label: each.name }))}
                  value={preview.invoice.tenantId}
                  onChange={setTenant}
                  allowDeselect={false}
                  maw={420}
                />
                <Invoice invoice={preview.invoice} of={`${price.sku}, ${money.micros(price.priceMicros)}`} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Sums({ preview }: { readonly preview: PricePreviewReply }) {
  const t = useBillingText();
  const money = useMoney();
  const { basis, customers, held, beforeCents, afterCents, inForceMicros } = preview;
  return (
    <Stack gap={2}>
      <Text size="sm">
        {customers === 0
          ? t(basis === "issued" ? "preview.nobody" : "preview.nobodyYet")
          : t(basis === "issued" ? "preview.issued" : "preview.draft", { count: customers })}
      </Text>
      {held === 0 ? null : <Text size="sm">{t("preview.held", { count: held })}</Text>}
      {customers === 0 ? null : (
        <Text size="sm" fw={600}>
          {t("preview.sum", {
            before: money.cents(beforeCents),
            after: money.cents(afterCents),
            difference: `${afterCents > beforeCents ? "+" : ""}${money.cents(afterCents - beforeCents)}`,
          })}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {inForceMicros === null ? t("preview.first") : t("preview.inForce", { price: money.micros(inForceMicros) })}
      </Text>
    </Stack>
  );
}

function Invoice({
  invoice,
  of,
}: {
  readonly invoice: NonNullable<PricePreviewReply["invoice"]>;
  /** Tells this table from that of another price. */
  readonly of: string;
}) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const language = useLanguage();
  const sums = (sum: typeof invoice.before) => ({
    net: money.cents(sum.netCents),
    vat: money.cents(sum.vatCents),
    total: money.cents(sum.totalCents),
  });
  return (
    <>
      <Text size="sm">
        {invoice.number === null ? t("lines.draft") : t("lines.invoice", { number: invoice.number })}
      </Text>
      <ScrollTable label={`${t("lines.lines")}: ${of}`} minWidth={560} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("lines.line")}</Table.Th>
            <Table.Th ta="right">{t("lines.quantity")}</Table.Th>
            <Table.Th ta="right">{t("preview.oldPrice")}</Table.Th>
            <Table.Th ta="right">{t("preview.newPrice")}</Table.Th>
            <Table.Th ta="right">{t("preview.oldNet")}</Table.Th>
            <Table.Th ta="right">{t("preview.newNet")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invoice.lines.map((line) => (
            <Table.Tr key={line.line} fw={line.newPriceMicros === line.priceMicros ? 400 : 600}>
              <Table.Th scope="row" fw="inherit">
                {language === "it" ? line.descriptionIt : line.descriptionEn}
              </Table.Th>
              <Table.Td ta="right">{format.number(line.quantity)}</Table.Td>
              <Table.Td ta="right">{money.micros(line.priceMicros)}</Table.Td>
              <Table.Td ta="right">{money.micros(line.newPriceMicros)}</Table.Td>
              <Table.Td ta="right">{money.cents(line.netCents)}</Table.Td>
              <Table.Td ta="right">{money.cents(line.newNetCents)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Text size="sm">{t("preview.before", sums(invoice.before))}</Text>
      <Text size="sm" fw={600}>
        {t("preview.after", sums(invoice.after))}
      </Text>
    </>
  );
}
