import { deskNoticesReplySchema } from "@casaforte/contract/notices";
import {
  type OperatorTicketReply,
  operatorTicketListSchema,
  type TicketThreadReply,
} from "@casaforte/contract/tickets";
import { Alert, Anchor, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { callChecked } from "../console/call-checked.ts";
import { Loaded } from "../console/loaded.tsx";
import { callApi } from "../http.ts";
import { useLanguage } from "../i18n/i18n.ts";
import { useTicketText } from "./tickets-text.ts";

/** Leads from a request that was merged to the one that goes on. */
export function MergedInto({
  into,
  onOpen,
}: {
  readonly into: NonNullable<OperatorTicketReply["mergedInto"]>;
  readonly onOpen: (id: string) => void;
}) {
  const t = useTicketText();
  return (
    <Alert color="gray" role="status">
      <Text size="sm" mb="xs">
        {t("tickets.mergedInto", { number: into.number })}
      </Text>
      <Button variant="default" size="xs" onClick={() => onOpen(into.id)}>
        {t("tickets.mergedOpen", { number: into.number })}
      </Button>
    </Alert>
  );
}

/** The incident or maintenance that a request is about, as its customer is told of it. */
export function AboutNotice({
  notice,
  href,
}: {
  readonly notice: NonNullable<TicketThreadReply["notice"]>;
  readonly href: string;
}) {
  const t = useTicketText();
  const title = useLanguage() === "it" ? notice.titleIt : notice.titleEn;
  return (
    <Text size="sm">
      {t(notice.closedAt === null ? "tickets.about" : "tickets.aboutEnded")}{" "}
      <Anchor href={href} td="underline">
        {title}
      </Anchor>
    </Text>
  );
}

interface OfTicket {
  readonly ticket: OperatorTicketReply;
  readonly url: string;
  readonly onDone: () => Promise<void>;
}

/** Makes another live request of the same customer, or the same stranger, part of this one (O6). */
export function Merging(props: OfTicket) {
  const t = useTicketText();
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={open}>
        {t("tickets.merge")}
      </Button>
      <Dialog title={t("tickets.merge")} opened={isOpen} onClose={close}>
        <MergeForm {...props} onClose={close} />
      </Dialog>
    </>
  );
}

function MergeForm({ ticket, url, onDone, onClose }: OfTicket & { readonly onClose: () => void }) {
  const t = useTicketText();
  const [chosen, setChosen] = useState<string | null>(null);
  const search = ticket.isQuarantined ? ticket.requesterAddress : "";
  const others = useQuery({
    queryKey: ["tickets", "mergeable", ticket.id],
    queryFn: ({ signal }) =>
      callChecked("/api/desk/tickets", {
        query: { tenantId: ticket.tenantId, search, count: 100 },
        reply: operatorTicketListSchema,
        signal,
      }),
  });
  const merge = useMutation({
    mutationFn: (id: string) => callApi(`${url}/merge`, { body: { id } }),
    onSuccess: async () => {
      await onDone();
      onClose();
    },
  });
  return (
    <Loaded query={others}>
      {({ tickets }) => {
        const choices = tickets.filter((other) => other.id !== ticket.id);
        if (choices.length === 0) return <Text>{t("tickets.mergeNone")}</Text>;
        const number = choices.find(({ id }) => id === chosen)?.number;
        return (
          <Stack>
            <Select
              label={t("tickets.mergeWhich")}
              searchable
              data={choices.map(({ id, number: of, subject, requesterAddress }) => ({
                value: id,
                label: `#${of} · ${subject} · ${requesterAddress}`,
              }))}
              value={chosen}
              onChange={setChosen}
            />
            <Text size="sm">{t("tickets.mergeHint", { number: ticket.number })}</Text>
            <ProblemAlert error={merge.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("kit.cancel")}
              </Button>
              <Button
                disabled={chosen === null}
                loading={merge.isPending}
                onClick={() => chosen !== null && merge.mutate(chosen)}
              >
                {number === undefined ? t("tickets.mergeDo") : t("tickets.mergeDoOf", { number })}
              </Button>
            </Group>
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** Which incident or maintenance the request is about (O6). */
export function NoticeLink({
  ticket,
  notice,
  url,
  onDone,
}: OfTicket & { readonly notice: TicketThreadReply["notice"] }) {
  const t = useTicketText();
  const isItalian = useLanguage() === "it";
  const notices = useQuery({
    queryKey: ["desk-notices"],
    queryFn: ({ signal }) => callChecked("/api/desk/notices", { reply: deskNoticesReplySchema, signal }),
    // What the board read before may be older than the incident that the request is about.
    staleTime: 0,
  });
  const link = useMutation({
    mutationFn: (noticeId: string | null) => callApi(`${url}/notice`, { method: "PUT", body: { noticeId } }),
    onSuccess: onDone,
  });
  const linked = notice === null ? [] : [notice];
  const listed = [...(notices.data?.notices ?? [])].filter(({ id }) => id !== notice?.id);
  if (linked.length + listed.length === 0) return null;
  return (
    <Stack gap={4}>
      <Select
        label={t("tickets.notice")}
        description={t("tickets.noticeHint")}
        placeholder={t("tickets.noticeNone")}
        searchable
        allowDeselect={false}
        disabled={ticket.mergedInto !== null || link.isPending}
        data={[...linked, ...listed].map(({ id, titleIt, titleEn, closedAt }) => ({
          value: id,
          label: `${isItalian ? titleIt : titleEn}${closedAt === null ? "" : ` · ${t("tickets.noticeEnded")}`}`,
        }))}
        value={notice?.id ?? null}
        onChange={(id) => link.mutate(id)}
        maw={520}
      />
      {notice === null || ticket.mergedInto !== null ? null : (
        <Group>
          <Button variant="default" size="xs" loading={link.isPending} onClick={() => link.mutate(null)}>
            {t("tickets.noticeClear")}
          </Button>
        </Group>
      )}
      <ProblemAlert error={link.error} />
    </Stack>
  );
}
