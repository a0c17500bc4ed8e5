import { type DomainReply, domainSchema } from "@casaforte/contract/domains";
import { Dialog, EmptyState, ErrorState, LoadingState, ProblemAlert, ScrollTable } from "@casaforte/ui-kit";
import { callChecked, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { domainsQuery } from "./domains-query.ts";
import { MailTexts, useMailText } from "./mail-text.tsx";

/** Mail domains of the organisation (R93, C12). */
export const Domains = () => (
  <MailTexts>
    <DomainsPage />
  </MailTexts>
);

function DomainsPage() {
  const t = useMailText();
  const [opened, { open, close }] = useDisclosure(false);
  const domains = useQuery(domainsQuery);
  const add = <Button onClick={open}>{t("domains.add")}</Button>;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("domains.title")}
        </Title>
        {add}
      </Group>
      {domains.isPending ? <LoadingState /> : null}
      {domains.isError ? <ErrorState error={domains.error} onRetry={() => void domains.refetch()} /> : null}
      {domains.data?.domains.length === 0 ? (
        <EmptyState title={t("domains.none")} text={t("domains.noneHint")} action={add} />
      ) : null}
      {domains.data && domains.data.domains.length > 0 ? <DomainTable domains={domains.data.domains} /> : null}
      <Dialog opened={opened} onClose={close} title={t("domains.add")}>
        <AddDomain />
      </Dialog>
    </Stack>
  );
}

function DomainTable({ domains }: { readonly domains: readonly DomainReply[] }) {
  const t = useMailText();
  const nameOf = new Map(domains.map(({ id, name }) => [id, name]));
  return (
    <ScrollTable label={t("domains.title")} minWidth={480} verticalSpacing="sm" maw={800}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("domains.name")}</Table.Th>
          <Table.Th>{t("mail.state")}</Table.Th>
          <Table.Th>{t("domains.kind")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {domains.map((domain) => (
          <Table.Tr key={domain.id}>
            <Table.Td>
              <Anchor renderRoot={(props) => <Link {...props} to="/domains/$id" params={{ id: domain.id }} />}>
                {domain.name}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <Tag color={domain.state === "active" ? "green" : "orange"}>{t(`domains.state.${domain.state}`)}</Tag>
            </Table.Td>
            <Table.Td>
              <Text size="sm">
                {domain.aliasOf === null
                  ? t("domains.ownAddresses")
                  : t("domains.aliasOf", { name: nameOf.get(domain.aliasOf) ?? "" })}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

function AddDomain() {
  const t = useMailText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: () => callChecked("/api/domains", { body: { name: name.trim() }, reply: domainSchema }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: ["domains"] });
      await navigate({ to: "/domains/$id", params: { id } });
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
        <TextInput
          label={t("domains.name")}
          placeholder="example.org"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={253}
          autoComplete="off"
          data-autofocus
        />
        <Text size="sm" c="dimmed">
          {t("domains.addHint")}
        </Text>
        <ProblemAlert error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            {t("domains.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
