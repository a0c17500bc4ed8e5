import { changeIdReplySchema } from "@casaforte/contract/processors";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useProcessorText } from "./processor-text.tsx";

export interface AnnounceFormProps {
  /** Who ends; null: somebody new begins. */
  readonly ends: string | null;
  readonly earliestOn: string;
  readonly onDone: () => void;
}

const empty = {
  name: "",
  serviceIt: "",
  serviceEn: "",
  country: "",
  effectiveOn: "",
  reasonIt: "",
  reasonEn: "",
};

/** Announces to every customer that somebody begins, or ends, to process their data (R82). */
export function AnnounceForm({ ends, earliestOn, onDone }: AnnounceFormProps) {
  const t = useProcessorText();
  const format = useFormat();
  const [said, setSaid] = useState({ ...empty, effectiveOn: earliestOn });
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const set = (name: keyof typeof empty) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setSaid((before) => ({ ...before, [name]: value }));
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setSending(true);
    const { effectiveOn, reasonIt, reasonEn } = said;
    const country = said.country.trim().toUpperCase();
    try {
      await callChecked(ends === null ? "/api/desk/processors" : `/api/desk/processors/${ends}/end`, {
        body: ends === null ? { ...said, country } : { effectiveOn, reasonIt, reasonEn },
        reply: changeIdReplySchema,
      });
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };
  const newcomer = [
    ["name", 200],
    ["serviceIt", 300],
    ["serviceEn", 300],
    ["country", 2],
  ] as const;
  const reasons = ["reasonIt", "reasonEn"] as const;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {ends === null
          ? newcomer.map(([name, most]) => (
              <TextInput
                key={name}
                label={t(`procs.${name}`)}
                maxLength={most}
                required
                withAsterisk={false}
                value={said[name]}
                onChange={set(name)}
              />
            ))
          : null}
        <TextInput
          type="date"
          label={t("procs.on")}
          description={t("procs.onHint", { date: format.date(Date.parse(`${earliestOn}T12:00:00`)) })}
          min={earliestOn}
          required
          withAsterisk={false}
          value={said.effectiveOn}
          onChange={set("effectiveOn")}
        />
        {reasons.map((name) => (
          <Textarea
            key={name}
            label={t(`procs.${name}`)}
            maxLength={1_000}
            required
            withAsterisk={false}
            value={said[name]}
            onChange={set(name)}
          />
        ))}
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={isSending}>
            {t("procs.announce")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
