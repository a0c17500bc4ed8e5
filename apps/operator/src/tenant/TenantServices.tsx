import type { TenantServicesReply } from "@casaforte/contract/tenants";
import { ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useMoney } from "../billing/billing-text.tsx";
import { tenantServicesQuery } from "./tenant-queries.ts";
import { useTenantText } from "./tenant-text.ts";

/** What a customer has: spaces, computers, mail domains with their mailboxes, licences, and the lines of its contract (O2). */
export function TenantServices({ tenantId }: { readonly tenantId: string }) {
  const t = useTenantText();
  const format = useFormat();
  const query = useQuery(tenantServicesQuery(tenantId));
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {t("tenant.services")}
      </Title>
      <Loaded query={query}>
        {(services) => (
          <Stack gap="md">
            <Spaces services={services} />
            <Domains services={services} />
            <Lines services={services} />
            <Text size="xs" c="dimmed">
              {t("tenant.readAt", { time: format.time(Date.parse(services.readAt)) })}
            </Text>
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}

interface Part {
  readonly services: TenantServicesReply;
}

function Spaces({ services: { spaces, devices } }: Part) {
  const t = useTenantText();
  const format = useFormat();
  return (
    <Stack gap={4}>
      {spaces.length === 0 ? (
        <Text size="sm">{t("tenant.spaces.none")}</Text>
      ) : (
        <Grid
          name={t("tenant.spaces")}
          columns={[t("tenant.space"), t("tenant.site"), t("tenant.used"), t("tenant.quota"), t("tenant.state")]}
        >
          {spaces.map((space) => (
            <Table.Tr key={space.id}>
              <Table.Th scope="row">{space.name}</Table.Th>
              <Table.Td>{space.site}</Table.Td>
              <Table.Td>{format.bytes(space.usedBytes)}</Table.Td>
              <Table.Td>{format.bytes(space.quotaBytes)}</Table.Td>
              <Table.Td>
                <Tag color={space.state === "active" ? "green" : "red"}>{t(`tenant.state.${space.state}`)}</Tag>
              </Table.Td>
            </Table.Tr>
          ))}
        </Grid>
      )}
      <Text size="sm" fw={devices.late > 0 ? 700 : 400}>
        {t("tenant.devices", { count: devices.active })}
        {devices.active === 0
          ? ""
          : `, ${devices.late > 0 ? t("tenant.devices.late", { count: devices.late }) : t("tenant.devices.well")}`}
      </Text>
    </Stack>
  );
}

const domainColors = { pending: "orange", active: "green", removed: "gray" } as const;

function Domains({ services: { domains, licences } }: Part) {
  const t = useTenantText();
  const format = useFormat();
  return (
    <Stack gap={4}>
      {domains.length === 0 ? (
        <Text size="sm">{t("tenant.domains.none")}</Text>
      ) : (
        <Grid
          name={t("tenant.domains")}
          columns={[
            t("tenant.domain"),
            t("tenant.boxes.active"),
            t("tenant.boxes.suspended"),
            t("tenant.boxes.deleted"),
            t("tenant.used"),
            t("tenant.state"),
          ]}
        >
          {domains.map((domain) => (
            <Table.Tr key={domain.name}>
              <Table.Th scope="row">{domain.name}</Table.Th>
              <Table.Td>{format.number(domain.active)}</Table.Td>
              <Table.Td>{format.number(domain.suspended)}</Table.Td>
              <Table.Td>{format.number(domain.deleted)}</Table.Td>
              <Table.Td>{format.bytes(domain.usedBytes)}</Table.Td>
              <Table.Td>
                <Tag color={domainColors[domain.state]}>{t(`tenant.domain.${domain.state}`)}</Tag>
              </Table.Td>
            </Table.Tr>
          ))}
        </Grid>
      )}
      <Text size="sm">
        {t("tenant.licences", {
          requested: format.number(licences.requested),
          used: format.number(licences.used),
        })}
      </Text>
    </Stack>
  );
}

function Lines({ services: { lines } }: Part) {
  const t = useTenantText();
  const format = useFormat();
  const language = useLanguage();
  const money = useMoney();
  const day = (at: string) => format.date(Date.parse(at));
  const priced = (micros: number, unit: "hour" | "month") =>
    t(unit === "hour" ? "tenant.perHour" : "tenant.perMonth", { price: money.micros(micros) });
  if (lines.length === 0) return <Text size="sm">{t("tenant.lines.none")}</Text>;
  return (
    <Grid
      name={t("tenant.lines")}
      columns={[t("tenant.line"), t("tenant.quantity"), t("tenant.price"), t("tenant.since"), t("tenant.state")]}
    >
      {lines.map((line) => (
        <Table.Tr key={line.id}>
          <Table.Th scope="row">
            {line.name[language]} «{line.label}»
            <Text size="xs" c="dimmed">
              {t("tenant.plan", { sku: line.sku, version: line.skuVersion })}
            </Text>
          </Table.Th>
          <Table.Td>{format.number(line.quantity)}</Table.Td>
          <Table.Td>
            {line.priceMicros === null ? t("tenant.noPrice") : priced(line.priceMicros, line.unit)}
            <Text size="xs" c="dimmed">
              {line.priceSince === null ? "" : t("tenant.priceSince", { date: day(line.priceSince) })}
            </Text>
            {line.nextPrice ? (
              <Text size="xs">
                {t("tenant.priceNext", {
                  date: day(line.nextPrice.validFrom),
                  price: priced(line.nextPrice.priceMicros, line.unit),
                })}
              </Text>
            ) : null}
          </Table.Td>
          <Table.Td>{day(line.startedAt)}</Table.Td>
          <Table.Td>
            {line.endedAt === null ? (
              <Tag color="green">{t("tenant.line.active")}</Tag>
            ) : (
              <Tag color="gray">{t("tenant.line.ended", { date: day(line.endedAt) })}</Tag>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </Grid>
  );
}

/** A table that scrolls by itself, also with the keyboard, where the page is narrow. */
function Grid({
  name,
  columns,
  children,
}: {
  readonly name: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}) {
  return (
    <ScrollTable label={name} minWidth={640} verticalSpacing="xs">
      <Table.Caption style={{ captionSide: "top", textAlign: "start" }}>{name}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th key={column}>{column}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </ScrollTable>
  );
}
