import type { LineCheckReply } from "@casaforte/contract/billing";
import { ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Alert, Card, List, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lineCheckQuery } from "./billing-queries.ts";
import { useBillingText, useMoney } from "./billing-text.tsx";

/** Where a line comes from: what happened, the started units, and the line rated again from them. */
export function LineOrigin({
  tenantId,
  id,
  line,
}: {
  readonly tenantId: string;
  readonly id: string;
  readonly line: number;
}) {
  const t = useBillingText();
  return (
    <Card withBorder component="section" aria-labelledby="line-origin">
      <Title order={2} size="h4" mb="sm" id="line-origin">
        {t("lines.originTitle", { line })}
      </Title>
      <Loaded query={useQuery(lineCheckQuery(tenantId, id, line))}>{(check) => <Check check={check} />}</Loaded>
    </Card>
  );
}

function Check({ check }: { readonly check: LineCheckReply }) {
  return (
    <Stack>
      <Recount check={check} />
      {check.recount === null || check.line.isCorrection ? null : <Gaps gaps={check.gaps} />}
      <Events check={check} />
      <Units check={check} />
    </Stack>
  );
}

function Recount({ check: { line, recount } }: { readonly check: LineCheckReply }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  if (recount === null) return <Alert color="orange" variant="light" title={t("lines.tooMany")} />;
  const said = (figures: { quantity: number; priceMicros: number | null; netCents: number }) =>
    t("lines.figures", {
      quantity: format.number(figures.quantity),
      price: figures.priceMicros === null ? t("lines.manyPrices") : money.micros(figures.priceMicros),
      net: money.cents(figures.netCents),
    });
  return recount.isSame ? (
    <Alert color="green" variant="light" title={t("lines.same")}>
      {said(recount)}
    </Alert>
  ) : (
    <Alert color="red" variant="light" title={t("lines.differs")}>
      <div>{t("lines.onInvoice", { figures: said(line) })}</div>
      <div>{t("lines.fromLedger", { figures: said(recount) })}</div>
      <div>{t("lines.differsNext")}</div>
    </Alert>
  );
}

function Gaps({ gaps }: Pick<LineCheckReply, "gaps">) {
  const t = useBillingText();
  const format = useFormat();
  const time = (text: string) => format.dateTime(Date.parse(text));
  const missing = gaps.filter((gap) => !gap.isExplained);
  const explained = gaps.length - missing.length;
  return (
    <>
      {missing.length === 0 ? <Text size="sm">{t("lines.noGaps")}</Text> : null}
      {missing.length > 0 ? (
        <Alert color="red" variant="light" title={t("lines.gaps", { count: missing.length })}>
          <List size="sm">
            {missing.map((gap) => (
              <List.Item key={gap.subjectId + gap.from}>
                {time(gap.from)} – {time(gap.until)}
              </List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      {explained > 0 ? (
        <Text size="sm" c="dimmed">
          {t("lines.explained", { count: explained })}
        </Text>
      ) : null}
    </>
  );
}

function Events({ check: { events, eventsLeft } }: { readonly check: LineCheckReply }) {
  const t = useBillingText();
  const format = useFormat();
  return (
    <section aria-labelledby="line-events">
      <Title order={3} size="h5" id="line-events">
        {t("lines.events")}
      </Title>
      <List size="sm" listStyleType="none">
        {events.map((event) => (
          <List.Item key={event.subjectId + event.at + event.kind}>
            {format.dateTime(Date.parse(event.at))}: {t(`lines.event.${event.kind}`)}
            {event.sku === null ? "" : ` · ${event.sku} × ${format.number(event.quantity ?? 0)}`}
            <Text span size="xs" c="dimmed" ff="monospace">
              {" "}
              {event.subjectId.slice(0, 8)}
            </Text>
          </List.Item>
        ))}
      </List>
      {eventsLeft > 0 ? (
        <Text size="sm" c="dimmed">
          {t("lines.eventsLeft", { count: eventsLeft })}
        </Text>
      ) : null}
    </section>
  );
}

function Units({ check: { units, unitsLeft } }: { readonly check: LineCheckReply }) {
  const t = useBillingText();
  const format = useFormat();
  return (
    <section aria-labelledby="line-units">
      <Title order={3} size="h5" id="line-units">
        {t("lines.units", { count: units.length + unitsLeft })}
      </Title>
      <ScrollTable label={t("lines.unitTable")} minWidth={560} maxHeight={384}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("lines.from")}</Table.Th>
            <Table.Th>{t("lines.to")}</Table.Th>
            <Table.Th ta="right">{t("lines.quantity")}</Table.Th>
            <Table.Th>{t("lines.thing")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {units.map((unit) => (
            <Table.Tr key={unit.id}>
              <Table.Td>{format.dateTime(Date.parse(unit.from))}</Table.Td>
              <Table.Td>{format.dateTime(Date.parse(unit.to))}</Table.Td>
              <Table.Td ta="right">{format.number(unit.quantity)}</Table.Td>
              <Table.Td ff="monospace">{unit.subjectId.slice(0, 8)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {unitsLeft > 0 ? (
        <Text size="sm" c="dimmed">
          {t("lines.unitsLeft", { count: unitsLeft })}
        </Text>
      ) : null}
    </section>
  );
}
