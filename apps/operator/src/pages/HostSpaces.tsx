import type { HostSpacesReply } from "@casaforte/contract/placement";
import { Dialog, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { z } from "zod";
import { hostSpacesQuery, inventoryQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText } from "../billing/billing-text.tsx";
import { type Host, MoveAll, MoveSpace, type PlacedSpace } from "../inventory/move-forms.tsx";
import { hostColors } from "./Inventory.tsx";

/** O4: the spaces on a host, and taking them to other hosts of its site. */
export function HostSpaces() {
  return (
    <BillingTexts>
      <HostPage />
    </BillingTexts>
  );
}

function HostPage() {
  const { id } = useParams({ from: "/inventory/$id" });
  const t = useBillingText();
  const query = useInfiniteQuery(hostSpacesQuery(id));
  const newest = query.data?.pages[0];
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/inventory" />} size="sm">
        ← {t("inventory.title")}
      </Anchor>
      {query.isPending ? <LoadingState /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {newest === undefined ? null : (
        <>
          <Head reply={newest} />
          <Spaces reply={newest} spaces={query.data?.pages.flatMap((page) => page.spaces) ?? []} />
        </>
      )}
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
    </Stack>
  );
}

const useMayChange = (): boolean => useSession().session.operatorRoles.includes("infra");

function Head({ reply }: { readonly reply: HostSpacesReply }) {
  const { host, evacuation } = reply;
  const t = useBillingText();
  const format = useFormat();
  const mayChange = useMayChange();
  const site = useQuery(inventoryQuery).data?.sites.find(({ siteId }) => siteId === host.siteId)?.name;
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            {host.name}
          </Title>
          <Tag color={hostColors[host.state]}>{t(`inventory.state.${host.state}`)}</Tag>
        </Group>
        {mayChange && host.state === "draining" && host.spaces > 0 && evacuation?.state !== "running" ? (
          <Button onClick={open}>{t("moves.all")}</Button>
        ) : null}
        {mayChange && host.state === "draining" && host.spaces === 0 ? <Retire host={host} /> : null}
      </Group>
      <Text>
        {site ?? host.siteId} · {format.bytes(host.allocatedBytes)} / {format.bytes(host.capacityBytes)} ·{" "}
        {t(host.state === "draining" ? "moves.stillHere" : "moves.here", { count: host.spaces })}
      </Text>
      <Text c="dimmed" maw="46rem">
        {t("moves.hint")}
      </Text>
      <div aria-live="polite">
        <Progress reply={reply} />
      </div>
      <Dialog opened={opened} onClose={close} title={t("moves.allTitle", { name: host.name })}>
        <MoveAll host={host} onDone={close} />
      </Dialog>
    </>
  );
}

const progressColors = { running: "blue", emptied: "green", out_of_room: "orange", called_off: "gray" } as const;

function Progress({ reply: { host, evacuation } }: { readonly reply: HostSpacesReply }) {
  const t = useBillingText();
  const format = useFormat();
  // What an earlier one said is over once the host was brought back, or its last spaces were moved one by one.
  const isShown =
    evacuation !== null &&
    { running: true, emptied: host.spaces === 0, out_of_room: host.spaces > 0, called_off: host.spaces > 0 }[
      evacuation.state
    ] &&
    (host.state === "draining") === (evacuation.state !== "called_off");
  if (!isShown) return null;
  const { moved } = evacuation;
  const when = format.dateTime(Date.parse(evacuation.endedAt ?? evacuation.askedAt));
  const words = {
    running: () => t("moves.running", { moved, left: host.spaces }),
    emptied: () => t("moves.emptied", { when, moved }),
    out_of_room: () => t("moves.outOfRoom", { when, moved }),
    called_off: () => t("moves.calledOff", { when, moved }),
  };
  return (
    <Alert color={progressColors[evacuation.state]} variant="light">
      {words[evacuation.state]()}
      <Text size="sm">
        {t("moves.reason")}: {evacuation.reason}
      </Text>
    </Alert>
  );
}

