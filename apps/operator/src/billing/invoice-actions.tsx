import { fileNameReplySchema, invoiceIdReplySchema, type OperatorInvoices } from "@casaforte/contract/billing";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { operatorInvoicesQuery } from "./billing-queries.ts";
import { useBillingText } from "./billing-text.tsx";

type Row = OperatorInvoices["invoices"][number];

interface ActionProps {
  readonly row: Row;
  readonly onDone: () => void;
}

const pathOf = (row: Row) => `/api/billing/invoices/${row.tenantId}/${row.id}`;

function useReread(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: operatorInvoicesQuery.queryKey });
}

/** Money that came by bank: what is open is proposed. */
export function PaymentForm({ row, onDone }: ActionProps) {
  const t = useBillingText();
  const reread = useReread();
  const [key] = useState(() => crypto.randomUUID());
  const [euros, setEuros] = useState<number | string>(row.openCents / 100);
  const [paidOn, setPaidOn] = useState(() => new Date().toISOString().slice(0, 10));
  const [reference, setReference] = useState("");
  const pay = useMutation({
    mutationFn: () =>
      callChecked(`${pathOf(row)}/payments`, {
        body: { key, cents: Math.round(Number(euros) * 100), paidOn, method: "bank_transfer", reference },
        reply: z.undefined(),
      }),
    onSuccess: async () => {
      await reread();
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        pay.mutate();
      }}
    >
      <Stack>
        <NumberInput
          label={t("billing.euros")}
          value={euros}
          onChange={setEuros}
          min={0.01}
          decimalScale={2}
          required
          data-autofocus
        />
        <TextInput
          type="date"
          label={t("billing.paidOn")}
          value={paidOn}
          onChange={(event) => setPaidOn(event.currentTarget.value)}
          required
        />
        <TextInput
          label={t("billing.reference")}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
          maxLength={140}
        />
        <ProblemAlert error={pay.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={pay.isPending}>
            {t("billing.pay")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A credit note of the whole invoice, with its reason. */
export function CreditForm({ row, onDone }: ActionProps) {
  const t = useBillingText();
  const reread = useReread();
  const [reason, setReason] = useState("");
  const credit = useMutation({
    mutationFn: () => callChecked(`${pathOf(row)}/credit`, { body: { reason }, reply: invoiceIdReplySchema }),
    onSuccess: async () => {
      await reread();
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        credit.mutate();
      }}
    >
      <Stack>
        <Text>{t("billing.creditHint")}</Text>
        <TextInput
          label={t("billing.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          required
          minLength={3}
          maxLength={500}
        />
        <ProblemAlert error={credit.error} />
        <Group justify="flex-end">
          <Button type="submit" color="red.9" loading={credit.isPending}>
            {t("billing.credit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A rejected e-invoice gets a new file under its number. */
export function SendAgain({ row }: { readonly row: Row }) {
  const t = useBillingText();
  const reread = useReread();
  const send = useMutation({
    mutationFn: () => callChecked(`${pathOf(row)}/transmissions`, { method: "POST", reply: fileNameReplySchema }),
    onSuccess: reread,
  });
  return (
    <Button size="xs" variant="default" loading={send.isPending} onClick={() => send.mutate()}>
      {t("billing.again")}
    </Button>
  );
}
