import { type MailAccountReply, mailAccountSchema } from "@casaforte/contract/mail";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Checkbox, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeOf, shownQuota } from "./account-change.ts";
import { useMailText } from "./mail-text.tsx";
import { useDoors } from "./use-doors.ts";

/** A mailbox's name, size and the ways into it (R13, C13). */
export function ChangeAccount({
  account,
  onDone,
}: {
  readonly account: MailAccountReply;
  readonly onDone: () => void;
}) {
  const t = useMailText();
  const doors = useDoors();
  const client = useQueryClient();
  const [displayName, setDisplayName] = useState(account.displayName);
  const [isLimited, setLimited] = useState(account.quotaBytes !== null);
  const [quota, setQuota] = useState<number | string>(
    account.quotaBytes === null ? 10 : shownQuota(account.quotaBytes),
  );
  const [protocols, setProtocols] = useState(account.protocols);
  const save = useMutation({
    mutationFn: async () => {
      const body = changeOf(account, { displayName, quota: isLimited ? quota : null, protocols, doors });
      if (Object.keys(body).length > 0)
        await callChecked(`/api/mail-accounts/${account.id}`, { method: "PATCH", body, reply: mailAccountSchema });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["mail-accounts"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("mail.displayName")}
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          maxLength={200}
          autoComplete="off"
          data-autofocus
        />
        <Checkbox
          label={t("accounts.limited")}
          checked={isLimited}
          onChange={(event) => setLimited(event.currentTarget.checked)}
        />
        {isLimited ? (
          <NumberInput
            label={t("mail.quota")}
            value={quota}
            onChange={setQuota}
            min={0.001}
            max={100_000}
            decimalScale={3}
            required
          />
        ) : null}
        <Checkbox.Group
          label={t("accounts.doors")}
          description={t("accounts.doorsHint")}
          value={doors.filter((door) => protocols[door])}
          onChange={(open) =>
            setProtocols((before) => ({
              ...before,
              ...Object.fromEntries(doors.map((door) => [door, open.includes(door)])),
            }))
          }
        >
          <Group mt="xs">
            {doors.map((door) => (
              <Checkbox key={door} value={door} label={t(`accounts.door.${door}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
