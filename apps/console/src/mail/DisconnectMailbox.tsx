import type { MailAccountReply } from "@casaforte/contract/mail";
import { callApi, Dialog } from "@casaforte/ui-kit";
import { ConfirmAction } from "@casaforte/ui-kit/console";
import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useMailText } from "./mail-text.tsx";
import { WhatStays } from "./WhatStays.tsx";

export interface DisconnectMailboxProps {
  readonly account: MailAccountReply;
  readonly onClose: () => void;
}

/**
 * Ends programs and app passwords of a mailbox and, where that is chosen, what proves its person beside the password (R13); then
 * says what stays.
 */
export function DisconnectMailbox({ account, onClose }: DisconnectMailboxProps) {
  const { id, address } = account;
  const t = useMailText();
  const client = useQueryClient();
  const [factors, setFactors] = useState(false);
  const isOver = useRef(false);
  const [isDone, setDone] = useState(false);
  if (isDone)
    return (
      <Dialog opened onClose={onClose} title={t("accounts.disconnected", { address })}>
        <Stack>
          <WhatStays account={account} when="after" />
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              {t("kit.done")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    );
  return (
    <ConfirmAction
      opened
      // Called after the act as well, which this dialog outlives.
      onClose={() => (isOver.current ? setDone(true) : onClose())}
      title={t("accounts.disconnectTitle", { address })}
      action={t("accounts.disconnect")}
      onConfirm={async () => {
        await callApi(`/api/mail-accounts/${id}/disconnect`, { method: "POST", body: { factors } });
        isOver.current = true;
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
      <WhatStays account={account} when="before" />
    </ConfirmAction>
  );
}
