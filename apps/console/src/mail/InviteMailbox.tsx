import { type MailInvitationReply, mailInvitationSchema } from "@casaforte/contract/mail";
import { CopyField, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMailText } from "./mail-text.tsx";

/** A new link for a mailbox's person; an earlier one ends. */
export const inviteMailbox = (id: string): Promise<MailInvitationReply> =>
  callChecked(`/api/mail-accounts/${id}/invitation`, { method: "POST", body: {}, reply: mailInvitationSchema });

export interface InviteMailboxProps {
  readonly account: { readonly id: string; readonly address: string };
  /** One that was made already. */
  readonly made?: MailInvitationReply | null;
  readonly onDone: () => void;
}

/** The link by which a mailbox's person chooses the first password: made here, shown once, handed on by whoever made it. */
export function InviteMailbox({ account, made = null, onDone }: InviteMailboxProps) {
  const t = useMailText();
  const format = useFormat();
  const invite = useMutation({ mutationFn: () => inviteMailbox(account.id) });
  const invitation = invite.data ?? made;
  if (invitation === null)
    return (
      <Stack>
        <Text>{t("accounts.inviteHint", { address: account.address })}</Text>
        <ProblemAlert error={invite.error} />
        <Group justify="flex-end">
          <Button loading={invite.isPending} onClick={() => invite.mutate()}>
            {t("accounts.makeLink")}
          </Button>
        </Group>
      </Stack>
    );
  return (
    <Stack>
      <Alert color="green" variant="light" title={t("accounts.invited", { address: account.address })}>
        {t("accounts.linkOnce", { date: format.dateTime(Date.parse(invitation.expiresAt)) })}
      </Alert>
      <CopyField label={t("accounts.link")} value={invitation.link} />
      <Group justify="flex-end">
        <Button onClick={onDone}>{t("kit.done")}</Button>
      </Group>
    </Stack>
  );
}
