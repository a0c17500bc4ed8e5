import { type AddressReply, addressListSchema, type DomainReply } from "@casaforte/contract/domains";
import { callApi, Dialog, EmptyState, ErrorState, LoadingState, ScrollTable } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, ListSearch } from "@casaforte/ui-kit/console";
import { Button, Group, Menu, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AddressForm } from "./AddressForm.tsx";
import { useMailText } from "./mail-text.tsx";
import { SendersForm } from "./SendersForm.tsx";
import { TestDelivery } from "./TestDelivery.tsx";

/** Members of a group that a row shows. */
const targetsShown = 3;

type Open =
  | { readonly kind: "add" }
  | { readonly kind: "edit" | "remove" | "senders" | "test"; readonly address: AddressReply };

/** Aliases, forwards, groups and the catch-all of a domain; mailboxes have a page of their own (C14). */
export function Addresses({ domain }: { readonly domain: DomainReply }) {
  const t = useMailText();
  const client = useQueryClient();
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, 250);
  const [open, setOpen] = useState<Open | null>(null);
  const addresses = useInfiniteQuery({
    queryKey: ["addresses", domain.id, settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/addresses", {
        query: { domainId: domain.id, kind: "not_mailbox", search: settled, after: pageParam, limit: 100 },
        reply: addressListSchema,
        signal,
      }),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = addresses.data?.pages.flatMap((page) => page.addresses) ?? [];
  const close = () => setOpen(null);
  const done = async () => {
    close();
    await client.invalidateQueries({ queryKey: ["addresses"] });
  };
  const add = <Button onClick={() => setOpen({ kind: "add" })}>{t("addresses.add")}</Button>;
  return (
    <Stack>
      <Group justify="space-between">
        <ListSearch label={t("addresses.search")} value={search} onChange={setSearch} w={360} />
        {add}
      </Group>
      {addresses.isPending ? <LoadingState /> : null}
      {addresses.isError ? <ErrorState error={addresses.error} onRetry={() => void addresses.refetch()} /> : null}
      {addresses.data && rows.length === 0 ? (
        settled === "" ? (
          <EmptyState title={t("addresses.none")} text={t("addresses.noneHint")} action={add} />
        ) : (
          <EmptyState title={t("addresses.noMatch")} />
        )
      ) : null}
      {rows.length > 0 ? <AddressTable rows={rows} onOpen={setOpen} /> : null}
      {addresses.hasNextPage ? (
        <Button variant="default" loading={addresses.isFetchingNextPage} onClick={() => void addresses.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      {open?.kind === "add" || open?.kind === "edit" ? (
        <Dialog opened onClose={close} title={open.kind === "add" ? t("addresses.add") : open.address.address}>
          <AddressForm
            domain={domain}
            address={open.kind === "edit" ? open.address : null}
            onDone={() => void done()}
          />
        </Dialog>
      ) : null}
      {open?.kind === "senders" ? (
        <Dialog opened onClose={close} title={t("senders.title", { address: open.address.address })}>
          <SendersForm addressId={open.address.id} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === "test" ? (
        <Dialog opened onClose={close} title={t("test.title", { address: open.address.address })} size="lg">
          <TestDelivery address={open.address} onDone={close} />
        </Dialog>
      ) : null}
      {open?.kind === "remove" ? (
        <ConfirmAction
          opened
          onClose={close}
          title={t("addresses.removeTitle", { address: open.address.address })}
          action={t("addresses.remove")}
          onConfirm={async () => {
            await callApi(`/api/addresses/${open.address.id}`, { method: "DELETE" });
            await done();
          }}
        >
          <Text>{t("addresses.removeHint")}</Text>
        </ConfirmAction>
      ) : null}
    </Stack>
  );
}

function AddressTable({
  rows,
  onOpen,
}: {
  readonly rows: readonly AddressReply[];
  readonly onOpen: (open: Open) => void;
}) {
  const t = useMailText();
  return (
    <ScrollTable label={t("addresses.title")} minWidth={640} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("mail.address")}</Table.Th>
          <Table.Th>{t("domains.kind")}</Table.Th>
          <Table.Th>{t("addresses.leadsTo")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("mail.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((address) => (
          <Table.Tr key={address.id}>
            <Table.Td>{address.address}</Table.Td>
            <Table.Td>{t(`addresses.kind.${address.kind}`)}</Table.Td>
            <Table.Td>
              <Targets address={address} />
            </Table.Td>
            <Table.Td ta="right">
              <Menu position="bottom-end">
                <Menu.Target>
                  <Button
                    variant="subtle"
                    size="compact-sm"
                    aria-label={t("mail.actions", { address: address.address })}
                  >
                    ⋯
                  </Button>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => onOpen({ kind: "edit", address })}>{t("addresses.edit")}</Menu.Item>
                  {address.kind === "catch_all" ? null : (
                    <>
                      <Menu.Item onClick={() => onOpen({ kind: "senders", address })}>{t("senders.menu")}</Menu.Item>
                      <Menu.Item onClick={() => onOpen({ kind: "test", address })}>{t("test.menu")}</Menu.Item>
                    </>
                  )}
                  <Menu.Item onClick={() => onOpen({ kind: "remove", address })}>{t("addresses.remove")}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function Targets({ address: { accountAddress, forwardTo } }: { readonly address: AddressReply }) {
  const t = useMailText();
  const targets = [...(accountAddress === null ? [] : [accountAddress]), ...forwardTo];
  const left = targets.length - targetsShown;
  return (
    <Text size="sm" style={{ overflowWrap: "anywhere" }}>
      {targets.slice(0, targetsShown).join(", ")}
      {left > 0 ? ` ${t("addresses.more", { count: left })}` : ""}
    </Text>
  );
}
