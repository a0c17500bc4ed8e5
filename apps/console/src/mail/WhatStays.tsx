import { type MailAccountReply, mailSharesSchema } from "@casaforte/contract/mail";
import { callChecked } from "@casaforte/ui-kit/console";
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMailText } from "./mail-text.tsx";

/** What a stranger may have left in a mailbox that neither a new password nor the end of its factors takes: shares, counted, and filters. */
export function WhatStays({ account: { id } }: { readonly account: MailAccountReply }) {
  const t = useMailText();
  const shares = useQuery({
    queryKey: ["shares", id],
    queryFn: ({ signal }) => callChecked(`/api/mail-accounts/${id}/shares`, { reply: mailSharesSchema, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const count =
    shares.data && new Set([...shares.data.shares, ...shares.data.folders].map(({ accountId }) => accountId)).size;
  return (
    <Text>
      {count === undefined ? null : `${t("accounts.sharesStay", { count })} `}
      {t("accounts.filtersStay")}
    </Text>
  );
}
