import { ticketThreadSchema } from "@casaforte/contract/tickets";
import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { callChecked } from "../console/call-checked.ts";
import { Loaded } from "../console/loaded.tsx";
import { Tag } from "../console/tag.tsx";
import { useFormat } from "../format.ts";
import { callApi } from "../http.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { AnswerForm } from "./answer-form.tsx";
import { AboutNotice, MergedInto } from "./joining.tsx";
import { Thread } from "./thread.tsx";
import { stateColors } from "./tickets-page.tsx";
import { ticketTexts, useTicketText } from "./tickets-text.ts";

export interface TicketPageProps {
  readonly id: string;
  readonly mayWrite: boolean;
  readonly onBack: () => void;
  /** Opens another request, the one that this was merged into. */
  readonly onOpen: (id: string) => void;
  /** Opens a new request about this one, which is closed. */
  readonly onAgain?: (about: string) => void;
}

/** One request and what was said (R19). */
export function TicketPage(props: TicketPageProps) {
  return (
    <WithTexts catalogues={ticketTexts}>
      <Ticket {...props} />
    </WithTexts>
  );
}

function Ticket({ id, mayWrite, onBack, onOpen, onAgain }: TicketPageProps) {
  const t = useTicketText();
  const format = useFormat();
  const client = useQueryClient();
  const thread = useQuery({
    queryKey: ["tickets", "one", id],
    queryFn: ({ signal }) => callChecked(`/api/tickets/${id}`, { reply: ticketThreadSchema, signal }),
    refetchInterval: 20_000,
  });
  const refresh = () => client.invalidateQueries({ queryKey: ["tickets"] });
  return (
    <Stack maw={860}>
      <Anchor component="button" type="button" size="sm" ta="left" onClick={onBack}>
        ← {t("tickets.back")}
      </Anchor>
      <Loaded query={thread}>
        {({ ticket, notice, entries, hasOlder }) => (
          <>
            <Group justify="space-between" align="start">
              <div>
                <Title order={1} size="h3">
                  #{ticket.number} · {ticket.subject}
                </Title>
                <Text size="sm" c="dimmed">
                  {t(`tickets.kind.${ticket.kind}`)} · {t(`tickets.severity.${ticket.severity}`)} ·{" "}
                  {t("tickets.opened", { when: format.relative(Date.parse(ticket.openedAt)) })}
                </Text>
                {ticket.concerns === "" ? null : <Text size="sm">{ticket.concerns}</Text>}
              </div>
              <Tag color={stateColors[ticket.state]}>
                {ticket.state === "waiting_customer"
                  ? t("tickets.state.waiting_you")
                  : t(`tickets.state.${ticket.state}`)}
              </Tag>
            </Group>
            {ticket.mergedInto === null ? null : <MergedInto into={ticket.mergedInto} onOpen={onOpen} />}
            {notice === null ? null : <AboutNotice notice={notice} href={`/status#${notice.id}`} />}
            <Thread entries={entries} hasOlder={hasOlder} fileUrl={(fileId) => `/api/tickets/${id}/files/${fileId}`} />
            {ticket.state === "solved" && mayWrite ? <Text c="dimmed">{t("tickets.solvedHint")}</Text> : null}
            {ticket.state === "closed" && ticket.mergedInto === null ? (
              <Group>
                <Text c="dimmed">{t("tickets.closedHint")}</Text>
                {mayWrite && onAgain ? (
                  <Button
                    variant="default"
                    size="xs"
                    onClick={() => onAgain(t("tickets.againAbout", { number: ticket.number, subject: ticket.subject }))}
                  >
                    {t("tickets.again")}
                  </Button>
                ) : null}
              </Group>
            ) : null}
            {mayWrite && ticket.state !== "closed" ? (
              <>
                <AnswerForm
                  ways={[ticket.state === "solved" ? "reopen" : "reply"]}
                  onAnswer={async ({ body, files }) => {
                    await callApi(`/api/tickets/${id}/answers`, { body: { body, files } });
                    await refresh();
                  }}
                />
                {ticket.state === "solved" ? null : (
                  <Group justify="flex-end">
                    <Button
                      variant="default"
                      onClick={() =>
                        void callApi(`/api/tickets/${id}/solve`, { method: "POST" })
                          .then(refresh)
                          .catch(() => thread.refetch())
                      }
                    >
                      {t("tickets.solve")}
                    </Button>
                  </Group>
                )}
              </>
            ) : null}
          </>
        )}
      </Loaded>
    </Stack>
  );
}
