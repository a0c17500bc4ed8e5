import type { ComplaintReply } from "@casaforte/contract/complaints";
import { Dialog, EmptyState, ErrorState, LoadingState, useFormat } from "@casaforte/ui-kit";
import { Tag } from "@casaforte/ui-kit/console";
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AuthorityForm, DecisionForm, NoDangerForm } from "../complaints/answer-forms.tsx";
import { ComplaintTexts, complaintsQuery, useComplaintText } from "../complaints/complaint-text.tsx";

/** What anybody reported as illegal, and what was decided (R87). */
export function Complaints() {
  return (
    <ComplaintTexts>
      <ComplaintsPage />
    </ComplaintTexts>
  );
}

const forms = {
  authority: { title: "compl.tell", Form: AuthorityForm },
  decision: { title: "compl.decide", Form: DecisionForm },
  noDanger: { title: "compl.noDanger", Form: NoDangerForm },
} as const;
type AnswerKind = keyof typeof forms;
type Answering = { readonly complaint: ComplaintReply; readonly kind: AnswerKind } | null;

function ComplaintsPage() {
  const t = useComplaintText();
  const client = useQueryClient();
  const query = useInfiniteQuery(complaintsQuery);
  const [answering, setAnswering] = useState<Answering>(null);
  const complaints = query.data?.pages.flatMap((page) => page.complaints) ?? [];
  const counts = query.data?.pages[0];
  const answer = forms[answering?.kind ?? "decision"];
  const done = () => {
    setAnswering(null);
    void client.invalidateQueries({ queryKey: complaintsQuery.queryKey });
  };
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("compl.title")}
      </Title>
      <Text c="dimmed" maw={720}>
        {t("compl.hint")}
      </Text>
      {query.isPending ? <LoadingState /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {counts?.total === 0 ? <EmptyState title={t("compl.none")} text={t("compl.noneHint")} /> : null}
      {counts && counts.total > 0 ? (
        <Text size="sm">{t("compl.count", { open: counts.open, total: counts.total })}</Text>
      ) : null}
      {complaints.map((complaint) => (
        <ComplaintCard
          key={complaint.id}
          complaint={complaint}
          onAnswer={(kind) => setAnswering({ complaint, kind })}
        />
      ))}
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
      <Dialog opened={answering !== null} onClose={() => setAnswering(null)} title={t(answer.title)}>
        {answering === null ? null : <answer.Form id={answering.complaint.id} onDone={done} />}
      </Dialog>
    </Stack>
  );
}

const colors = { open: "orange", upheld: "red", rejected: "gray" } as const;

interface ComplaintCardProps {
  readonly complaint: ComplaintReply;
  readonly onAnswer: (kind: AnswerKind) => void;
}

function ComplaintCard({ complaint, onAnswer }: ComplaintCardProps) {
  const t = useComplaintText();
  const format = useFormat();
  const { number, name, address } = complaint;
  const when = format.dateTime(Date.parse(complaint.receivedAt));
  const isOpen = complaint.state === "open";
  const mustTell = isOpen && complaint.endangersLife && complaint.authorityToldAt === null;
  return (
    <Card withBorder padding="lg">
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>{t("compl.number", { number })}</Text>
          <Group gap="xs">
            {complaint.endangersLife ? <Tag color="red">{t("compl.life")}</Tag> : null}
            {complaint.isAboutChildren ? <Tag color="red">{t("compl.children")}</Tag> : null}
            <Tag color={colors[complaint.state]}>{t(`compl.state.${complaint.state}`)}</Tag>
          </Group>
        </Group>
        <Text size="sm" c="dimmed">
          {name && address ? t("compl.from", { name, address, when }) : t("compl.unsigned", { when })}
        </Text>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {t("compl.where", { location: complaint.location })}
        </Text>
        <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "break-word" }}>
          {complaint.reasons}
        </Text>
        {complaint.authorityReference && complaint.authorityToldAt ? (
          <Text size="sm">
            {t("compl.told", {
              date: format.dateTime(Date.parse(complaint.authorityToldAt)),
              reference: complaint.authorityReference,
            })}
          </Text>
        ) : null}
        {complaint.tenantName === null ? null : (
          <Text size="sm">{t("compl.about", { name: complaint.tenantName })}</Text>
        )}
        {complaint.decision && complaint.decidedAt ? (
          <Text size="sm">
            {t("compl.decidedOn", {
              date: format.date(Date.parse(complaint.decidedAt)),
              decision: complaint.decision,
            })}
          </Text>
        ) : null}
        {mustTell ? (
          <Alert color="red" variant="light">
            {t("compl.lifeHint")}
          </Alert>
        ) : null}
        {isOpen ? (
          <Group justify="flex-end">
            {mustTell ? (
              <Button
                variant="default"
                aria-label={t("compl.noDangerOf", { number })}
                onClick={() => onAnswer("noDanger")}
              >
                {t("compl.noDanger")}
              </Button>
            ) : null}
            {complaint.authorityToldAt === null ? (
              <Button
                variant={mustTell ? "filled" : "default"}
                aria-label={t("compl.tellOf", { number })}
                onClick={() => onAnswer("authority")}
              >
                {t("compl.tell")}
              </Button>
            ) : null}
            {mustTell ? null : (
              <Button aria-label={t("compl.decideOf", { number })} onClick={() => onAnswer("decision")}>
                {t("compl.decide")}
              </Button>
            )}
          </Group>
        ) : null}
      </Stack>
    </Card>
  );
}
