import { type MailAccountReply, mailAccountSchema } from "@casaforte/contract/mail";
import { ConfirmName, callApi, Dialog, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked } from "@casaforte/ui-kit/console";
import { RecoverMessages } from "@casaforte/ui-kit/recover";
import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { ResetMailPassword } from "../pages/MailAccountForms.tsx";
import { type AccountAct, keptUntilMs } from "./account-acts.ts";
import { ChangeAccount } from "./ChangeAccount.tsx";
import { DisconnectMailbox } from "./DisconnectMailbox.tsx";
import { InviteMailbox } from "./InviteMailbox.tsx";
import { useMailText } from "./mail-text.tsx";
import { SharesForm } from "./SharesForm.tsx";

export interface AccountDialogsProps {
  readonly act: AccountAct;
  readonly account: MailAccountReply;
  readonly onClose: () => void;
  /** The mailbox is gone for good. */
  readonly onPurged?: () => void;
}

/** The question or form of what was chosen for a mailbox (C13). */
export function AccountDialogs({ act, account, onClose, onPurged }: AccountDialogsProps) {
  const t = useMailText();
  const format = useFormat();
  const client = useQueryClient();
  const { id, address } = account;
  const reread = () => client.invalidateQueries({ queryKey: ["mail-accounts"] });
  const post = (verb: string) => callApi(`/api/mail-accounts/${id}/${verb}`, { method: "POST", body: {} });
  switch (act) {
    case "change":
      return (
        <Dialog opened onClose={onClose} title={t("accounts.changeTitle", { address })}>
          <ChangeAccount account={account} onDone={onClose} />
        </Dialog>
      );
    case "invite":
      return (
        <Dialog opened onClose={onClose} title={t("accounts.act.invite")}>
          <InviteMailbox account={account} onDone={onClose} />
        </Dialog>
      );
    case "password":
      return (
        <Dialog opened onClose={onClose} title={t("mail.resetPassword")}>
          <ResetMailPassword account={account} onDone={onClose} />
        </Dialog>
      );
    case "shares":
      return (
        <Dialog opened onClose={onClose} title={t("mail.sharesTitle", { address })} size="lg">
          <SharesForm account={account} onDone={onClose} />
        </Dialog>
      );
    case "recover":
      return (
        <Dialog opened onClose={onClose} title={address} size="xl">
          <RecoverMessages url={`/api/mail-accounts/${id}/deleted-messages`} onRecovered={() => void reread()} />
        </Dialog>
      );
    case "suspend":
    case "reopen":
      return (
        <ConfirmAction
          opened
          onClose={onClose}
          title={t(`accounts.${act}Title`, { address })}
          action={t(`accounts.${act}`)}
          onConfirm={async () => {
            const state = act === "suspend" ? "suspended" : "active";
            await callChecked(`/api/mail-accounts/${id}`, {
              method: "PATCH",
              body: { state },
              reply: mailAccountSchema,
            });
            await reread();
          }}
        >
          <Text>{t(`accounts.${act}Hint`)}</Text>
        </ConfirmAction>
      );
    case "disconnect":
      return <DisconnectMailbox account={account} onClose={onClose} />;
    case "restore":
      return (
        <ConfirmAction
          opened
          onClose={onClose}
          title={t("accounts.restoreTitle", { address })}
          action={t("accounts.restore")}
          onConfirm={async () => {
            await post("restore");
            await reread();
          }}
        >
          <Text>
            {t("accounts.restoreHint", { date: format.date(keptUntilMs(account.deletedAt ?? account.updatedAt)) })}
          </Text>
        </ConfirmAction>
      );
    case "delete":
      return (
        <ConfirmName
          opened
          onClose={onClose}
          title={t("mail.deleteTitle", { address })}
          name={address}
          action={t("mail.delete")}
          onConfirm={async () => {
            await callApi(`/api/mail-accounts/${id}`, { method: "DELETE" });
            await reread();
          }}
        >
          <Text>{t("accounts.deleteHint", { messages: account.messages, used: format.bytes(account.usedBytes) })}</Text>
        </ConfirmName>
      );
    default:
      return (
        <ConfirmName
          opened
          onClose={onClose}
          title={t("accounts.purgeTitle", { address })}
          name={address}
          action={t("accounts.purge")}
          onConfirm={async () => {
            await post("purge");
            onPurged?.();
            await reread();
          }}
        >
          <Text>{t("accounts.purgeHint", { messages: account.messages, used: format.bytes(account.usedBytes) })}</Text>
        </ConfirmName>
      );
  }
}
