import { type TenantReply, tenantSchema } from "@casaforte/contract/tenants";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { tenantQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText } from "../billing/billing-text.tsx";

/** What stands on an invoice, as the customer keeps it. */
export function BillingData() {
  return (
    <BillingTexts>
      <BillingDataPage />
    </BillingTexts>
  );
}

function BillingDataPage() {
  const t = useBillingText();
  return (
    <Stack maw={720}>
      <Anchor renderRoot={(props) => <Link {...props} to="/invoices" />} size="sm">
        ← {t("invoices.title")}
      </Anchor>
      <Title order={1} size="h2">
        {t("company.title")}
      </Title>
      <Text c="dimmed">{t("company.hint")}</Text>
      <Loaded query={useQuery(tenantQuery)}>{(tenant) => <CompanyForm tenant={tenant} />}</Loaded>
    </Stack>
  );
}

const fields = [
  ["country", "company.countryHint", 2],
  ["vatNumber", null, 20],
  ["taxCode", null, 20],
  ["address", null, 200],
  ["postalCode", null, 20],
  ["city", null, 200],
  ["province", "company.provinceHint", 2],
  ["invoiceRecipientCode", "company.recipientHint", 7],
  ["certifiedMail", null, 200],
] as const satisfies readonly (readonly [keyof TenantReply, string | null, number])[];
type Field = (typeof fields)[number][0];
const upperCase: readonly Field[] = ["country", "taxCode", "province", "invoiceRecipientCode"];

function CompanyForm({ tenant }: { readonly tenant: TenantReply }) {
  const t = useBillingText();
  const client = useQueryClient();
  const [name, setName] = useState(tenant.name);
  const [draft, setDraft] = useState<Record<Field, string>>(
    () => Object.fromEntries(fields.map(([field]) => [field, tenant[field] ?? ""])) as Record<Field, string>,
  );
  const save = useMutation({
    mutationFn: () => {
      const given = fields.map(([field]) => {
        const text = draft[field].trim();
        return [field, text === "" ? null : upperCase.includes(field) ? text.toUpperCase() : text] as const;
      });
      return callChecked("/api/tenant", {
        method: "PATCH",
        body: { ...Object.fromEntries(given), country: draft.country.trim().toUpperCase(), name: name.trim() },
        reply: tenantSchema,
      });
    },
    onSuccess: (next) => client.setQueryData(tenantQuery.queryKey, next),
  });
  const label = (field: Field) =>
    t(field === "invoiceRecipientCode" ? "company.recipientCode" : (`company.${field}` as "company.city"));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("company.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={200}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {fields.map(([field, hint, length]) => (
            <TextInput
              key={field}
              label={label(field)}
              {...(hint === null ? {} : { description: t(hint) })}
              value={draft[field]}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setDraft((before) => ({ ...before, [field]: value }));
              }}
              maxLength={length}
              required={field === "country"}
              inputWrapperOrder={["label", "input", "description", "error"]}
            />
          ))}
        </SimpleGrid>
        <ProblemAlert error={save.error} />
        <div aria-live="polite">
          {save.isSuccess ? <Alert color="green" variant="light" title={t("company.saved")} /> : null}
        </div>
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
