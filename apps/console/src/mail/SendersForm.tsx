import { sendRightsSchema } from "@casaforte/contract/domains";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AccountsSelect } from "./AccountSelect.tsx";
import { useMailText } from "./mail-text.tsx";

/** Who besides its owner may send as an address. */
export function SendersForm({ addressId, onDone }: { readonly addressId: string; readonly onDone: () => void }) {
  const senders = useQuery({
    queryKey: ["senders", addressId],
    queryFn: ({ signal }) => callChecked(`/api/addresses/${addressId}/senders`, { reply: sendRightsSchema, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Loaded query={senders}>
      {({ senders: given }) => (
        <Form
          addressId={addressId}
          given={given.map(({ id, address }) => ({ value: id, label: address }))}
          onDone={onDone}
        />
      )}
    </Loaded>
  );
}

type Chosen = readonly { readonly value: string; readonly label: string }[];

function Form({ addressId, given, onDone }: { addressId: string; given: Chosen; onDone: () => void }) {
  const t = useMailText();
  const client = useQueryClient();
  const [chosen, setChosen] = useState(given);
  const save = useMutation({
    mutationFn: () =>
      callApi(`/api/addresses/${addressId}/senders`, {
        method: "PUT",
        body: { mailAccountIds: chosen.map(({ value }) => value) },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["senders", addressId] });
      onDone();
    },
  });
  return (
    <Stack>
      <Text size="sm">{t("senders.hint")}</Text>
      <AccountsSelect label={t("senders.label")} value={chosen} onChange={setChosen} />
      <ProblemAlert error={save.error} />
      <Group justify="flex-end">
        <Button onClick={() => save.mutate()} loading={save.isPending}>
          {t("kit.save")}
        </Button>
      </Group>
    </Stack>
  );
}
