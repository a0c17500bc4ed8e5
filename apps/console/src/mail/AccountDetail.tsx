import { addressListSchema } from "@casaforte/contract/domains";
import { licencesReplySchema } from "@casaforte/contract/licences";
import { type ListedMailAccount, listedMailAccountSchema } from "@casaforte/contract/mail";
import { useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { AskSupport } from "../AskSupport.tsx";
import { useMayWork } from "../may-work.ts";
import { AccountDialogs } from "./AccountDialogs.tsx";
import { type AccountAct, actsOf, keptUntilMs, neverIn, stateColors } from "./account-acts.ts";
import { MailTexts, useMailText } from "./mail-text.tsx";
import { useDoors } from "./use-doors.ts";

/** One mailbox: size, who gets in and how, what leads to it, and everything that can be done to it (C13). */
export const AccountDetail = () => (
  <MailTexts>
    <AccountPage />
  </MailTexts>
);

function AccountPage() {
  const t = useMailText();
  const { id } = useParams({ from: "/mail/accounts/$id" });
  const account = useQuery({
    queryKey: ["mail-accounts", "one", id],
    queryFn: ({ signal }) => callChecked(`/api/mail-accounts/${id}`, { reply: listedMailAccountSchema, signal }),
  });
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/mail" />}>← {t("mail.title")}</Anchor>
      <Loaded query={account}>{(found) => <Shown account={found} />}</Loaded>
    </Stack>
  );
}

