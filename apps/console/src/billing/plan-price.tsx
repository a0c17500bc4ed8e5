import type { OfferReply } from "@casaforte/contract/catalogue";
import { downloadText } from "@casaforte/ui-kit/console";
import { Anchor, Card, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { estimateQuery } from "./billing-queries.ts";
import { useBillingText, useMoney } from "./billing-text.tsx";

const settleMs = 200;
/** A month by the hour, to compare: thirty days. */
const hoursCompared = 720;

export interface PlanPriceProps {
  readonly offer: OfferReply;
  readonly unit: "hour" | "month";
  readonly quantity: number;
  readonly onUnit: (unit: "hour" | "month") => void;
}

/** The live price in both modes, worked out by the rule of the invoices, and what a started unit means (R15, R38). */
export function PlanPrice({ offer, unit, quantity, onUnit }: PlanPriceProps) {
  const t = useBillingText();
  const money = useMoney();
  const [settled] = useDebouncedValue(quantity, settleMs);
  const wanted = (mode: "hour" | "month", count: number) =>
    offer.prices.some((price) => price.unit === mode) ? { sku: offer.sku, unit: mode, quantity: settled, count } : null;
  const thirty = useQuery(estimateQuery(wanted("hour", hoursCompared)));
  const month = useQuery(estimateQuery(wanted("month", 1)));
  const hourPrice = offer.prices.find((price) => price.unit === "hour");
  const chosen = unit === "hour" ? thirty.data : month.data;
  const csv = (): void => {
    if (!chosen) return;
    const rows = chosen.lines.map((line) =>
      [line.sku, line.unit, line.quantity, line.priceMicros / 1e6, line.netCents / 100].join(","),
    );
    const vat = chosen.vat.map((each) => `VAT ${each.basisPoints / 100} %,,,,${each.vatCents / 100}`);
    const lines = ["plan,unit,quantity,unit_price_eur,net_eur", ...rows, ...vat, `total,,,,${chosen.totalCents / 100}`];
    downloadText("estimate.csv", "text/csv", `${lines.join("\r\n")}\r\n`);
  };
  return (
    <Card withBorder padding="md" aria-live="polite">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fw={600}>{t("order.price")}</Text>
          {offer.prices.length > 1 ? (
            <SegmentedControl
              aria-label={t("order.mode")}
              value={unit}
              onChange={(value) => onUnit(value === "month" ? "month" : "hour")}
              data={[
                { value: "hour", label: t("order.mode.hour") },
                { value: "month", label: t("order.mode.month") },
              ]}
            />
          ) : null}
        </Group>
        <Table>
          <Table.Tbody>
            {hourPrice ? (
              <>
                <Row
                  isChosen={unit === "hour"}
                  label={t("order.perUnit.hour")}
                  price={money.micros(hourPrice.priceMicros * quantity)}
                  note={t("billing.noTax")}
                />
                <Row
                  isChosen={unit === "hour"}
                  label={t("order.thirtyDays")}
                  price={thirty.data ? money.cents(thirty.data.netCents) : "…"}
                  note={thirty.data ? t("order.withTax", { total: money.cents(thirty.data.totalCents) }) : ""}
                />
              </>
            ) : null}
            {offer.prices.some((price) => price.unit === "month") ? (
              <Row
                isChosen={unit === "month"}
                label={t("order.perUnit.month")}
                price={month.data ? money.cents(month.data.netCents) : "…"}
                note={month.data ? t("order.withTax", { total: money.cents(month.data.totalCents) }) : ""}
              />
            ) : null}
          </Table.Tbody>
        </Table>
        <Text size="sm">{t(unit === "hour" ? "billing.hourRule" : "billing.monthRule")}</Text>
        <Anchor component="button" type="button" size="sm" onClick={csv} ta="left">
          {t("order.csv")}
        </Anchor>
      </Stack>
    </Card>
  );
}

function Row(props: { isChosen: boolean; label: string; price: string; note: string }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={props.isChosen ? 700 : 400}>
        {props.label}
      </Table.Th>
      <Table.Td ta="right" fw={props.isChosen ? 700 : 400}>
        {props.price}
      </Table.Td>
      <Table.Td c="dimmed">{props.note}</Table.Td>
    </Table.Tr>
  );
}
