import type { CostsReply } from "@casaforte/contract/billing";
import { EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, useSession } from "@casaforte/ui-kit/console";
import {
  Alert,
  Anchor,
  Button,
  Card,
  Group,
  NumberInput,
  Progress,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { costsQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { CostChart } from "../billing/cost-chart.tsx";

/** C11: what this month has cost, what it will cost, by day and service, as chart, table and CSV (R44). */
export function Costs() {
  return (
    <BillingTexts>
      <CostsPage />
    </BillingTexts>
  );
}

function CostsPage() {
  const t = useBillingText();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("costs.title")}
      </Title>
      <Loaded query={useQuery(costsQuery)}>
        {(costs) => (
          <>
            <Figures costs={costs} />
            {costs.vatTreatment === "pending" ? <Alert color="orange">{t("costs.pending")}</Alert> : null}
            {costs.days.length === 0 ? (
              <EmptyState title={t("costs.none")} text={t("costs.noneHint")} />
            ) : (
              <>
                <Days costs={costs} />
                <Lines costs={costs} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Figure({ label, value, children }: { label: string; value: string; children?: ReactNode }) {
  return (
    <Card withBorder padding="lg">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={700}>
        {value}
      </Text>
      {children}
    </Card>
  );
}

function Figures({ costs }: { readonly costs: CostsReply }) {
  const t = useBillingText();
  const money = useMoney();
  const format = useFormat();
  const last = costs.alerts.at(-1);
  const percent = costs.budgetCents === null ? 0 : Math.min(100, (costs.netCents / costs.budgetCents) * 100);
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <Figure label={t("costs.soFar")} value={money.cents(costs.netCents)}>
        <Text size="sm" c="dimmed">
          {t("billing.noTax")} · {t("order.withTax", { total: money.cents(costs.totalCents) })}
        </Text>
      </Figure>
      <Figure label={t("costs.forecast")} value={money.cents(costs.forecastNetCents)}>
        <Text size="sm" c="dimmed">
          {t("billing.noTax")} · {t("costs.forecastHint")}
        </Text>
      </Figure>
      <Figure
        label={t("costs.budget")}
        value={costs.budgetCents === null ? t("costs.budgetNone") : money.cents(costs.budgetCents)}
      >
        {costs.budgetCents === null ? null : (
          <Progress
            value={percent}
            color={percent >= 100 ? "red" : percent >= 80 ? "orange" : "lake"}
            aria-label={t("costs.budget")}
          />
        )}
        {last ? (
          <Text size="sm" c="dimmed">
            {t("costs.budgetTold", { percent: last.percent, when: format.relative(Date.parse(last.at)) })}
          </Text>
        ) : null}
        <Budget cents={costs.budgetCents} />
      </Figure>
    </SimpleGrid>
  );
}

function Budget({ cents }: { readonly cents: number | null }) {
  const t = useBillingText();
  const client = useQueryClient();
  const { session } = useSession();
  const [isOpen, setOpen] = useState(false);
  const [euros, setEuros] = useState<number | string>(cents === null ? 50 : cents / 100);
  const save = useMutation({
    mutationFn: (monthlyCents: number | null) =>
      callChecked("/api/budget", { method: "PUT", body: { monthlyCents }, reply: z.undefined() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: costsQuery.queryKey });
      setOpen(false);
    },
  });
  if (!["owner", "admin", "billing"].includes(session.role ?? "")) return null;
  if (!isOpen)
    return (
      <Anchor component="button" size="sm" ta="left" w="fit-content" onClick={() => setOpen(true)}>
        {t(cents === null ? "costs.budgetSet" : "costs.budgetChange")}
      </Anchor>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(Math.round(Number(euros) * 100));
      }}
    >
      <Stack gap="xs" mt="xs">
        <NumberInput
          label={t("costs.budgetLabel")}
          description={t("costs.budgetHint")}
          value={euros}
          onChange={setEuros}
          min={1}
          max={1_000_000}
          decimalScale={2}
          required
        />
        <ProblemAlert error={save.error} />
        <Group>
          <Button size="xs" type="submit" loading={save.isPending}>
            {t("kit.save")}
          </Button>
          {cents === null ? null : (
            <Button size="xs" variant="default" onClick={() => save.mutate(null)}>
              {t("costs.budgetRemove")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

const isoDay = (at: string, shiftMs = 0) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome" }).format(Date.parse(at) + shiftMs);

function Days({ costs }: { readonly costs: CostsReply }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const [isTable, setTable] = useState(false);
  const query = new URLSearchParams({ from: isoDay(costs.from), to: isoDay(costs.until, -1) });
  return (
    <Card withBorder padding="lg">
      <Stack>
        <Group justify="space-between">
          <Title order={2} size="h4">
            {t("costs.byDay")}
          </Title>
          <Group>
            <Button variant="default" size="xs" onClick={() => setTable(!isTable)}>
              {t(isTable ? "costs.asChart" : "costs.asTable")}
            </Button>
            <Button variant="default" size="xs" component="a" href={`/api/costs/export?${query}`} download>
              {t("costs.csv")}
            </Button>
          </Group>
        </Group>
        {isTable ? (
          <ScrollTable label={t("costs.byDay")} minWidth={480}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("costs.day")}</Table.Th>
                <Table.Th>{t("costs.service")}</Table.Th>
                <Table.Th ta="right">{t("costs.quantity")}</Table.Th>
                <Table.Th ta="right">{t("costs.cost")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {costs.days.map((day) => (
                <Table.Tr key={`${day.day}${day.serviceId}`}>
                  <Table.Td>{format.date(Date.parse(day.day))}</Table.Td>
                  <Table.Td>{day.label}</Table.Td>
                  <Table.Td ta="right">{format.number(day.quantity)}</Table.Td>
                  <Table.Td ta="right">{money.micros(day.micros)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </ScrollTable>
        ) : (
          <CostChart days={costs.days} from={costs.from} until={costs.until} />
        )}
        <Text size="sm" c="dimmed">
          {t("costs.readAt", { time: format.time(Date.parse(costs.readAt)) })}
        </Text>
      </Stack>
    </Card>
  );
}

function Lines({ costs }: { readonly costs: CostsReply }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const language = useLanguage();
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4">
        {t("costs.lines")}
      </Title>
      <ScrollTable label={t("costs.lines")} minWidth={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("invoices.line")}</Table.Th>
            <Table.Th ta="right">{t("costs.quantity")}</Table.Th>
            <Table.Th ta="right">{t("costs.price")}</Table.Th>
            <Table.Th ta="right">{t("costs.cost")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {costs.lines.map((line) => (
            <Table.Tr key={`${line.serviceId}${line.from}${line.priceMicros}${line.basisPoints}`}>
              <Table.Td>{language === "it" ? line.descriptionIt : line.descriptionEn}</Table.Td>
              <Table.Td ta="right">{format.number(line.quantity)}</Table.Td>
              <Table.Td ta="right">{money.micros(line.priceMicros)}</Table.Td>
              <Table.Td ta="right">{money.cents(line.netCents)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          {(
            [
              ["costs.net", costs.netCents],
              ["costs.vat", costs.vatCents],
              ["costs.total", costs.totalCents],
            ] as const
          ).map(([label, cents]) => (
            <Table.Tr key={label}>
              <Table.Th colSpan={3} scope="row" ta="right">
                {t(label)}
              </Table.Th>
              <Table.Td ta="right" fw={label === "costs.total" ? 700 : 400}>
                {money.cents(cents)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tfoot>
      </ScrollTable>
    </Card>
  );
}
