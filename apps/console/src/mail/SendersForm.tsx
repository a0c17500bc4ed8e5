import { sendRightsSchema } from "@casaforte/contract/domains";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { AccountSelect } from "./AccountSelect.tsx";
import { useMailText } from "./mail-text.tsx";

interface Sender {
  readonly id: string;
  readonly address: string;
  readonly mode: "as" | "on_behalf";
}

/** Who besides its owner may send as an address, or on behalf of its owner. */
export function SendersForm({ addressId, onDone }: { readonly addressId: string; readonly onDone: () => void }) {
  const senders = useQuery({
    queryKey: ["senders", addressId],
    queryFn: ({ signal }) => callChecked(`/api/addresses/${addressId}/senders`, { reply: sendRightsSchema, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Loaded query={senders}>
      {({ senders: given }) => <Form addressId={addressId} given={given} onDone={onDone} />}
    </Loaded>
  );
}

interface FormProps {
  readonly addressId: string;
  readonly given: readonly Sender[];
  readonly onDone: () => void;
}

function Form({ addressId, given, onDone }: FormProps) {
  const t = useMailText();
  const client = useQueryClient();
  const [senders, setSenders] = useState(given);
  const idsOf = (wanted: Sender["mode"]) => senders.filter(({ mode }) => mode === wanted).map(({ id }) => id);
  const save = useMutation({
    mutationFn: () =>
      callApi(`/api/addresses/${addressId}/senders`, {
        method: "PUT",
        body: { mailAccountIds: idsOf("as"), onBehalfIds: idsOf("on_behalf") },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["senders", addressId] });
      onDone();
    },
  });
  const put = (sender: Sender) =>
    setSenders(
      [...senders.filter(({ id }) => id !== sender.id), sender].sort((a, b) => a.address.localeCompare(b.address)),
    );
  return (
    <Stack>
      <Text size="sm">{t("senders.hint")}</Text>
      {senders.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("senders.none")}
        </Text>
      ) : (
        <Stack gap="xs">
          {senders.map((sender) => (
            <SenderRow
              key={sender.id}
              sender={sender}
              onChange={put}
              onRemove={() => setSenders(senders.filter(({ id }) => id !== sender.id))}
            />
          ))}
        </Stack>
      )}
      <AccountSelect
        label={t("senders.add")}
        value={null}
        onChange={(chosen) => {
          if (chosen && senders.every(({ id }) => id !== chosen.value))
            put({ id: chosen.value, address: chosen.label, mode: "on_behalf" });
        }}
      />
      <ProblemAlert error={save.error} />
      <Group justify="flex-end">
        <Button onClick={() => save.mutate()} loading={save.isPending}>
          {t("kit.save")}
        </Button>
      </Group>
    </Stack>
  );
}

interface SenderRowProps {
  readonly sender: Sender;
  readonly onChange: (sender: Sender) => void;
  readonly onRemove: () => void;
}

function SenderRow({ sender, onChange, onRemove }: SenderRowProps) {
  const t = useMailText();
  const { address } = sender;
  const modes = (["on_behalf", "as"] as const).map((value) => ({ value, label: t(`senders.mode.${value}`) }));
  return (
    <Group wrap="nowrap" gap="xs">
      <Text size="sm" flex={1} truncate title={address}>
        {address}
      </Text>
      <Select
        aria-label={t("senders.modeOf", { address })}
        data={modes}
        value={sender.mode}
        onChange={(value) => {
          const mode = modes.find((one) => one.value === value)?.value;
          if (mode) onChange({ ...sender, mode });
        }}
        allowDeselect={false}
        w={190}
      />
      <Button variant="subtle" size="compact-sm" aria-label={t("senders.removeOf", { address })} onClick={onRemove}>
        {t("senders.remove")}
      </Button>
    </Group>
  );
}
