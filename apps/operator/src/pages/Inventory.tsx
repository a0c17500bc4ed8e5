import { addedReplySchema, hostIdReplySchema, type Inventory as Stock } from "@casaforte/contract/placement";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import {
  Anchor,
  Button,
  Group,
  NumberInput,
  Progress,
  Select,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { z } from "zod";
import { inventoryQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText } from "../billing/billing-text.tsx";

/** O3: room at each site and when it ends, hosts, addresses, orders that found no room. */
export function Inventory() {
  return (
    <BillingTexts>
      <InventoryPage />
    </BillingTexts>
  );
}

function InventoryPage() {
  const t = useBillingText();
  const { session } = useSession();
  const inventory = useQuery(inventoryQuery);
  const [hosting, host] = useDisclosure(false);
  const [addressing, address] = useDisclosure(false);
  const mayChange = session.operatorRoles.includes("infra");
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("inventory.title")}
        </Title>
        {mayChange ? (
          <Group gap="sm">
            <Button variant="default" onClick={address.open}>
              {t("inventory.addAddresses")}
            </Button>
            <Button onClick={host.open}>{t("inventory.addHost")}</Button>
          </Group>
        ) : null}
      </Group>
      <Loaded query={inventory}>
        {(stock) => (
          <>
            <Sites stock={stock} />
            <Hosts stock={stock} mayChange={mayChange} />
            <Alerts stock={stock} />
            <Dialog opened={hosting} onClose={host.close} title={t("inventory.addHost")}>
              <AddHost stock={stock} onDone={host.close} />
            </Dialog>
            <Dialog opened={addressing} onClose={address.close} title={t("inventory.addAddresses")}>
              <AddAddresses stock={stock} onDone={address.close} />
            </Dialog>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Sites({ stock }: { readonly stock: Stock }) {
  const t = useBillingText();
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("inventory.sites")}
      </Title>
      <ScrollTable label={t("inventory.sites")} minWidth={620}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("inventory.site")}</Table.Th>
            <Table.Th ta="right">{t("inventory.sold")}</Table.Th>
            <Table.Th ta="right">{t("inventory.free")}</Table.Th>
            <Table.Th>{t("inventory.fullIn")}</Table.Th>
            <Table.Th>{t("inventory.addresses")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stock.sites.map((site) => (
            <Table.Tr key={site.siteId}>
              <Table.Th scope="row">{site.name}</Table.Th>
              <Table.Td ta="right">{format.bytes(site.guaranteedBytes)}</Table.Td>
              <Table.Td ta="right">
                {site.freeBytes === null ? t("inventory.unlimited") : format.bytes(site.freeBytes)}
              </Table.Td>
              <Table.Td>
                {site.fullInDays === null ? (
                  t("inventory.notFilling")
                ) : (
                  <Tag color={site.fullInDays < 30 ? "red" : site.fullInDays < 90 ? "orange" : "green"}>
                    {(site.freeBytes ?? 1) <= 0 ? t("inventory.full") : t("inventory.days", { count: site.fullInDays })}
                  </Tag>
                )}
              </Table.Td>
              <Table.Td>{t("inventory.ofAddresses", { free: site.addressesFree, all: site.addresses })}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </Stack>
  );
}

export const hostColors = { active: "green", draining: "orange", retired: "gray" } as const;

function Hosts({ stock, mayChange }: { readonly stock: Stock; readonly mayChange: boolean }) {
  const t = useBillingText();
  const format = useFormat();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: ({ id, state }: { id: string; state: "active" | "draining" }) =>
      callChecked(`/api/inventory/hosts/${id}`, { method: "PATCH", body: { state }, reply: z.undefined() }),
    onSettled: () => client.invalidateQueries({ queryKey: inventoryQuery.queryKey }),
  });
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("inventory.hosts")}
      </Title>
      <Text size="sm" c="dimmed" maw="46rem">
        {t("inventory.hostsHint")}
      </Text>
      <ProblemAlert error={change.error} />
      {stock.hosts.length === 0 ? (
        <EmptyState title={t("inventory.hostsNone")} text={t("inventory.hostsNoneHint")} />
      ) : (
        <ScrollTable label={t("inventory.hosts")} minWidth={720} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("inventory.name")}</Table.Th>
              <Table.Th>{t("inventory.site")}</Table.Th>
              <Table.Th>{t("inventory.rack")}</Table.Th>
              <Table.Th>{t("inventory.used")}</Table.Th>
              <Table.Th>{t("inventory.state")}</Table.Th>
              <Table.Th>{t("billing.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stock.hosts.map((host) => (
              <Table.Tr key={host.id}>
                <Table.Th scope="row">
                  <Anchor renderRoot={(props) => <Link {...props} to="/inventory/$id" params={{ id: host.id }} />}>
                    {host.name}
                  </Anchor>
                </Table.Th>
                <Table.Td>{siteName(stock, host.siteId)}</Table.Td>
                <Table.Td>{host.rack ?? "–"}</Table.Td>
                <Table.Td>
                  <Progress
                    value={(host.allocatedBytes / host.capacityBytes) * 100}
                    aria-label={`${t("inventory.used")}: ${host.name}`}
                  />
                  <Text size="xs">
                    {format.bytes(host.allocatedBytes)} / {format.bytes(host.capacityBytes)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Tag color={hostColors[host.state]}>{t(`inventory.state.${host.state}`)}</Tag>
                  <Text size="xs">
                    {t(host.state === "draining" ? "moves.stillHere" : "moves.here", { count: host.spaces })}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {mayChange && host.state !== "retired" ? (
                    <RowButton
                      name={`${t(host.state === "active" ? "inventory.drain" : "inventory.activate")}: ${host.name}`}
                      onClick={() =>
                        change.mutate({ id: host.id, state: host.state === "active" ? "draining" : "active" })
                      }
                    >
                      {t(host.state === "active" ? "inventory.drain" : "inventory.activate")}
                    </RowButton>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
    </Stack>
  );
}

function Alerts({ stock }: { readonly stock: Stock }) {
  const t = useBillingText();
  const format = useFormat();
  return (
    <Stack gap={4}>
      <Title order={2} size="h4">
        {t("inventory.alerts")}
      </Title>
      {stock.alerts.length === 0 ? <Text c="dimmed">{t("inventory.alertsNone")}</Text> : null}
      {stock.alerts.map((alert) => (
        <Text key={`${alert.at}${alert.tenantId}${alert.sku}`} size="sm">
          {t("inventory.alertLine", {
            when: format.dateTime(Date.parse(alert.at)),
            bytes: format.bytes(alert.bytes),
            site: siteName(stock, alert.siteId),
            sku: alert.sku,
          })}
        </Text>
      ))}
    </Stack>
  );
}

/** As customers know it; its id when the configuration names it no more. */
const siteName = (stock: Stock, id: string): string => stock.sites.find((site) => site.siteId === id)?.name ?? id;
const siteChoices = (stock: Stock) => stock.sites.map((site) => ({ value: site.siteId, label: site.name }));

function AddHost({ stock, onDone }: { readonly stock: Stock; readonly onDone: () => void }) {
  const t = useBillingText();
  const client = useQueryClient();
  const [siteId, setSite] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [rack, setRack] = useState("");
  const [terabytes, setTerabytes] = useState<number | string>(20);
  const add = useMutation({
    mutationFn: () =>
      callChecked("/api/inventory/hosts", {
        body: {
          siteId,
          name: name.trim(),
          rack: rack.trim() === "" ? null : rack.trim(),
          serial: null,
          capacityBytes: Math.round(Number(terabytes) * 1e12),
        },
        reply: hostIdReplySchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: inventoryQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack>
        <Select label={t("inventory.site")} data={siteChoices(stock)} value={siteId} onChange={setSite} required />
        <TextInput
          label={t("inventory.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
        />
        <TextInput
          label={t("inventory.rack")}
          value={rack}
          onChange={(event) => setRack(event.currentTarget.value)}
          maxLength={100}
        />
        <NumberInput
          label={t("inventory.capacityTb")}
          value={terabytes}
          onChange={setTerabytes}
          min={0.1}
          max={4000}
          required
        />
        <ProblemAlert error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending} disabled={siteId === null}>
            {t("inventory.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function AddAddresses({ stock, onDone }: { readonly stock: Stock; readonly onDone: () => void }) {
  const t = useBillingText();
  const client = useQueryClient();
  const [siteId, setSite] = useState<string | null>(null);
  const [list, setList] = useState("");
  const addresses = list.split(/\s+/).filter((line) => line !== "");
  const add = useMutation({
    mutationFn: () => callChecked("/api/inventory/addresses", { body: { siteId, addresses }, reply: addedReplySchema }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: inventoryQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack>
        <Select label={t("inventory.site")} data={siteChoices(stock)} value={siteId} onChange={setSite} required />
        <Textarea
          label={t("inventory.addressList")}
          value={list}
          onChange={(event) => setList(event.currentTarget.value)}
          rows={6}
          required
        />
        <ProblemAlert error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending} disabled={siteId === null || addresses.length === 0}>
            {t("inventory.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
