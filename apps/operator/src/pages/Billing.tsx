import { type OperatorInvoices, receiptReplySchema, runReplySchema } from "@casaforte/contract/billing";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { z } from "zod";
import { Archive, ArchiveWarning } from "../billing/archive.tsx";
import { operatorInvoicesQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText, useMoney } from "../billing/billing-text.tsx";
import { CreditForm, PaymentForm, SendAgain } from "../billing/invoice-actions.tsx";
import { SettingsForm } from "../billing/settings-form.tsx";
import { CustomerLink } from "../tenant/CustomerLink.tsx";

type Row = OperatorInvoices["invoices"][number];

/** O12: the month's run, payments, credit notes, receipts of the exchange system. */
export function Billing() {
  return (
    <BillingTexts>
      <BillingPage />
    </BillingTexts>
  );
}

function BillingPage() {
  const t = useBillingText();
  const client = useQueryClient();
  const { session } = useSession();
  const [asking, ask] = useDisclosure(false);
  const [importing, receipt] = useDisclosure(false);
  const [setting, settings] = useDisclosure(false);
  const [archiving, archive] = useDisclosure(false);
  const [result, setResult] = useState<z.infer<typeof runReplySchema> | null>(null);
  const mayChange = session.operatorRoles.includes("billing");
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("billing.title")}
        </Title>
        <Group gap="sm">
          <Button variant="default" onClick={archive.open}>
            {t("billing.archive")}
          </Button>
          {mayChange ? (
            <>
              <Button variant="default" onClick={settings.open}>
                {t("billing.settings")}
              </Button>
              <Button variant="default" onClick={receipt.open}>
                {t("billing.receipt")}
              </Button>
              <Button onClick={ask.open}>{t("billing.run")}</Button>
            </>
          ) : null}
        </Group>
      </Group>
      <ArchiveWarning />
      <div aria-live="polite">
        {result ? (
          <Alert color={result.held.length > 0 ? "orange" : "green"} variant="light">
            <Text size="sm">{t("billing.ran", { count: result.issued })}</Text>
            {result.held.length > 0 ? (
              <Text size="sm">
                {t("billing.held", {
                  count: result.held.length,
                  codes: [...new Set(result.held.map((held) => held.code))].join(", "),
                })}
              </Text>
            ) : null}
          </Alert>
        ) : null}
      </div>
      <Loaded query={useQuery(operatorInvoicesQuery)}>
        {({ invoices }) =>
          invoices.length === 0 ? (
            <EmptyState title={t("billing.none")} text={t("billing.noneHint")} />
          ) : (
            <InvoiceTable rows={invoices} mayChange={mayChange} />
          )
        }
      </Loaded>
      <ConfirmAction
        opened={asking}
        onClose={ask.close}
        title={t("billing.runTitle")}
        action={t("billing.run")}
        onConfirm={async () => {
          setResult(await callChecked("/api/billing/invoices/run", { method: "POST", reply: runReplySchema }));
          await client.invalidateQueries({ queryKey: operatorInvoicesQuery.queryKey });
        }}
      >
        <Text>{t("billing.runHint")}</Text>
      </ConfirmAction>
      <Dialog opened={importing} onClose={receipt.close} title={t("billing.receipt")} size="lg">
        <ReceiptForm />
      </Dialog>
      <Dialog opened={archiving} onClose={archive.close} title={t("billing.archive")} size="lg">
        <Archive mayExport={mayChange} />
      </Dialog>
      <Dialog opened={setting} onClose={settings.close} title={t("billing.settings")}>
        <SettingsForm onDone={settings.close} />
      </Dialog>
    </Stack>
  );
}

function StateTag({ row }: { readonly row: Row }) {
  const t = useBillingText();
  if (row.state === "draft")
    return (
      <Tag color={row.vatTreatment === "pending" ? "orange" : "gray"}>
        {t(row.vatTreatment === "pending" ? "billing.pending" : "billing.draft")}
      </Tag>
    );
  if (row.kind === "credit_note") return <Tag color="gray">{t("billing.credit_note")}</Tag>;
  if (row.openCents <= 0) return <Tag color="green">{t("billing.paid")}</Tag>;
  return row.step > 0 ? (
    <Tag color="red">{t("billing.step", { step: row.step })}</Tag>
  ) : (
    <Tag color="orange">{t("billing.toPay")}</Tag>
  );
}

