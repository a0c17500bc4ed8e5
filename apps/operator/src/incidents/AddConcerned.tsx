import type { IncidentReply } from "@casaforte/contract/compliance";
import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { CustomersSelect } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useIncidentText } from "./incident-text.tsx";

interface AddConcernedProps {
  readonly incident: IncidentReply;
  readonly onAdd: (path: string, body: object) => Promise<void>;
}

/** Customers found to be concerned after the incident was registered. */
export function AddConcerned({ incident, onAdd }: AddConcernedProps) {
  const t = useIncidentText();
  const [isOpen, setOpen] = useState(false);
  const [tenantIds, setTenantIds] = useState<string[]>([]);
  const named = new Set(incident.customers.map(({ tenantId }) => tenantId));
  const add = useMutation({
    mutationFn: () => onAdd(`${incident.id}/concerned`, { tenantIds }),
    onSuccess: () => {
      setTenantIds([]);
      setOpen(false);
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("sinc.add")}
      </Button>
      <Dialog title={t("sinc.add")} opened={isOpen} onClose={() => setOpen(false)}>
        <Stack>
          <Text>{t("sinc.addHint")}</Text>
          <CustomersSelect label={t("sinc.customers")} value={tenantIds} onChange={setTenantIds} without={named} />
          <ProblemAlert error={add.error} />
          <Group justify="flex-end">
            <Button disabled={tenantIds.length === 0} loading={add.isPending} onClick={() => add.mutate()}>
              {t("sinc.add")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
