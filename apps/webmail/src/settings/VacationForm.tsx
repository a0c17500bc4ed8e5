import { LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { Button, Group, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { MethodProblem } from "../jmap/batcher.ts";
import type { MailClient } from "../jmap/client.ts";
import type { SetReply } from "../jmap/types.ts";
import { useT } from "../translate.ts";

interface Vacation {
  readonly isEnabled: boolean;
  readonly fromDate: string | null;
  readonly toDate: string | null;
  readonly subject: string | null;
  readonly textBody: string | null;
}

const dayMs = 86_400_000;
/** A day of the person's own calendar, as a date field wants it. */
const dayOf = (instant: string | null, shiftMs = 0): string => {
  if (instant === null) return "";
  const at = new Date(Date.parse(instant) + shiftMs);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};
/** The midnight that begins the day; `shift` days later. */
const midnight = (day: string, shift: number): string | null => {
  if (day === "") return null;
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + shift).toISOString().replace(/\.\d{3}Z$/, "Z");
};

/** The automatic answer: on or off, from and to a day, subject and text. */
export function VacationForm({ client }: { readonly client: MailClient }) {
  const t = useT();
  const [vacation, setVacation] = useState<Vacation | null>(null);
  const [state, setState] = useState<"idle" | "busy" | "saved">("idle");
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const { accountId } = client;
    client.batcher
      .call<{ list: readonly Vacation[] }>("VacationResponse/get", { accountId, ids: null })
      .then((reply) => setVacation(reply.list[0] ?? null), setError);
  }, [client]);
  if (vacation === null) return error === null ? <LoadingState /> : <ProblemAlert error={error} />;
  const change = (fields: Partial<Vacation>): void => {
    setState("idle");
    setVacation({ ...vacation, ...fields });
  };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState("busy");
    setError(null);
    try {
      const { isEnabled, fromDate, toDate, subject, textBody } = vacation;
      const reply = await client.batcher.call<SetReply>("VacationResponse/set", {
        accountId: client.accountId,
        update: { singleton: { isEnabled, fromDate, toDate, subject, textBody, htmlBody: null } },
      });
      const refused = reply.notUpdated?.["singleton"];
      if (refused !== undefined) throw new MethodProblem(refused.type, refused.description ?? "", refused.code);
      setState("saved");
    } catch (problem) {
      setError(problem);
      setState("idle");
    }
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack maw={480}>
        <Switch
          label={t("vacation.on")}
          description={t("vacation.hint")}
          checked={vacation.isEnabled}
          onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
        />
        <Group grow>
          <TextInput
            type="date"
            label={t("vacation.from")}
            value={dayOf(vacation.fromDate)}
            onChange={(event) => change({ fromDate: midnight(event.currentTarget.value, 0) })}
          />
          <TextInput
            type="date"
            label={t("vacation.until")}
            value={dayOf(vacation.toDate, -dayMs / 2)}
            onChange={(event) => change({ toDate: midnight(event.currentTarget.value, 1) })}
          />
        </Group>
        <TextInput
          label={t("vacation.subject")}
          description={t("vacation.subject.hint")}
          maxLength={250}
          value={vacation.subject ?? ""}
          onChange={(event) => change({ subject: event.currentTarget.value === "" ? null : event.currentTarget.value })}
        />
        <Textarea
          label={t("vacation.text")}
          minRows={4}
          autosize
          required={vacation.isEnabled}
          value={vacation.textBody ?? ""}
          onChange={(event) => change({ textBody: event.currentTarget.value })}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" variant="default" loading={state === "busy"}>
            {t("kit.save")}
          </Button>
          <Text size="sm" c="dimmed" aria-live="polite">
            {state === "saved" ? t("kit.saved") : ""}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
