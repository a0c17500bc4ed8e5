import type { DeskInspectionsReply } from "@casaforte/contract/inspections";
import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, NumberInput, Stack, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { customerAuditsQuery, useInspectionText } from "./inspection-text.tsx";

export type CustomerAudit = DeskInspectionsReply["inspections"][number];

export interface AnswerFormProps {
  readonly audit: CustomerAudit;
  readonly onClose: () => void;
}

function useAnswer({ audit, onClose }: AnswerFormProps, what: "quote" | "refusal") {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: object) =>
      callChecked(`/api/customer-audits/${audit.tenantId}/${audit.id}/${what}`, { body, reply: z.undefined() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: customerAuditsQuery.queryKey });
      onClose();
    },
  });
}

/** What the audit costs (R70). */
export function QuoteForm(props: AnswerFormProps) {
  const t = useInspectionText();
  const { audit, onClose } = props;
  const [euros, setEuros] = useState<number | string>(audit.costCents === null ? "" : audit.costCents / 100);
  const [text, setText] = useState(audit.costText ?? "");
  const send = useAnswer(props, "quote");
  return (
    <Dialog title={t("caud.quoteOf", { name: audit.tenantName })} opened onClose={onClose}>
      <Stack>
        <NumberInput
          label={t("caud.amount")}
          value={euros}
          onChange={setEuros}
          min={0}
          max={1_000_000}
          decimalScale={2}
          fixedDecimalScale
          required
        />
        <Textarea
          label={t("caud.text")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={1000}
          autosize
          minRows={3}
          required
        />
        <ProblemAlert error={send.error} />
        <Group justify="flex-end">
          <Button
            loading={send.isPending}
            disabled={euros === "" || text.trim() === ""}
            onClick={() => send.mutate({ costCents: Math.round(Number(euros) * 100), text })}
          >
            {t("caud.quote")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

export function RefuseForm(props: AnswerFormProps) {
  const t = useInspectionText();
  const { audit, onClose } = props;
  const [reason, setReason] = useState("");
  const send = useAnswer(props, "refusal");
  return (
    <Dialog title={t("caud.refuseOf", { name: audit.tenantName })} opened onClose={onClose}>
      <Stack>
        <Textarea
          label={t("caud.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={1000}
          autosize
          minRows={3}
          required
        />
        <ProblemAlert error={send.error} />
        <Group justify="flex-end">
          <Button
            color="red.9"
            loading={send.isPending}
            disabled={reason.trim() === ""}
            onClick={() => send.mutate({ reason })}
          >
            {t("caud.refuse")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