function Shown({ account }: { readonly account: ListedMailAccount }) {
  const t = useMailText();
  const format = useFormat();
  const navigate = useNavigate();
  const mayWork = useMayWork("content");
  const [act, setAct] = useState<AccountAct | null>(null);
  const { deletedAt } = account;
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Group gap="sm">
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {account.address}
          </Title>
          <Tag color={stateColors[account.state]}>{t(`mail.state.${account.state}`)}</Tag>
          <AskSupport about={account.address} />
        </Group>
        {mayWork ? (
          <Group gap="xs">
            {actsOf(account).map((each) => (
              <Button key={each} variant="default" size="xs" onClick={() => setAct(each)}>
                {t(`accounts.act.${each}`)}
              </Button>
            ))}
          </Group>
        ) : null}
      </Group>
      {account.state === "suspended" ? <Alert color="orange">{t("accounts.isSuspended")}</Alert> : null}
      {deletedAt === null ? null : (
        <Alert color="orange">{t("accounts.isDeleted", { date: format.date(keptUntilMs(deletedAt)) })}</Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Size account={account} />
        <Access account={account} onDisconnect={mayWork ? () => setAct("disconnect") : null} />
        <Ways account={account} />
        <Licence account={account} />
      </SimpleGrid>
      {act === null ? null : (
        <AccountDialogs
          act={act}
          account={account}
          onClose={() => setAct(null)}
          onPurged={() => void navigate({ to: "/mail" })}
        />
      )}
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      <Stack gap="xs">{children}</Stack>
    </Card>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}

function Size({ account }: { readonly account: ListedMailAccount }) {
  const t = useMailText();
  const format = useFormat();
  const { usedBytes, quotaBytes, messages } = account;
  const percent = quotaBytes === null ? 0 : Math.min(100, (usedBytes / quotaBytes) * 100);
  return (
    <Part title={t("accounts.mailbox")}>
      <Fact label={t("mail.displayName")}>{account.displayName || "–"}</Fact>
      <Fact label={t("mail.used")}>
        {t("home.storageOf", {
          used: format.bytes(usedBytes),
          quota: quotaBytes === null ? t("mail.quotaNone") : format.bytes(quotaBytes),
        })}
      </Fact>
      {quotaBytes === null ? null : (
        <Progress
          value={percent}
          color={percent >= 95 ? "red" : percent >= 80 ? "orange" : "lake"}
          aria-label={t("mail.used")}
        />
      )}
      <Fact label={t("mail.messages")}>{format.number(messages)}</Fact>
      <Fact label={t("accounts.created")}>{format.date(Date.parse(account.createdAt))}</Fact>
    </Part>
  );
}

function Access({
  account: { access, protocols, state },
  onDisconnect,
}: {
  readonly account: ListedMailAccount;
  readonly onDisconnect: (() => void) | null;
}) {
  const t = useMailText();
  const format = useFormat();
  const open = useDoors().filter((door) => protocols[door]);
  const hasWays =
    access !== null &&
    state !== "deleted" &&
    (access.appPasswords > 0 || access.connectedPrograms > 0 || access.hasSecondFactor);
  return (
    <Part title={t("accounts.access")}>
      <Fact label={t("accounts.lastAccess")}>
        {access === null ? "–" : access.lastAt ? format.relative(Date.parse(access.lastAt)) : t(neverIn(access))}
      </Fact>
      <Fact label={t("accounts.secondFactor")}>
        {access === null ? "–" : t(access.hasSecondFactor ? "accounts.secondFactorOn" : "accounts.secondFactorOff")}
      </Fact>
      <Fact label={t("accounts.appPasswords")}>{access === null ? "–" : format.number(access.appPasswords)}</Fact>
      <Fact label={t("accounts.connectedPrograms")}>
        {access === null ? "–" : format.number(access.connectedPrograms)}
      </Fact>
      {onDisconnect === null || !hasWays ? null : (
        <Group>
          <Button variant="default" size="xs" onClick={onDisconnect}>
            {t("accounts.act.disconnect")}
          </Button>
        </Group>
      )}
      <Fact label={t("accounts.doors")}>
        {open.length === 0 ? t("accounts.noDoors") : open.map((door) => t(`accounts.door.${door}`)).join(", ")}
      </Fact>
    </Part>
  );
}

/** Addresses that lead here, and where those that also lead elsewhere send a copy. */
function Ways({ account: { id, address } }: { readonly account: ListedMailAccount }) {
  const t = useMailText();
  const addresses = useQuery({
    queryKey: ["addresses", "of", id],
    queryFn: ({ signal }) =>
      callChecked("/api/addresses", { query: { mailAccountId: id, limit: 200 }, reply: addressListSchema, signal }),
  });
  return (
    <Part title={t("accounts.ways")}>
      <Loaded query={addresses}>
        {({ addresses: found }) => {
          const others = found.filter((each) => each.address !== address);
          return others.length === 0 ? (
            <Text c="dimmed">{t("accounts.noWays")}</Text>
          ) : (
            others.map((each) => (
              <Fact key={each.id} label={t(`addresses.kind.${each.kind}`)}>
                {each.address}
                {each.forwardTo.length > 0 ? ` · ${t("accounts.copyTo", { to: each.forwardTo.join(", ") })}` : ""}
              </Fact>
            ))
          );
        }}
      </Loaded>
      <Text size="sm" c="dimmed">
        {t("accounts.filtersHint")}
      </Text>
    </Part>
  );
}

/** What is paid for the mailbox this month; nothing for who may not see costs. */
function Licence({ account: { id } }: { readonly account: ListedMailAccount }) {
  const t = useMailText();
  const format = useFormat();
  const licences = useQuery({
    queryKey: ["licences", "now"],
    queryFn: ({ signal }) => callChecked("/api/licences", { reply: licencesReplySchema, signal }),
    retry: false,
  });
  if (licences.data === undefined) return null;
  const own = licences.data.accounts.find((each) => each.id === id);
  const until = own?.paid.at(-1)?.until ?? null;
  return (
    <Part title={t("accounts.licence")}>
      {own === undefined || own.paid.length === 0 ? (
        <Text c="dimmed">{t("accounts.noLicence")}</Text>
      ) : (
        <>
          <Fact label={t("accounts.licenceCost")}>{format.money(BigInt(Math.round(own.micros / 10_000)), "EUR")}</Fact>
          {until === null ? null : <Fact label={t("accounts.licenceUntil")}>{format.dateTime(Date.parse(until))}</Fact>}
        </>
      )}
      <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/mail/licences" />}>
        {t("accounts.allLicences")}
      </Anchor>
    </Part>
  );
}