function InvoiceTable({ rows, mayChange }: { readonly rows: readonly Row[]; readonly mayChange: boolean }) {
  const t = useBillingText();
  const format = useFormat();
  const money = useMoney();
  const [paying, setPaying] = useState<Row | null>(null);
  const [crediting, setCrediting] = useState<Row | null>(null);
  const signed = (row: Row, cents: number) => money.cents(row.kind === "invoice" ? cents : -cents);
  return (
    <>
      <ScrollTable label={t("billing.title")} minWidth={860} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("billing.number")}</Table.Th>
            <Table.Th>{t("billing.customer")}</Table.Th>
            <Table.Th>{t("billing.date")}</Table.Th>
            <Table.Th ta="right">{t("billing.total")}</Table.Th>
            <Table.Th ta="right">{t("billing.open")}</Table.Th>
            <Table.Th>{t("billing.state")}</Table.Th>
            <Table.Th>{t("billing.exchange")}</Table.Th>
            <Table.Th>{t("billing.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Th scope="row">
                <Anchor
                  aria-label={t("billing.open.lines", {
                    number: row.number ?? t("billing.draft"),
                    customer: row.tenantName,
                  })}
                  renderRoot={(props) => (
                    <Link
                      {...props}
                      to="/billing/$tenantId/$id"
                      params={{ tenantId: row.tenantId, id: row.id }}
                      preload={false}
                    />
                  )}
                >
                  {row.number ?? t("billing.draft")}
                </Anchor>
              </Table.Th>
              <Table.Td>
                <CustomerLink tenantId={row.tenantId} name={row.tenantName} />
              </Table.Td>
              <Table.Td>{row.issuedOn ? format.date(Date.parse(row.issuedOn)) : "–"}</Table.Td>
              <Table.Td ta="right">{signed(row, row.totalCents)}</Table.Td>
              <Table.Td ta="right">{row.openCents > 0 ? money.cents(row.openCents) : "–"}</Table.Td>
              <Table.Td>
                <StateTag row={row} />
              </Table.Td>
              <Table.Td>{t(`billing.exchange.${row.exchange}`)}</Table.Td>
              <Table.Td>
                {mayChange && row.state === "issued" ? (
                  <Group gap="xs">
                    {row.openCents > 0 ? (
                      <Button size="xs" variant="default" onClick={() => setPaying(row)}>
                        {t("billing.pay")}
                      </Button>
                    ) : null}
                    {row.kind === "invoice" ? (
                      <Button size="xs" variant="default" onClick={() => setCrediting(row)}>
                        {t("billing.credit")}
                      </Button>
                    ) : null}
                    {row.exchange === "rejected" ? <SendAgain row={row} /> : null}
                  </Group>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Dialog
        opened={paying !== null}
        onClose={() => setPaying(null)}
        title={t("billing.payTitle", { number: paying?.number ?? "" })}
      >
        {paying ? <PaymentForm row={paying} onDone={() => setPaying(null)} /> : null}
      </Dialog>
      <Dialog
        opened={crediting !== null}
        onClose={() => setCrediting(null)}
        title={t("billing.creditTitle", { number: crediting?.number ?? "" })}
      >
        {crediting ? <CreditForm row={crediting} onDone={() => setCrediting(null)} /> : null}
      </Dialog>
    </>
  );
}

function ReceiptForm() {
  const t = useBillingText();
  const client = useQueryClient();
  const [xml, setXml] = useState("");
  const send = useMutation({
    mutationFn: () => callChecked("/api/billing/invoices/receipts", { body: { xml }, reply: receiptReplySchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: operatorInvoicesQuery.queryKey }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Stack>
        <Textarea
          label={t("billing.receipt")}
          description={t("billing.receiptHint")}
          value={xml}
          onChange={(event) => setXml(event.currentTarget.value)}
          rows={10}
          required
        />
        <ProblemAlert error={send.error} />
        <div aria-live="polite">
          {send.data ? (
            <Alert
              color="green"
              variant="light"
              title={t("billing.receiptDone", { kind: t(`billing.exchange.${send.data.kind}`) })}
            />
          ) : null}
        </div>
        <Group justify="flex-end">
          <Button type="submit" loading={send.isPending}>
            {t("billing.receipt")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
