import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Button, Checkbox, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { settingsQuery } from "./billing-queries.ts";
import { useBillingText } from "./billing-text.tsx";

interface Settings {
  readonly series: string;
  readonly taxRegime: string;
  readonly paymentDays: number;
  readonly iban: string | null;
  readonly usesOss: boolean;
}

/** The provider's own side of an invoice; its company data are those of its own organisation. */
export function SettingsForm({ onDone }: { readonly onDone: () => void }) {
  return (
    <Loaded query={useQuery(settingsQuery)}>{(settings) => <Fields settings={settings} onDone={onDone} />}</Loaded>
  );
}

function Fields({ settings, onDone }: { readonly settings: Settings; readonly onDone: () => void }) {
  const t = useBillingText();
  const client = useQueryClient();
  const [draft, setDraft] = useState(settings);
  const change = (part: Partial<Settings>) => setDraft((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: () => callChecked("/api/billing/settings", { method: "PUT", body: draft, reply: z.undefined() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: settingsQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("billing.series")}
          value={draft.series}
          onChange={(event) => change({ series: event.currentTarget.value.toUpperCase() })}
          required
          maxLength={6}
        />
        <TextInput
          label={t("billing.taxRegime")}
          value={draft.taxRegime}
          onChange={(event) => change({ taxRegime: event.currentTarget.value.toUpperCase() })}
          required
          maxLength={4}
        />
        <NumberInput
          label={t("billing.paymentDays")}
          value={draft.paymentDays}
          onChange={(value) => change({ paymentDays: Math.round(Number(value)) })}
          min={0}
          max={120}
          required
        />
        <TextInput
          label={t("billing.iban")}
          value={draft.iban ?? ""}
          onChange={(event) => {
            const text = event.currentTarget.value.replace(/\s/g, "").toUpperCase();
            change({ iban: text === "" ? null : text });
          }}
          maxLength={40}
        />
        <Checkbox
          label={t("billing.usesOss")}
          checked={draft.usesOss}
          onChange={(event) => change({ usesOss: event.currentTarget.checked })}
        />
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
