import {
  type MailAccountReply,
  type MailSharesReply,
  mailSharesSchema,
  type ShareAccessName,
} from "@casaforte/contract/mail";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AccountSelect } from "./AccountSelect.tsx";
import { useMailText } from "./mail-text.tsx";

interface Share {
  readonly accountId: string;
  readonly address: string;
  readonly access: ShareAccessName;
}

/** Who besides its owner works in a mailbox, and how far. */
export function SharesForm({ account, onDone }: { readonly account: MailAccountReply; readonly onDone: () => void }) {
  const shares = useQuery({
    queryKey: ["shares", account.id],
    queryFn: ({ signal }) =>
      callChecked(`/api/mail-accounts/${account.id}/shares`, { reply: mailSharesSchema, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  return <Loaded query={shares}>{(given) => <Form account={account} given={given} onDone={onDone} />}</Loaded>;
}

function Form({
  account,
  given,
  onDone,
}: {
  readonly account: MailAccountReply;
  readonly given: MailSharesReply;
  readonly onDone: () => void;
}) {
  const t = useMailText();
  const client = useQueryClient();
  const [shares, setShares] = useState<readonly Share[]>(given.shares);
  const [folders, setFolders] = useState(given.folders);
  const ended = given.folders.filter((folder) => !folders.includes(folder));
  const accesses = (["read", "write", "manage"] as const).map((value) => ({
    value,
    label: t(`shares.access.${value}`),
  }));
  const save = useMutation({
    mutationFn: () =>
      callApi(`/api/mail-accounts/${account.id}/shares`, {
        method: "PUT",
        body: {
          shares: shares.map(({ accountId, access }) => ({ accountId, access })),
          ...(ended.length > 0
            ? { endFolders: ended.map(({ folderId, accountId }) => ({ folderId, accountId })) }
            : {}),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["shares", account.id] });
      onDone();
    },
  });
  const put = (share: Share) =>
    setShares([...shares.filter(({ accountId }) => accountId !== share.accountId), share].sort(byAddress));
  return (
    <Stack>
      <Text size="sm">{t("shares.hint")}</Text>
      {shares.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("shares.none")}
        </Text>
      ) : (
        <Stack gap="xs">
          {shares.map((share) => (
            <Group key={share.accountId} gap="xs">
              <Text size="sm" flex="1 1 12rem" style={{ overflowWrap: "anywhere" }}>
                {share.address}
              </Text>
              <Group gap="xs" wrap="nowrap" flex="0 1 20rem">
                <Select
                  aria-label={t("shares.accessOf", { address: share.address })}
                  data={accesses}
                  value={share.access}
                  onChange={(value) => {
                    const access = accesses.find((one) => one.value === value)?.value;
                    if (access) put({ ...share, access });
                  }}
                  allowDeselect={false}
                  flex={1}
                />
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-label={t("shares.removeOf", { address: share.address })}
                  onClick={() => setShares(shares.filter(({ accountId }) => accountId !== share.accountId))}
                >
                  {t("shares.remove")}
                </Button>
              </Group>
            </Group>
          ))}
        </Stack>
      )}
      <AccountSelect
        label={t("shares.add")}
        value={null}
        onChange={(chosen) => {
          if (chosen && chosen.value !== account.id && shares.every(({ accountId }) => accountId !== chosen.value))
            put({ accountId: chosen.value, address: chosen.label, access: "write" });
        }}
      />
      {given.folders.length === 0 ? null : (
        <Stack gap="xs" component="section" aria-labelledby="shares-folders">
          <Text id="shares-folders" component="h3" size="sm" fw={600}>
            {t("shares.folders")}
          </Text>
          <Text size="sm">{t("shares.foldersHint")}</Text>
          {folders.map((one) => (
            <Group key={`${one.folderId} ${one.accountId}`} wrap="nowrap" gap="xs">
              <Stack gap={0} flex={1} style={{ overflowWrap: "anywhere" }}>
                <Text size="sm">{one.folder}</Text>
                <Text size="sm" c="dimmed">
                  {t("shares.folderOf", { address: one.address, access: t(`shares.access.${one.access}`) })}
                </Text>
              </Stack>
              <Button
                variant="subtle"
                size="compact-sm"
                aria-label={t("shares.removeFolderOf", { address: one.address, folder: one.folder })}
                onClick={() => setFolders(folders.filter((other) => other !== one))}
              >
                {t("shares.remove")}
              </Button>
            </Group>
          ))}
          {ended.length === 0 ? null : (
            <Text size="sm" c="dimmed" role="status">
              {t("shares.ended", { count: ended.length })}
            </Text>
          )}
        </Stack>
      )}
      <Text size="sm" c="dimmed">
        {t("shares.sendHint")}
      </Text>
      <ProblemAlert error={save.error} />
      <Group justify="flex-end">
        <Button onClick={() => save.mutate()} loading={save.isPending}>
          {t("kit.save")}
        </Button>
      </Group>
    </Stack>
  );
}

const byAddress = (a: Share, b: Share): number => a.address.localeCompare(b.address);
