import { type MailAccountReply, mailSharesSchema } from "@casaforte/contract/mail";
import { callChecked } from "@casaforte/ui-kit/console";
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMailText } from "./mail-text.tsx";

export interface WhatStaysProps {
  readonly account: MailAccountReply;
  /** Of the act that it is shown with. After it everything is read anew: somebody may have shared it meanwhile. */
  readonly when: "before" | "after";
  /** As the text around it; as the page's without. */
  readonly size?: "sm";
}

/** What a stranger may have left in a mailbox that neither a new password nor the end of its factors takes: shares, counted, and filters. */
export function WhatStays({ account: { id }, when, size }: WhatStaysProps) {
  const t = useMailText();
  const shares = useQuery({
    queryKey: ["shares", id, when],
    queryFn: ({ signal }) => callChecked(`/api/mail-accounts/${id}/shares`, { reply: mailSharesSchema, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const sentence = (): string => {
    if (shares.isFetching) return t("accounts.sharesAsked");
    if (!shares.isSuccess) return t("accounts.sharesUnread");
    const people = [...shares.data.shares, ...shares.data.folders].map(({ accountId }) => accountId);
    return t("accounts.sharesStay", { count: new Set(people).size });
  };
  return (
    <Text {...(size && { size })}>
      <span role="status">{sentence()}</span> {t("accounts.filtersStay")}
    </Text>
  );
}
