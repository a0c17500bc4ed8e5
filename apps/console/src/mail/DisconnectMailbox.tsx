import type { MailAccountReply } from "@casaforte/contract/mail";
import { callApi } from "@casaforte/ui-kit";
import { ConfirmAction } from "@casaforte/ui-kit/console";
import { Checkbox, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMailText } from "./mail-text.tsx";
import { WhatStays } from "./WhatStays.tsx";

export interface DisconnectMailboxProps {
  readonly account: MailAccountReply;
  readonly onClose: () => void;
}

/** Ends programs and app passwords of a mailbox and, where that is chosen, what proves its person beside the password (R13). */
export function DisconnectMailbox({ account, onClose }: DisconnectMailboxProps) {
  const { id, address } = account;
  const t = useMailText();
  const client = useQueryClient();
  const [factors, setFactors] = useState(false);
  return (
    <ConfirmAction
      opened
      onClose={onClose}
      title={t("accounts.disconnectTitle", { address })}
      action={t("accounts.disconnect")}
      onConfirm={async () => {
        await callApi(`/api/mail-accounts/${id}/disconnect`, { method: "POST", body: { factors } });
        await client.invalidateQueries({ queryKey: ["mail-accounts"] });
      }}
    >
      <Text>{t("accounts.disconnectHint")}</Text>
      <Checkbox
        label={t("accounts.disconnectFactors")}
        description={t("accounts.disconnectFactorsHint")}
        checked={factors}
        onChange={(event) => setFactors(event.currentTarget.checked)}
      />
      <Text>{t("accounts.disconnectStranger")}</Text>
      <WhatStays account={account} />
    </ConfirmAction>
  );
}
