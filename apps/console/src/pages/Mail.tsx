import { type ListedMailAccount, mailAccountListSchema } from "@casaforte/contract/mail";
import { Dialog, EmptyState, ErrorState, LoadingState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, ListSearch, Tag, useAddressedDialog } from "@casaforte/ui-kit/console";
import {
  Anchor,
  Button,
  Group,
  Menu,
  SegmentedControl,
  Stack,
  Table,
  Text,
  Title,
  VisuallyHidden,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { AccountDialogs } from "../mail/AccountDialogs.tsx";
import { type AccountAct, actsOf, keptUntilMs, neverIn, stateColors } from "../mail/account-acts.ts";
import { MailTexts, useMailText } from "../mail/mail-text.tsx";
import { providerQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { NewMailAccount } from "./MailAccountForms.tsx";

const searchDelayMs = 250;

/** Mailboxes of the organisation: searched and paged by the server (R12, C13). */
export const Mail = () => (
  <MailTexts>
    <MailPage />
  </MailTexts>
);

const shown = ["live", "suspended", "deleted"] as const;

function MailPage() {
  const t = useMailText();
  const [state, setState] = useState<string>("live");
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, searchDelayMs);
  const navigate = useNavigate();
  const { add = false } = useSearch({ from: "/mail" });
  const [opened, { open, close }] = useAddressedDialog(add, () => void navigate({ to: "/mail", replace: true }));
  const accounts = useInfiniteQuery({
    queryKey: ["mail-accounts", state, settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) =>
      callChecked("/api/mail-accounts", {
        query: { search: settled, state, cursor: pageParam, limit: 100 },
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
      <Group>
        <SegmentedControl
          aria-label={t("accounts.which")}
          data={shown.map((value) => ({ value, label: t(`accounts.which.${value}`) }))}
          value={state}
          onChange={setState}
        />
        <ListSearch
          label={t("mail.search")}
          value={search}
          onChange={setSearch}
          flex={1}
          count={accounts.data ? t("home.mailCount", { count: accounts.data.pages[0]?.total ?? 0 }) : ""}
        />
      </Group>
      {accounts.isPending ? <LoadingState /> : null}
      {accounts.isError ? <ErrorState error={accounts.error} onRetry={() => void accounts.refetch()} /> : null}
      {accounts.data && rows.length === 0 ? (
        settled === "" && state !== "live" ? (
          <EmptyState title={t(`accounts.none.${state as "deleted"}`)} />
        ) : settled === "" ? (
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

function AccountTable({ rows }: { readonly rows: readonly ListedMailAccount[] }) {
  const t = useMailText();
  const [chosen, setChosen] = useState<{ readonly act: AccountAct; readonly account: ListedMailAccount } | null>(null);
  return (
    <>
      <ScrollTable label={t("mail.title")} minWidth={720} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("mail.address")}</Table.Th>
            <Table.Th>{t("mail.used")}</Table.Th>
            <Table.Th>{t("accounts.lastAccess")}</Table.Th>
            <Table.Th>{t("accounts.secondFactor")}</Table.Th>
            <Table.Th>{t("mail.state")}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t("mail.actionsColumn")}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((account) => (
            <AccountRow key={account.id} account={account} onAct={(act) => setChosen({ act, account })} />
          ))}
        </Table.Tbody>
      </ScrollTable>
      {chosen ? <AccountDialogs {...chosen} onClose={() => setChosen(null)} /> : null}
    </>
  );
}

function AccountRow({
  account,
  onAct,
}: {
  readonly account: ListedMailAccount;
  readonly onAct: (act: AccountAct) => void;
}) {
  const t = useMailText();
  const format = useFormat();
  const { address, access, usedBytes, quotaBytes, state, deletedAt } = account;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Anchor renderRoot={(props) => <Link {...props} to="/mail/accounts/$id" params={{ id: account.id }} />}>
          {address}
        </Anchor>
        <Text size="sm" c="dimmed">
          {account.displayName}
        </Text>
      </Table.Td>
      <Table.Td>
        {t("home.storageOf", {
          used: format.bytes(usedBytes),
          quota: quotaBytes === null ? t("mail.quotaNone") : format.bytes(quotaBytes),
        })}
        <Text size="sm" c="dimmed">
          {t("accounts.messages", { count: account.messages })}
        </Text>
      </Table.Td>
      <Table.Td>
        {access === null ? "–" : access.lastAt ? format.relative(Date.parse(access.lastAt)) : t(neverIn(access))}
      </Table.Td>
      <Table.Td>
        {access === null ? "–" : t(access.hasSecondFactor ? "accounts.on" : "accounts.off")}
        {access && access.appPasswords > 0 ? (
          <Text size="sm" c="dimmed">
            {t("accounts.appPasswordCount", { count: access.appPasswords })}
          </Text>
        ) : null}
      </Table.Td>
      <Table.Td>
        <Tag color={stateColors[state]}>{t(`mail.state.${state}`)}</Tag>
        {deletedAt === null ? null : (
          <Text size="sm" c="dimmed">
            {t("accounts.keptUntil", { date: format.date(keptUntilMs(deletedAt)) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="subtle" size="compact-sm" aria-label={t("mail.actions", { address })}>
              ⋯
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {actsOf(account).map((act) => (
              <Menu.Item key={act} onClick={() => onAct(act)}>
                {t(`accounts.act.${act}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

/** What to type into a mail program (R13). */
function ProgramSettings() {
  const t = useT();
  const provider = useQuery(providerQuery);
  const { mail, jmapUrl } = provider.data ?? {};
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
      {jmapUrl ? <Text>{t("mail.jmap", { url: jmapUrl })}</Text> : null}
    </section>
  );
}
