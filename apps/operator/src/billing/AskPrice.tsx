import { approvalIdReplySchema } from "@casaforte/contract/approvals";
import { type OperatorCatalogue, requestPriceSchema } from "@casaforte/contract/catalogue";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { approvalsQuery } from "./billing-queries.ts";
import { useBillingText } from "./billing-text.tsx";
import { PricePreview } from "./PricePreview.tsx";

type Version = OperatorCatalogue["versions"][number];

const noticeMs = 31 * 86_400_000;
const typingMs = 400;
const isoDate = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** A price is asked for here and approved by another; meanwhile it shows what it would change (O5). */
export function AskPrice({ version, onDone }: { readonly version: Version; readonly onDone: () => void }) {
  const t = useBillingText();
  const client = useQueryClient();
  const [unit, setUnit] = useState<string | null>(version.units[0] ?? null);
  const [euros, setEuros] = useState<number | string>("");
  const [day, setDay] = useState(isoDate(Date.now() + noticeMs));
  const price = thoughtPrice(version.sku, unit, euros, day);
  const [settled] = useDebouncedValue(price === null ? null : JSON.stringify(price), typingMs);
  const ask = useMutation({
    mutationFn: () => callChecked("/api/catalogue/prices", { body: price, reply: approvalIdReplySchema }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: approvalsQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{t("catalogue.priceHint")}</Text>
        <Select
          label={t("catalogue.unit")}
          data={version.units.map((each) => ({ value: each, label: t(`catalogue.unit.${each}`) }))}
          value={unit}
          onChange={setUnit}
          allowDeselect={false}
          required
        />
        <NumberInput
          label={t("catalogue.euros")}
          value={euros}
          onChange={setEuros}
          min={0}
          max={1_000_000}
          decimalScale={6}
          required
        />
        <TextInput
          type="date"
          label={t("catalogue.validFrom")}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          required
        />
        {settled === null || price === null ? null : (
          <PricePreview price={requestPriceSchema.parse(JSON.parse(settled))} />
        )}
        <ProblemAlert error={ask.error} />
        <Group justify="flex-end">
          <Button type="submit" disabled={price === null} loading={ask.isPending}>
            {t("catalogue.ask")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What the fields say; null while they say no price. */
function thoughtPrice(sku: string, unit: string | null, euros: number | string, day: string) {
  const atMs = Date.parse(`${day}T00:00:00`);
  if (euros === "" || Number.isNaN(atMs)) return null;
  const priceMicros = Math.round(Number(euros) * 1_000_000);
  return requestPriceSchema.safeParse({ sku, unit, priceMicros, validFrom: new Date(atMs).toISOString() }).data ?? null;
}