function Retire({ host }: { readonly host: Host }) {
  const t = useBillingText();
  const client = useQueryClient();
  const retire = useMutation({
    mutationFn: () =>
      callChecked(`/api/inventory/hosts/${host.id}`, {
        method: "PATCH",
        body: { state: "retired" },
        reply: z.undefined(),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: inventoryQuery.queryKey }),
  });
  return (
    <>
      <Button variant="default" loading={retire.isPending} onClick={() => retire.mutate()}>
        {t("moves.retire")}
      </Button>
      <ProblemAlert error={retire.error} />
    </>
  );
}

const emptyHints = {
  draining: "moves.noneDraining",
  active: "moves.noneActive",
  retired: "moves.noneRetired",
} as const;

function Spaces({ reply, spaces }: { readonly reply: HostSpacesReply; readonly spaces: readonly PlacedSpace[] }) {
  const { host, roomElsewhereBytes } = reply;
  const t = useBillingText();
  const format = useFormat();
  const mayChange = useMayChange();
  const [moving, setMoving] = useState<PlacedSpace | null>(null);
  const [isMoved, setMoved] = useState(false);
  return (
    <>
      <Title order={2} size="h4">
        {t("moves.spaces")}
      </Title>
      <div aria-live="polite">
        {isMoved ? (
          <Alert color="green" variant="light">
            {t("moves.moved")}
          </Alert>
        ) : null}
      </div>
      {spaces.length === 0 ? (
        <EmptyState title={t("moves.none")} text={t(emptyHints[host.state])} />
      ) : (
        <>
          <Text size="sm">{t("moves.roomElsewhere", { bytes: format.bytes(roomElsewhereBytes) })}</Text>
          <ScrollTable label={t("moves.spaces")} minWidth={760} verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("moves.space")}</Table.Th>
                <Table.Th>{t("moves.customer")}</Table.Th>
                <Table.Th ta="right">{t("moves.guaranteed")}</Table.Th>
                <Table.Th ta="right">{t("moves.usedBytes")}</Table.Th>
                <Table.Th>{t("moves.since")}</Table.Th>
                <Table.Th>{t("billing.actions")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {spaces.map((space) => (
                <Table.Tr key={space.spaceId}>
                  <Table.Th scope="row">{space.name}</Table.Th>
                  <Table.Td>
                    <Anchor
                      renderRoot={(props) => (
                        <Link {...props} to="/tenants/$id" params={{ id: space.tenantId }} preload={false} />
                      )}
                    >
                      {space.tenantName}
                    </Anchor>
                  </Table.Td>
                  <Table.Td ta="right">{format.bytes(space.bytes)}</Table.Td>
                  <Table.Td ta="right">{format.bytes(space.usedBytes)}</Table.Td>
                  <Table.Td>{format.date(Date.parse(space.placedAt))}</Table.Td>
                  <Table.Td>
                    {space.bytes > roomElsewhereBytes ? <Tag color="orange">{t("moves.noRoom")}</Tag> : null}
                    {mayChange && space.bytes <= roomElsewhereBytes ? (
                      <RowButton
                        name={t("moves.moveOf", { name: space.name, customer: space.tenantName })}
                        onClick={() => {
                          setMoved(false);
                          setMoving(space);
                        }}
                      >
                        {t("moves.move")}
                      </RowButton>
                    ) : null}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </ScrollTable>
        </>
      )}
      <Dialog
        opened={moving !== null}
        onClose={() => setMoving(null)}
        title={t("moves.moveTitle", { name: moving?.name ?? "" })}
      >
        {moving === null ? null : (
          <MoveSpace
            space={moving}
            from={host}
            onDone={() => {
              setMoving(null);
              setMoved(true);
            }}
          />
        )}
      </Dialog>
    </>
  );
}
