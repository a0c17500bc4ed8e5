import type { MonthReply } from "@casaforte/contract/billing";
import { useFormat, useLanguage } from "@casaforte/ui-kit";
import { Loaded } from "@casaforte/ui-kit/console";
import { Alert, Card, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMoney } from "../billing/billing-text.tsx";
import { tenantMonthQuery } from "./tenant-queries.ts";
import { useTenantText } from "./tenant-text.ts";

/** What the running month has cost the customer so far and will cost, as its own page of costs says it (O2, R44). */
export function TenantMonth({ tenantId }: { readonly tenantId: string }) {
  const t = useTenantText();
  const format = useFormat();
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {t("tenant.month")}
      </Title>
      <Loaded query={useQuery(tenantMonthQuery(tenantId))}>
        {(month) => (
          <>
            <Figures month={month} />
            <Lines month={month} />
            <Text size="xs" c="dimmed">
              {t("tenant.readAt", { time: format.time(Date.parse(month.readAt)) })}
            </Text>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

interface OfMonth {
  readonly month: MonthReply;
}

function Figures({ month }: OfMonth) {
  const t = useTenantText();
  const money = useMoney();
  const figures = [
    [t("tenant.soFar"), month.netCents, t("tenant.withTax", { total: money.cents(month.totalCents) })],
    [t("tenant.forecast"), month.forecastNetCents, t("tenant.forecastHint")],
  ] as const;
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2 }} maw={760}>
        {figures.map(([name, cents, hint]) => (
          <Card key={name} withBorder>
            <Text size="sm" c="dimmed">
              {name}
            </Text>
            <Text size="xl" fw={700}>
              {money.cents(cents)}
            </Text>
            <Text size="sm" c="dimmed">
              {t("tenant.noTax")} · {hint}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
      {month.vatTreatment === "pending" ? <Alert color="orange">{t("tenant.vatPending")}</Alert> : null}
    </>
  );
}

function Lines({ month: { lines } }: OfMonth) {
  const t = useTenantText();
  const format = useFormat();
  const language = useLanguage();
  const money = useMoney();
  if (lines.length === 0) return <Text size="sm">{t("tenant.month.none")}</Text>;
  return (
    <Table maw={760} verticalSpacing="xs">
      <Table.Tbody>
        {lines.map((line) => (
          <Table.Tr key={`${line.serviceId}${line.from}${line.unit}`}>
            <Table.Th scope="row" fw={400}>
              {language === "it" ? line.descriptionIt : line.descriptionEn}
              <Text size="xs" c="dimmed">
                {format.number(line.quantity)} × {money.micros(line.priceMicros)}
              </Text>
            </Table.Th>
            <Table.Td ta="right">{money.cents(line.netCents)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
