import { type OperatorTicketReply, operatorTicketThreadSchema } from "@casaforte/contract/tickets";
import { Anchor, Button, Group, Select, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { CustomerSelect } from "../console/customer-select.tsx";
import { Loaded } from "../console/loaded.tsx";
import { Tag } from "../console/tag.tsx";
import { useFormat } from "../format.ts";
import { callApi } from "../http.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { AnswerForm } from "./answer-form.tsx";
import { MergedInto, Merging, NoticeLink } from "./joining.tsx";
import { kinds, severities } from "./request-form.tsx";
import { Thread } from "./thread.tsx";
import { stateColors } from "./tickets-page.tsx";
import { ticketTexts, useTicketText } from "./tickets-text.ts";

export interface OperatorTicketPageProps {
  readonly tenantId: string;
  readonly id: string;
  readonly operatorId: string;
  readonly mayWrite: boolean;
  readonly onBack: () => void;
  /** Opens another ticket of the same customer. */
  readonly onOpen: (id: string) => void;
  readonly onCustomer: () => void;
  /** What stands under a request whose customer is known. */
  readonly children?: ReactNode;
}

/** One ticket at the operators' desk: thread, sorting, cause by two people, quarantine (R21, R26). */
export function OperatorTicketPage(props: OperatorTicketPageProps) {
  return (
    <WithTexts catalogues={ticketTexts}>
      <Desk {...props} />
    </WithTexts>
  );
}

function Desk({ tenantId, id, operatorId, mayWrite, onBack, onOpen, onCustomer, children }: OperatorTicketPageProps) {
  const t = useTicketText();
  const format = useFormat();
  const client = useQueryClient();
  const url = `/api/desk/tickets/${tenantId}/${id}`;
  const thread = useQuery({
    queryKey: ["tickets", "one", id],
    queryFn: ({ signal }) => callChecked(url, { reply: operatorTicketThreadSchema, signal }),
    refetchInterval: 20_000,
  });
  const refresh = () => client.invalidateQueries({ queryKey: ["tickets"] });
  const change = useMutation({
    mutationFn: (body: object) => callApi(url, { method: "PATCH", body }),
    onSuccess: refresh,
  });
  return (
    <Stack maw={960}>
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
                  {ticket.isQuarantined ? (
                    t("tickets.quarantine")
                  ) : (
                    <Anchor component="button" type="button" size="sm" td="underline" onClick={onCustomer}>
                      {ticket.tenantName}
                    </Anchor>
                  )}{" "}
                  · {ticket.requesterAddress} ·{" "}
                  {t("tickets.opened", { when: format.relative(Date.parse(ticket.openedAt)) })}
                </Text>
                {ticket.concerns === "" ? null : <Text size="sm">{ticket.concerns}</Text>}
              </div>
              <Tag color={stateColors[ticket.state]}>{t(`tickets.state.${ticket.state}`)}</Tag>
            </Group>
            {ticket.mergedInto === null ? null : <MergedInto into={ticket.mergedInto} onOpen={onOpen} />}
            <ProblemAlert error={change.error} />
            {mayWrite ? (
              <Sorting
                ticket={ticket}
                isMine={ticket.assigneeId === operatorId}
                onChange={(body) => change.mutate(body)}
              >
                {ticket.state === "open" || ticket.state === "waiting_customer" ? (
                  <Merging ticket={ticket} url={url} onDone={refresh} />
                ) : null}
              </Sorting>
            ) : null}
            {mayWrite ? <NoticeLink ticket={ticket} notice={notice} url={url} onDone={refresh} /> : null}
            {mayWrite && ticket.isQuarantined ? (
              <Giving
                onGive={async (chosen) => {
                  await callApi(`${url}/give`, { body: { tenantId: chosen } });
                  onBack();
                }}
              />
            ) : null}
            <Thread entries={entries} hasOlder={hasOlder} fileUrl={(fileId) => `${url}/files/${fileId}`} />
            {ticket.isReachable ? null : (
              <Text size="sm">{t("tickets.unreachable", { address: ticket.requesterAddress })}</Text>
            )}
            {mayWrite && ticket.state !== "closed" ? (
              <AnswerForm
                readyIn={ticket.language}
                ways={["note", "solve", "ask", "reply"]}
                onAnswer={async (answer) => {
                  await callApi(`${url}/answers`, { body: answer });
                  await refresh();
                }}
              />
            ) : null}
            {mayWrite ? <Cause ticket={ticket} url={url} operatorId={operatorId} onSet={refresh} /> : null}
            {ticket.isQuarantined ? null : children}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Sorting({
  ticket,
  isMine,
  onChange,
  children,
}: {
  readonly ticket: OperatorTicketReply;
  readonly isMine: boolean;
  readonly onChange: (body: object) => void;
  readonly children: ReactNode;
}) {
  const t = useTicketText();
  const isEnded = ticket.state === "closed";
  return (
    <Group align="end">
      <Select
        label={t("tickets.kind")}
        data={kinds.map((value) => ({ value, label: t(`tickets.kind.${value}`) }))}
        value={ticket.kind}
        onChange={(kind) => kind && onChange({ kind })}
        allowDeselect={false}
        disabled={isEnded}
        w={160}
      />
      <Select
        label={t("tickets.severity")}
        data={severities.map((value) => ({ value, label: t(`tickets.severity.${value}`) }))}
        value={ticket.severity}
        onChange={(severity) => severity && onChange({ severity })}
        allowDeselect={false}
        disabled={isEnded}
        w={140}
      />
      <Button variant="default" disabled={isEnded} onClick={() => onChange({ mine: !isMine })}>
        {isMine ? t("tickets.release") : t("tickets.take")}
      </Button>
      <Button variant="default" disabled={isEnded} onClick={() => onChange({ state: "closed" })}>
        {t("tickets.close")}
      </Button>
      {children}
    </Group>
  );
}

function Giving({ onGive }: { readonly onGive: (tenantId: string) => Promise<void> }) {
  const t = useTicketText();
  const [chosen, setChosen] = useState<string | null>(null);
  const give = useMutation({ mutationFn: onGive });
  return (
    <Stack gap="xs">
      <Text size="sm">{t("tickets.giveHint")}</Text>
      <Group align="end">
        <CustomerSelect label={t("tickets.chooseTenant")} value={chosen} onChange={setChosen} />
        <Button disabled={chosen === null} loading={give.isPending} onClick={() => chosen && give.mutate(chosen)}>
          {t("tickets.give")}
        </Button>
      </Group>
      <ProblemAlert error={give.error} />
    </Stack>
  );
}

const causes = ["provider", "third_party", "customer", "improper_use"] as const;

function Cause({
  ticket,
  url,
  operatorId,
  onSet,
}: {
  readonly ticket: OperatorTicketReply;
  readonly url: string;
  readonly operatorId: string;
  readonly onSet: () => Promise<void>;
}) {
  const t = useTicketText();
  const [cause, setCause] = useState(ticket.cause ?? "provider");
  const [text, setText] = useState("");
  const set = useMutation({
    mutationFn: (body: object) => callApi(`${url}/cause`, { body }),
    onSuccess: onSet,
  });
  const isWaiting = ticket.cause === "improper_use" && ticket.causeConfirmedBy === null;
  return (
    <Stack gap="xs" component="section" aria-label={t("tickets.cause")}>
      <Title order={2} size="h5">
        {t("tickets.cause")}
      </Title>
      {ticket.cause === "improper_use" ? (
        <Text size="sm">{t(isWaiting ? "tickets.causeWaits" : "tickets.causeTold", { text: ticket.causeText })}</Text>
      ) : null}
      <Group align="end">
        <Select
          aria-label={t("tickets.cause")}
          data={causes.map((value) => ({ value, label: t(`tickets.cause.${value}`) }))}
          value={cause}
          onChange={(value) => setCause((value ?? "provider") as typeof cause)}
          allowDeselect={false}
        />
        {isWaiting && ticket.causeBy !== operatorId ? (
          <Button loading={set.isPending} onClick={() => set.mutate({ cause: "improper_use", text: "" })}>
            {t("tickets.causeConfirm")}
          </Button>
        ) : (
          <Button variant="default" loading={set.isPending} onClick={() => set.mutate({ cause, text })}>
            {t("tickets.causeSave")}
          </Button>
        )}
      </Group>
      {cause === "improper_use" && !isWaiting ? (
        <Textarea
          label={t("tickets.causeText")}
          autosize
          minRows={2}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      ) : null}
      <ProblemAlert error={set.error} />
    </Stack>
  );
}
