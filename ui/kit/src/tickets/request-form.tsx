import type { severitySchema, TicketReply, ticketKindSchema } from "@casaforte/contract/tickets";
import { Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { ProblemAlert } from "../components/states.tsx";
import { CustomerSelect } from "../console/customer-select.tsx";
import { callApi } from "../http.ts";
import { encodeFiles, FileField, isTooLarge } from "./file-field.tsx";
import { useTicketText } from "./tickets-text.ts";

type Severity = z.infer<typeof severitySchema>;
type Kind = z.infer<typeof ticketKindSchema>;
export const severities = ["low", "normal", "high", "urgent"] as const satisfies readonly Severity[];
export const kinds = ["question", "incident", "billing", "abuse"] as const satisfies readonly Kind[];

export interface RequestFormProps {
  /** For whom an operator types it; a customer opens his own. */
  readonly isForCaller?: boolean;
  /** What it is about, as a page that leads here knows it. */
  readonly about?: string;
  readonly onOpened: (ticket: TicketReply) => void;
}

/** What the desk needs to know to begin (R19); for operators also who called (R16). */
export function RequestForm({ isForCaller = false, about = "", onOpened }: RequestFormProps) {
  const t = useTicketText();
  const [kind, setKind] = useState<Kind>("question");
  const [severity, setSeverity] = useState<Severity>("normal");
  const [subject, setSubject] = useState("");
  const [body, setBody] = useState("");
  const [concerns, setConcerns] = useState(about);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [tenantId, setTenantId] = useState("");
  const [requesterAddress, setAddress] = useState("");
  const open = useMutation({
    mutationFn: async () =>
      callApi<TicketReply>(isForCaller ? "/api/desk/tickets" : "/api/tickets", {
        body: {
          kind,
          severity,
          subject,
          body,
          ...(concerns.trim() === "" ? {} : { concerns }),
          ...(isForCaller ? { tenantId, requesterAddress } : { files: await encodeFiles(files) }),
        },
      }),
    onSuccess: onOpened,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTooLarge(files)) open.mutate();
      }}
    >
      <Stack>
        {isForCaller ? (
          <>
            <CustomerSelect
              label={t("tickets.chooseTenant")}
              required
              withAsterisk={false}
              value={tenantId || null}
              onChange={(value) => setTenantId(value ?? "")}
              data-autofocus
            />
            <TextInput
              label={t("tickets.phoneAddress")}
              type="email"
              required
              withAsterisk={false}
              value={requesterAddress}
              onChange={(event) => setAddress(event.currentTarget.value)}
            />
          </>
        ) : null}
        <Group grow align="start">
          <Select
            label={t("tickets.kind")}
            data={kinds.map((value) => ({ value, label: t(`tickets.kind.${value}`) }))}
            value={kind}
            onChange={(value) => setKind((value ?? "question") as Kind)}
            allowDeselect={false}
          />
          <Select
            label={t("tickets.severity")}
            description={t(`tickets.severityHint.${severity}`)}
            inputWrapperOrder={["label", "input", "description"]}
            data={severities.map((value) => ({ value, label: t(`tickets.severity.${value}`) }))}
            value={severity}
            onChange={(value) => setSeverity((value ?? "normal") as Severity)}
            allowDeselect={false}
          />
        </Group>
        <TextInput
          label={t("tickets.subject")}
          required
          withAsterisk={false}
          maxLength={200}
          value={subject}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
        <Textarea
          label={t("tickets.body")}
          description={t(kind === "incident" ? "tickets.bodyHintIncident" : "tickets.bodyHint")}
          required
          withAsterisk={false}
          autosize
          minRows={5}
          maxRows={16}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <TextInput
          label={t("tickets.concerns")}
          description={t("tickets.concernsHint")}
          maxLength={500}
          value={concerns}
          onChange={(event) => setConcerns(event.currentTarget.value)}
        />
        {isForCaller ? null : <FileField files={files} onChange={setFiles} />}
        <ProblemAlert error={open.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={open.isPending}>
            {t("tickets.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
