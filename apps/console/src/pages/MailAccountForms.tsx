import { type MailAccountReply, mailAccountSchema } from "@casaforte/contract/mail";
import { CopyField, callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Checkbox, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { InviteMailbox, inviteMailbox } from "../mail/InviteMailbox.tsx";
import { useMailText } from "../mail/mail-text.tsx";
import { WhatStays } from "../mail/WhatStays.tsx";
import { useT } from "../translate.ts";
import { generatePassword } from "./generate-password.ts";

const gigabyte = 1_000_000_000;

/** A new mailbox; its person chooses the password by a link, unless whoever makes it does. */
export function NewMailAccount({ onDone }: { readonly onDone: () => void }) {
  const t = useMailText();
  const client = useQueryClient();
  const [address, setAddress] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [quota, setQuota] = useState<number | string>(10);
  const [isMine, setMine] = useState(false);
  const [password, setPassword] = useState(generatePassword);
  const create = useMutation({
    mutationFn: async () => {
      const account = await callChecked("/api/mail-accounts", {
        method: "POST",
        body: {
          address: address.trim(),
          displayName: displayName.trim(),
          quotaBytes: Number(quota) * gigabyte,
          ...(isMine ? { password } : {}),
        },
        reply: mailAccountSchema,
      });
      // The mailbox is there, whatever becomes of the link: another can be made.
      return { account, invitation: isMine ? null : await inviteMailbox(account.id).catch(() => null) };
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["mail-accounts"] }),
  });
  if (create.data) {
    const { account, invitation } = create.data;
    if (!isMine) return <InviteMailbox account={account} made={invitation} onDone={onDone} />;
    return <HandOver title={t("mail.created", { address: account.address })} password={password} onDone={onDone} />;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("mail.address")}
          type="email"
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
          required
          maxLength={254}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          label={t("mail.displayName")}
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          required
          maxLength={200}
          autoComplete="off"
        />
        <NumberInput label={t("mail.quota")} value={quota} onChange={setQuota} min={1} max={100_000} required />
        <Checkbox
          label={t("accounts.ownPassword")}
          description={t("accounts.ownPasswordHint")}
          checked={isMine}
          onChange={(event) => setMine(event.currentTarget.checked)}
        />
        {isMine ? <PasswordField value={password} onChange={setPassword} /> : null}
        <ProblemAlert error={create.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            {t("mail.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A new password for a mailbox and, where that is chosen, the end of what proves its person beside it, in one act (R13). */
export function ResetMailPassword({
  account,
  onDone,
}: {
  readonly account: MailAccountReply;
  readonly onDone: () => void;
}) {
  const t = useMailText();
  const client = useQueryClient();
  const [password, setPassword] = useState(generatePassword);
  const [factors, setFactors] = useState(false);
  const { run, dialog } = useGuarded();
  const reset = useMutation({
    mutationFn: () =>
      run(() => callApi(`/api/mail-accounts/${account.id}/password`, { method: "POST", body: { password, factors } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["mail-accounts"] }),
  });
  if (reset.isSuccess)
    return (
      <HandOver title={t("mail.resetDone")} password={password} onDone={onDone}>
        <WhatStays account={account} when="after" />
      </HandOver>
    );
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          reset.mutate();
        }}
      >
        <Stack>
          <div>
            <Text>{account.address}</Text>
            <Text size="sm" c="dimmed">
              {t("mail.resetHint")}
            </Text>
          </div>
          <PasswordField value={password} onChange={setPassword} />
          <Checkbox
            label={t("accounts.disconnectFactors")}
            description={t("accounts.resetFactorsHint")}
            checked={factors}
            onChange={(event) => setFactors(event.currentTarget.checked)}
          />
          <WhatStays account={account} when="before" size="sm" />
          <ProblemAlert error={reset.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={reset.isPending}>
              {t("kit.save")}
            </Button>
          </Group>
        </Stack>
      </form>
      {dialog}
    </>
  );
}

function PasswordField({ value, onChange }: { readonly value: string; readonly onChange: (password: string) => void }) {
  const t = useT();
  return (
    <Group align="flex-end" wrap="nowrap">
      <TextInput
        flex={1}
        label={t("mail.password")}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        required
        minLength={12}
        maxLength={128}
        autoComplete="off"
      />
      <Button variant="default" onClick={() => onChange(generatePassword())}>
        {t("mail.generate")}
      </Button>
    </Group>
  );
}

/** The password, once more and for the last time; `children`: what else is to be known then. */
function HandOver({
  title,
  password,
  children,
  onDone,
}: {
  readonly title: string;
  readonly password: string;
  readonly children?: ReactNode;
  readonly onDone: () => void;
}) {
  const t = useT();
  return (
    <Stack>
      <Alert color="green" variant="light" title={title}>
        {t("mail.passwordOnce")}
      </Alert>
      <CopyField label={t("mail.password")} value={password} />
      {children}
      <Group justify="flex-end">
        <Button onClick={onDone}>{t("kit.done")}</Button>
      </Group>
    </Stack>
  );
}
