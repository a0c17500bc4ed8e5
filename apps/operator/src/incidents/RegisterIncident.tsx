import { legalIdReplySchema } from "@casaforte/contract/compliance";
import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { CustomersSelect, callChecked } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Checkbox, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { incidentsQuery, useIncidentText } from "./incident-text.tsx";

const nothing = { title: "", facts: "", persons: "", remedies: "" };
const lengths = { title: 200, facts: 4000, persons: 1000, remedies: 2000 } as const;

/** Notes an incident; its clocks start. */
export function RegisterIncident() {
  const t = useIncidentText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [isOpen, setOpen] = useState(false);
  const [kinds, setKinds] = useState<string[]>(["breach"]);
  const [said, setSaid] = useState(nothing);
  const [aware, setAware] = useState("");
  const [tenantIds, setTenantIds] = useState<string[]>([]);
  const close = () => {
    setOpen(false);
    send.reset();
  };
  const send = useMutation({
    mutationFn: () =>
      run(() =>
        callChecked("/api/security-incidents", {
          body: {
            ...said,
            isBreach: kinds.includes("breach"),
            isSignificant: kinds.includes("significant"),
            awareAt: new Date(aware).toISOString(),
            tenantIds,
          },
          reply: legalIdReplySchema,
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: incidentsQuery.queryKey });
      setSaid(nothing);
      close();
    },
  });
  const isWhole = kinds.length > 0 && aware !== "" && Object.values(said).every((text) => text.trim() !== "");
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("sinc.new")}</Button>
      <Dialog title={t("sinc.new")} opened={isOpen} onClose={close}>
        <Stack>
          <Checkbox.Group label={t("sinc.what")} value={kinds} onChange={setKinds}>
            <Stack gap="xs" mt="xs">
              <Checkbox value="breach" label={t("sinc.breach")} />
              <Checkbox value="significant" label={t("sinc.significant")} />
            </Stack>
          </Checkbox.Group>
          <TextInput
            type="datetime-local"
            label={t("sinc.awareField")}
            value={aware}
            onChange={(event) => setAware(event.currentTarget.value)}
            required
          />
          <TextInput
            label={t("sinc.titleField")}
            value={said.title}
            onChange={(event) => setSaid({ ...said, title: event.currentTarget.value })}
            maxLength={lengths.title}
            required
          />
          {(["facts", "persons", "remedies"] as const).map((field) => (
            <Textarea
              key={field}
              label={t(`sinc.${field}`)}
              value={said[field]}
              onChange={(event) => setSaid({ ...said, [field]: event.currentTarget.value })}
              maxLength={lengths[field]}
              autosize
              minRows={2}
              required
            />
          ))}
          <CustomersSelect label={t("sinc.customers")} value={tenantIds} onChange={setTenantIds} />
          <ProblemAlert error={send.error} />
          <Group justify="flex-end">
            <Button disabled={!isWhole} loading={send.isPending} onClick={() => send.mutate()}>
              {t("sinc.register")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
