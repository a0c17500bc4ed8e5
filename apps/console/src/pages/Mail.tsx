import { type MailAccountReply, mailAccountListSchema } from "@casaforte/contract/mail";
import { ConfirmName, callApi, Dialog, EmptyState, ErrorState, LoadingState, useFormat } from "@casaforte/ui-kit";
import { callChecked, Tag } from "@casaforte/ui-kit/console";
import { RecoverMessages } from "@casaforte/ui-kit/recover";
import { Button, Group, Menu, Stack, Table, Text, TextInput, Title, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { MailTexts } from "../mail/mail-text.tsx";
import { SharesForm } from "../mail/SharesForm.tsx";
import { providerQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { NewMailAccount, ResetMailPassword } from "./MailAccountForms.tsx";

const searchDelayMs = 250;
const stateColors = { active: "green", suspended: "orange", deleted: "gray" } as const;

/** Mailboxes of the organisation: searched and paged by the server (R12, C13). */
export function Mail() {
  const t = useT();
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, searchDelayMs);
  const [opened, { open, close }] = useDisclosure(false);
  const accounts = useInfiniteQuery({
    queryKey: ["mail-accounts", settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/mail-accounts", {
        query: { search: settled, cursor: pageParam, limit: 100 },
        reply: mailAccountListSchema,
        signal,
      }),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = accounts.data?.pages.flatMap((page) => page.accounts) ?? [];
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("mail.title")}
        </Title>
        <Group gap="xs">
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/mail/licences" />}>
            {t("mail.licences")}
          </Button>
          <Button variant="default" component="a" href="/api/mail-accounts/export" download>
            {t("mail.export")}
          </Button>
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/mail/import" />}>
            {t("mail.import")}
          </Button>
          <Button onClick={open}>{t("mail.add")}</Button>
        </Group>
      </Group>
      <TextInput
        type="search"
        aria-label={t("mail.search")}
        placeholder={t("mail.search")}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        maw={420}
      />
      {accounts.isPending ? <LoadingState /> : null}
      {accounts.isError ? <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} /> : null}
      {accounts.data && rows.length === 0 ? (
        settled === "" ? (
          <EmptyState
            title={t("mail.none")}
            text={t("mail.noneHint")}
            action={<Button onClick={open}>{t("mail.add")}</Button>}
          />
        ) : (
          <EmptyState title={t("mail.noMatch")} />
        )
      ) : null}
      {rows.length > 0 ? <AccountTable rows={rows} /> : null}
      {accounts.hasNextPage ? (
        <Button variant="default" loading={accounts.isFetchingNextPage} onClick={() => void accounts.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <ProgramSettings />
      <Dialog opened={opened} onClose={close} title={t("mail.add")}>
        <NewMailAccount onDone={close} />
      </Dialog>
    </Stack>
  );
}

function AccountTable({ rows }: { readonly rows: readonly MailAccountReply[] }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState<MailAccountReply | null>(null);
  const [resetting, setResetting] = useState<MailAccountReply | null>(null);
  const [recovering, setRecovering] = useState<MailAccountReply | null>(null);
  const [sharing, setSharing] = useState<MailAccountReply | null>(null);
  return (
    <>
      <Table.ScrollContainer
        minWidth={720}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": t("mail.title"), role: "region" } }}
      >
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("mail.address")}</Table.Th>
              <Table.Th>{t("mail.displayName")}</Table.Th>
              <Table.Th>{t("mail.used")}</Table.Th>
              <Table.Th>{t("mail.messages")}</Table.Th>
              <Table.Th>{t("mail.state")}</Table.Th>
              <Table.Th>
                <VisuallyHidden>{t("mail.actionsColumn")}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((account) => (
              <Table.Tr key={account.id}>
                <Table.Td>{account.address}</Table.Td>
                <Table.Td>{account.displayName}</Table.Td>
                <Table.Td>
                  {t("home.storageOf", {
                    used: format.bytes(account.usedBytes),
                    quota: account.quotaBytes === null ? t("mail.quotaNone") : format.bytes(account.quotaBytes),
                  })}
                </Table.Td>
                <Table.Td>{format.number(account.messages)}</Table.Td>
                <Table.Td>
                  <Tag color={stateColors[account.state]}>{t(`mail.state.${account.state}`)}</Tag>
                </Table.Td>
                <Table.Td ta="right">
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        aria-label={t("mail.actions", { address: account.address })}
                      >
                        ⋯
                      </Button>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setResetting(account)}>{t("mail.resetPassword")}</Menu.Item>
                      <Menu.Item onClick={() => setSharing(account)}>{t("mail.shares")}</Menu.Item>
                      <Menu.Item onClick={() => setRecovering(account)}>{t("kit.recover.title")}</Menu.Item>
                      <Menu.Item onClick={() => setDeleting(account)}>{t("mail.delete")}</Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {deleting ? (
        <ConfirmName
          opened
          onClose={() => setDeleting(null)}
          title={t("mail.deleteTitle", { address: deleting.address })}
          name={deleting.address}
          action={t("mail.delete")}
          onConfirm={async () => {
            await callApi(`/api/mail-accounts/${deleting.id}`, { method: "DELETE" });
            await client.invalidateQueries({ queryKey: ["mail-accounts"] });
          }}
        >
          <Text>{t("mail.deleteHint")}</Text>
        </ConfirmName>
      ) : null}
      {recovering ? (
        <Dialog opened onClose={() => setRecovering(null)} title={recovering.address} size="xl">
          <RecoverMessages
            url={`/api/mail-accounts/${recovering.id}/deleted-messages`}
            onRecovered={() => void client.invalidateQueries({ queryKey: ["mail-accounts"] })}
          />
        </Dialog>
      ) : null}
      {sharing ? (
        <Dialog opened onClose={() => setSharing(null)} title={t("mail.sharesTitle", { address: sharing.address })}>
          <MailTexts>
            <SharesForm account={sharing} onDone={() => setSharing(null)} />
          </MailTexts>
        </Dialog>
      ) : null}
      {resetting ? (
        <Dialog opened onClose={() => setResetting(null)} title={t("mail.resetPassword")}>
          <ResetMailPassword account={resetting} onDone={() => setResetting(null)} />
        </Dialog>
      ) : null}
    </>
  );
}

/** What to type into a mail program (R13). */
function ProgramSettings() {
  const t = useT();
  const provider = useQuery(providerQuery);
  const { mail } = provider.data ?? {};
  const servers = [
    ["IMAP (TLS)", mail?.imaps],
    ["POP3 (TLS)", mail?.pop3s],
    ["SMTP (TLS)", mail?.smtps],
    ["SMTP (STARTTLS)", mail?.submission],
  ] as const;
  return (
    <section aria-labelledby="program-settings">
      <Title order={2} size="h4" id="program-settings">
        {t("mail.settings")}
      </Title>
      <Text size="sm" c="dimmed">
        {t("mail.settingsHint")}
      </Text>
      {servers.map(([name, server]) =>
        server ? (
          <Text key={name}>{t("mail.server", { name, host: server.host, port: String(server.port) })}</Text>
        ) : null,
      )}
    </section>
  );
}
