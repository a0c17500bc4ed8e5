import { ProblemAlert } from "@casaforte/ui-kit";
import { CustomerSelect, callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Radio, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { z } from "zod";
import { useComplaintText } from "./complaint-text.tsx";

export interface AnswerFormProps {
  readonly id: string;
  readonly onDone: () => void;
}

function useSubmit(path: string, body: () => object, onDone: () => void) {
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setSending(true);
    try {
      await callChecked(path, { body: body(), reply: z.undefined() });
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };
  return { error, isSending, submit };
}

/** That the authority was told of a danger to somebody's life (DSA, art. 18). */
export function AuthorityForm({ id, onDone }: AnswerFormProps) {
  const t = useComplaintText();
  const [reference, setReference] = useState("");
  const body = () => ({ reference: reference.trim() });
  const { error, isSending, submit } = useSubmit(`/api/desk/complaints/${id}/authority`, body, onDone);
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          label={t("compl.reference")}
          maxLength={500}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isSending} disabled={reference.trim() === ""}>
            {t("compl.note")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** That whoever complained ticked the danger without cause. */
export function NoDangerForm({ id, onDone }: AnswerFormProps) {
  const t = useComplaintText();
  const [reason, setReason] = useState("");
  const body = () => ({ reason: reason.trim() });
  const { error, isSending, submit } = useSubmit(`/api/desk/complaints/${id}/no-danger`, body, onDone);
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Textarea
          label={t("compl.noDangerWhy")}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={1_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isSending} disabled={reason.trim() === ""}>
            {t("compl.note")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const products = [
  { value: "backup", label: "Cloud Backup" },
  { value: "mail", label: "Mail" },
] as const;
const severities = ["minor", "serious", "grave"] as const;

/** Upheld or not, with the reasons that whoever complained reads. */
export function DecisionForm({ id, onDone }: AnswerFormProps) {
  const t = useComplaintText();
  const [outcome, setOutcome] = useState<string>("");
  const [tenantId, setTenantId] = useState<string | null>(null);
  const [product, setProduct] = useState<string>("backup");
  const [severity, setSeverity] = useState<(typeof severities)[number]>("serious");
  const [facts, setFacts] = useState("");
  const [decision, setDecision] = useState("");
  const isUpheld = outcome === "upheld";
  const body = () => ({
    decision: decision.trim(),
    upheld: isUpheld ? { tenantId, product, severity, facts: facts.trim() } : null,
  });
  const { error, isSending, submit } = useSubmit(`/api/desk/complaints/${id}/decision`, body, onDone);
  const isWhole = decision.trim() !== "" && outcome !== "" && (!isUpheld || (tenantId !== null && facts.trim() !== ""));
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <Radio.Group label={t("compl.outcome")} value={outcome} onChange={setOutcome}>
          <Stack gap="xs" mt="xs">
            <Radio value="upheld" label={t("compl.uphold")} />
            <Radio value="rejected" label={t("compl.reject")} />
          </Stack>
        </Radio.Group>
        {isUpheld ? (
          <>
            <CustomerSelect label={t("compl.customer")} value={tenantId} onChange={setTenantId} />
            <Select
              label={t("compl.product")}
              data={[...products]}
              value={product}
              allowDeselect={false}
              onChange={(value) => setProduct(value ?? "backup")}
            />
            <Select
              label={t("compl.severity")}
              data={severities.map((value) => ({ value, label: t(`compl.severity.${value}`) }))}
              value={severity}
              allowDeselect={false}
              onChange={(value) => setSeverity(severities.find((each) => each === value) ?? "serious")}
            />
            <Textarea
              label={t("compl.facts")}
              description={t("compl.factsHint")}
              autosize
              minRows={3}
              maxRows={10}
              maxLength={4_000}
              value={facts}
              onChange={(event) => setFacts(event.currentTarget.value)}
            />
          </>
        ) : null}
        <Textarea
          label={t("compl.reasons")}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4_000}
          value={decision}
          onChange={(event) => setDecision(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isSending} disabled={!isWhole}>
            {t("compl.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
