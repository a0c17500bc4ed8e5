import { tenantIdReplySchema, tenantsReplySchema } from "@casaforte/contract/tenants";
import { Dialog, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, ListSearch, Tag, useAddressedDialog } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useT } from "../translate.ts";

const searchDelayMs = 250;
export const tenantStateColors = { active: "green", departed: "gray" } as const;

export function Tenants() {
  const t = useT();
  const format = useFormat();
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, searchDelayMs);
  const navigate = useNavigate();
  const { add = false } = useSearch({ from: "/tenants" });
  const [opened, { open, close }] = useAddressedDialog(add, () => void navigate({ to: "/tenants", replace: true }));
  const tenants = useInfiniteQuery({
    queryKey: ["tenants", "list", settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/tenants", { query: { search: settled, cursor: pageParam }, reply: tenantsReplySchema, signal }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = tenants.data?.pages.flatMap((page) => page.tenants) ?? [];
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("tenants.title")}
        </Title>
        <Button onClick={open}>{t("tenants.add")}</Button>
      </Group>
      <ListSearch label={t("tenants.search")} value={search} onChange={setSearch} />
      {tenants.isPending ? <LoadingState /> : null}
      {tenants.isError ? <ErrorState error={tenants.error} onRetry={() => void tenants.refetch()} /> : null}
      {tenants.data && rows.length === 0 ? (
        settled === "" ? (
          <EmptyState
            title={t("tenants.none")}
            text={t("tenants.noneHint")}
            action={<Button onClick={open}>{t("tenants.add")}</Button>}
          />
        ) : (
          <EmptyState title={t("tenants.noMatch")} />
        )
      ) : null}
      {rows.length > 0 ? (
        <ScrollTable label={t("tenants.title")} minWidth={560} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("tenants.name")}</Table.Th>
              <Table.Th>{t("tenants.state")}</Table.Th>
              <Table.Th>{t("tenants.twoFactor")}</Table.Th>
              <Table.Th>{t("tenants.created")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((tenant) => (
              <Table.Tr key={tenant.tenantId}>
                <Table.Td>
                  <Anchor
                    renderRoot={(props) => (
                      <Link {...props} to="/tenants/$id" params={{ id: tenant.tenantId }} preload={false} />
                    )}
                  >
                    {tenant.name}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <Tag color={tenantStateColors[tenant.state]}>{t(`tenants.state.${tenant.state}`)}</Tag>
                </Table.Td>
                <Table.Td>
                  {t(tenant.requireTwoFactor ? "tenants.twoFactor.required" : "tenants.twoFactor.free")}
                </Table.Td>
                <Table.Td>
                  {format.date(Date.parse(tenant.createdAt))}
                  {tenant.signedUp ? (
                    <Text size="sm" c="dimmed">
                      {t(tenant.vetted ? "tenants.signedUp" : "tenants.unvetted")}
                    </Text>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      ) : null}
      {tenants.hasNextPage ? (
        <Button variant="default" loading={tenants.isFetchingNextPage} onClick={() => void tenants.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <Dialog opened={opened} onClose={close} title={t("tenants.add")}>
        <NewTenant onDone={close} />
      </Dialog>
    </Stack>
  );
}

interface Draft {
  readonly name: string;
  readonly vatNumber: string;
  readonly language: "it" | "en";
  readonly ownerEmail: string;
  readonly ownerName: string;
}

function NewTenant({ onDone }: { readonly onDone: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ name: "", vatNumber: "", language: "it", ownerEmail: "", ownerName: "" });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const create = useMutation({
    mutationFn: () =>
      callChecked("/api/tenants", {
        body: {
          name: draft.name.trim(),
          language: draft.language,
          ...(draft.vatNumber.trim() === "" ? {} : { vatNumber: draft.vatNumber.trim() }),
          owner: { login: draft.ownerEmail.trim(), displayName: draft.ownerName.trim() },
        },
        reply: tenantIdReplySchema,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["tenants", "list"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("tenants.name")}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          required
          maxLength={200}
          data-autofocus
        />
        <TextInput
          label={t("tenants.vat")}
          value={draft.vatNumber}
          onChange={(event) => change({ vatNumber: event.currentTarget.value })}
          maxLength={20}
        />
        <Select
          label={t("tenants.language")}
          data={[
            { value: "it", label: "Italiano" },
            { value: "en", label: "English" },
          ]}
          value={draft.language}
          onChange={(value) => change({ language: value === "en" ? "en" : "it" })}
          allowDeselect={false}
        />
        <TextInput
          label={t("tenants.ownerName")}
          value={draft.ownerName}
          onChange={(event) => change({ ownerName: event.currentTarget.value })}
          required
          maxLength={200}
        />
        <TextInput
          label={t("tenants.ownerEmail")}
          type="email"
          value={draft.ownerEmail}
          onChange={(event) => change({ ownerEmail: event.currentTarget.value })}
          required
          maxLength={254}
        />
        <ProblemAlert error={create.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t("tenants.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
