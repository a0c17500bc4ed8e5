import type { DeskNoticeReply } from "@casaforte/contract/notices";
import { answerLinkedReplySchema } from "@casaforte/contract/tickets";
import { Dialog, ProblemAlert, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, List, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answeringRefreshMs, linkedQuery, linkedTicketsQuery } from "./desk-queries.ts";
import { useDeskText } from "./desk-text.ts";

interface Props {
  readonly notice: DeskNoticeReply;
  readonly mayWrite: boolean;
}

/** The requests about a notice: how many, which live, and one answer to all when it is over (O6). */
export function LinkedTickets({ notice, mayWrite }: Props) {
  const t = useDeskText();
  const isItalian = useLanguage() === "it";
  const [isShown, shown] = useDisclosure(false);
  const [isAnswering, form] = useDisclosure(false);
  const [sent, setSent] = useState<number | null>(null);
  const counts = useQuery({ ...linkedQuery, ...(sent === null ? {} : { refetchInterval: answeringRefreshMs }) });
  const count = counts.data?.notices.find(({ noticeId }) => noticeId === notice.id);
  if (count === undefined) return null;
  const title = isItalian ? notice.titleIt : notice.titleEn;
  const isOver = notice.closedAt !== null;
  return (
    <Stack gap="xs" mt="sm">
      <Text size="sm">{t("desk.linked", { linked: count.linked, live: count.live })}</Text>
      {sent === null ? null : (
        <Alert color="green" role="status">
          {t("desk.linkedSent", { count: sent })}
        </Alert>
      )}
      {count.live === 0 ? null : (
        <Group>
          {isOver ? null : (
            <RowButton aria-expanded={isShown} name={t("desk.linkedShowOf", { title })} onClick={shown.toggle}>
              {t("desk.linkedShow")}
            </RowButton>
          )}
          {isOver && mayWrite ? (
            <RowButton variant="filled" name={t("desk.linkedAnswerOf", { title })} onClick={form.open}>
              {t("desk.linkedAnswer")}
            </RowButton>
          ) : null}
        </Group>
      )}
      {count.live > 0 && (isShown || isOver) ? <LiveTickets noticeId={notice.id} /> : null}
      {isAnswering ? <AnswerAll notice={notice} count={count.live} onSent={setSent} onClose={form.close} /> : null}
    </Stack>
  );
}

function LiveTickets({ noticeId }: { readonly noticeId: string }) {
  const t = useDeskText();
  return (
    <Loaded query={useQuery(linkedTicketsQuery(noticeId))}>
      {({ tickets }) => (
        <List size="sm">
          {tickets.map(({ id, tenantId, number, subject, tenantName, isQuarantined }) => (
            <List.Item key={id} style={{ overflowWrap: "anywhere" }}>
              <Anchor
                td="underline"
                renderRoot={(props) => <Link {...props} to="/tickets/$tenantId/$id" params={{ tenantId, id }} />}
              >
                {t("desk.linkedTicket", {
                  number,
                  subject,
                  customer: isQuarantined ? t("desk.linkedStranger") : tenantName,
                })}
              </Anchor>
            </List.Item>
          ))}
        </List>
      )}
    </Loaded>
  );
}

/** What is said when something is over; completed by whoever sends it. */
const readyText = {
  it: (title: string) =>
    `Buongiorno,\n\n«${title}»: ciò che avete segnalato è concluso e il servizio funziona di nuovo. Se qualcosa ancora non va, rispondete a questo messaggio.`,
  en: (title: string) =>
    `Good morning,\n\n“${title}”: what you reported is over and the service works again. If anything is still wrong, answer this message.`,
} as const;

function AnswerAll({
  notice,
  count,
  onSent,
  onClose,
}: {
  readonly notice: DeskNoticeReply;
  readonly count: number;
  readonly onSent: (count: number) => void;
  readonly onClose: () => void;
}) {
  const t = useDeskText();
  const client = useQueryClient();
  const [textIt, setTextIt] = useState(readyText.it(notice.titleIt));
  const [textEn, setTextEn] = useState(readyText.en(notice.titleEn));
  const send = useMutation({
    mutationFn: () =>
      callChecked(`/api/desk/linked-tickets/${notice.id}/answers`, {
        body: { textIt, textEn },
        reply: answerLinkedReplySchema,
      }),
    onSuccess: async ({ requests }) => {
      onSent(requests);
      await client.invalidateQueries({ queryKey: ["tickets"] });
      onClose();
    },
  });
  const fields = [
    ["desk.linkedIt", textIt, setTextIt],
    ["desk.linkedEn", textEn, setTextEn],
  ] as const;
  return (
    <Dialog title={t("desk.linkedAnswer")} opened onClose={onClose}>
      <Stack>
        <Text size="sm">{t("desk.linkedHint")}</Text>
        {fields.map(([label, text, setText]) => (
          <Textarea
            key={label}
            label={t(label)}
            autosize
            minRows={3}
            maxRows={10}
            maxLength={4_000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        ))}
        <ProblemAlert error={send.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("kit.cancel")}
          </Button>
          <Button
            loading={send.isPending}
            disabled={textIt.trim() === "" || textEn.trim() === ""}
            onClick={() => send.mutate()}
          >
            {t("desk.linkedSend", { count })}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
