import {
  type OperatorAppealReply,
  type OperatorMeasureReply,
  type VerdictReply,
  type ViolationReply,
  verdictReplySchema,
} from "@casaforte/contract/measures";
import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useDeskText } from "./desk-text.ts";

const severities = ["minor", "serious", "grave"] as const;
const dayMs = 86_400_000;

interface FormProps {
  readonly onClose: () => void;
}

function useAct(onClose: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, body }: { readonly path: string; readonly body: Record<string, unknown> }) =>
      callApi(path, { method: "POST", body }),
    onSuccess: async () => {
      // Some of these wait for a second signature.
      await Promise.all(["enforcement", "approvals"].map((name) => client.invalidateQueries({ queryKey: [name] })));
      onClose();
    },
  });
}

/** Imposes what the table says, or dismisses with a reason. */
export function DecideForm({ violation, onClose }: FormProps & { readonly violation: ViolationReply }) {
  const t = useDeskText();
  const [severity, setSeverity] = useState<string>(violation.severity);
  const [facts, setFacts] = useState(violation.facts);
  const [clause, setClause] = useState(violation.clause);
  const [reason, setReason] = useState("");
  const { tenantId, nature, product, occurredAt } = violation;
  const verdict = useQuery<VerdictReply>({
    queryKey: ["enforcement", "verdict", violation.id, severity],
    queryFn: ({ signal }) =>
      callChecked("/api/enforcement/verdict", {
        query: { tenantId, nature, severity, product, occurredAt },
        reply: verdictReplySchema,
        signal,
      }),
  });
  const act = useAct(onClose);
  const path = `/api/enforcement/violations/${tenantId}/${violation.id}`;
  return (
    <Dialog title={t("enf.decideOf", { name: violation.tenantName })} opened onClose={onClose}>
      <Stack>
        <NativeSelect
          label={t("enf.severity")}
          value={severity}
          onChange={(event) => setSeverity(event.currentTarget.value)}
          data={severities.map((value) => ({ value, label: t(`enf.severity.${value}`) }))}
        />
        <Textarea
          label={t("enf.facts")}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          value={facts}
          onChange={(event) => setFacts(event.currentTarget.value)}
        />
        <TextInput
          label={t("enf.clause")}
          maxLength={500}
          value={clause}
          onChange={(event) => setClause(event.currentTarget.value)}
        />
        <Loaded query={verdict}>{(found) => <VerdictNote verdict={found} />}</Loaded>
        <ProblemAlert error={act.error} />
        <Group justify="flex-end">
          <Button
            loading={act.isPending}
            disabled={facts.trim() === "" || verdict.data === undefined}
            onClick={() => act.mutate({ path: `${path}/impose`, body: { severity, facts, clause } })}
          >
            {verdict.data?.needsSecondPerson ? t("enf.ask") : t("enf.impose")}
          </Button>
        </Group>
        <TextInput
          label={t("enf.reason")}
          description={t("enf.dismissHint")}
          maxLength={1_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button
            variant="default"
            loading={act.isPending}
            disabled={reason.trim() === ""}
            onClick={() => act.mutate({ path: `${path}/dismiss`, body: { reason } })}
          >
            {t("enf.dismiss")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function VerdictNote({ verdict }: { readonly verdict: VerdictReply }) {
  const t = useDeskText();
  const parts = [
    t("enf.recurrence", { count: verdict.recurrence }),
    t("enf.notice", { days: Math.round(verdict.noticeMs / dayMs) }),
    verdict.durationMs === null ? t("enf.open") : t("enf.duration", { days: Math.round(verdict.durationMs / dayMs) }),
  ];
  return (
    <Alert color="blue" title={`${t("enf.verdict")}: ${t(`enf.level.${verdict.level}`)}`} role="status">
      <Text size="sm">{parts.join(" · ")}</Text>
      {verdict.needsSecondPerson ? <Text size="sm">{t("enf.second")}</Text> : null}
    </Alert>
  );
}

/** Ends a measure before its time. */
export function LiftForm({ measure, onClose }: FormProps & { readonly measure: OperatorMeasureReply }) {
  const t = useDeskText();
  const [reason, setReason] = useState("");
  const act = useAct(onClose);
  const path = `/api/enforcement/measures/${measure.tenantId}/${measure.id}/lift`;
  return (
    <Dialog title={t("enf.liftOf", { name: measure.tenantName })} opened onClose={onClose}>
      <Stack>
        <Text size="sm">{t("enf.liftHint")}</Text>
        <TextInput
          label={t("enf.reason")}
          maxLength={1_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <ProblemAlert error={act.error} />
        <Group justify="flex-end">
          <Button
            loading={act.isPending}
            disabled={reason.trim() === ""}
            onClick={() => act.mutate({ path, body: { reason } })}
          >
            {t("enf.lift")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Writes the decision on an objection; a second person completes it. */
export function AnswerForm({ appeal, onClose }: FormProps & { readonly appeal: OperatorAppealReply }) {
  const t = useDeskText();
  const [outcome, setOutcome] = useState("rejected");
  const [text, setText] = useState("");
  const act = useAct(onClose);
  const path = `/api/enforcement/appeals/${appeal.tenantId}/${appeal.id}/decision`;
  return (
    <Dialog title={t("enf.answerOf", { name: appeal.tenantName })} opened onClose={onClose}>
      <Stack>
        <NativeSelect
          label={t("enf.outcome")}
          value={outcome}
          onChange={(event) => setOutcome(event.currentTarget.value)}
          data={[
            { value: "rejected", label: t("enf.outcome.rejected") },
            { value: "upheld", label: t("enf.outcome.upheld") },
          ]}
        />
        <Textarea
          label={t("enf.answerText")}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ProblemAlert error={act.error} />
        <Group justify="flex-end">
          <Button
            loading={act.isPending}
            disabled={text.trim() === ""}
            onClick={() => act.mutate({ path, body: { outcome, text } })}
          >
            {t("enf.ask")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
