import { EmptyState, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type CustomerAudit, QuoteForm, RefuseForm } from "../inspections/answer-forms.tsx";
import { customerAuditsQuery, InspectionTexts, useInspectionText } from "../inspections/inspection-text.tsx";

/** Customers who audit us: quotes and refusals (R67–R71). */
export function CustomerAudits() {
  return (
    <InspectionTexts>
      <CustomerAuditsPage />
    </InspectionTexts>
  );
}

function CustomerAuditsPage() {
  const t = useInspectionText();
  const { session } = useSession();
  const mayWrite = session.operatorRoles.some((role) => role === "legal" || role === "billing");
  const [answering, setAnswering] = useState<{ kind: "quote" | "refusal"; audit: CustomerAudit } | null>(null);
  const close = () => setAnswering(null);
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("caud.title")}
      </Title>
      <Text c="dimmed" maw={720}>
        {t("caud.hint")}
      </Text>
      <Loaded query={useQuery(customerAuditsQuery)}>
        {({ inspections }) =>
          inspections.length === 0 ? (
            <EmptyState title={t("caud.none")} text={t("caud.noneHint")} />
          ) : (
            inspections.map((audit) => (
              <AuditCard
                key={audit.id}
                audit={audit}
                mayAnswer={mayWrite && (audit.state === "asked" || audit.state === "quoted")}
                onAnswer={(kind) => setAnswering({ kind, audit })}
              />
            ))
          )
        }
      </Loaded>
      {answering?.kind === "quote" ? <QuoteForm audit={answering.audit} onClose={close} /> : null}
      {answering?.kind === "refusal" ? <RefuseForm audit={answering.audit} onClose={close} /> : null}
    </Stack>
  );
}

const colors = {
  asked: "orange",
  quoted: "gray",
  accepted: "green",
  finished: "gray",
  withdrawn: "gray",
  refused: "red",
} as const;

interface AuditCardProps {
  readonly audit: CustomerAudit;
  readonly mayAnswer: boolean;
  readonly onAnswer: (kind: "quote" | "refusal") => void;
}

function AuditCard({ audit, mayAnswer, onAnswer }: AuditCardProps) {
  const t = useInspectionText();
  const format = useFormat();
  const day = (text: string) => format.date(Date.parse(`${text}T12:00:00`));
  const quote = t(audit.state === "asked" ? "caud.quote" : "caud.quoteAgain");
  const facts = [
    t("caud.nda", { nda: audit.nda }),
    t("caud.auditors", { names: audit.auditors.map(({ name, address }) => `${name} (${address})`).join(", ") }),
    ...(audit.grounds === null ? [] : [t(`caud.grounds.${audit.grounds}`, { text: audit.groundsText })]),
    ...(audit.costCents === null
      ? []
      : [t("caud.cost", { amount: format.money(BigInt(audit.costCents), "EUR"), text: audit.costText ?? "" })]),
    ...(audit.refusal === null ? [] : [t("caud.refusal", { reason: audit.refusal })]),
  ];
  return (
    <Card withBorder padding="lg">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text fw={600}>
              {audit.tenantName} · {audit.firm}
            </Text>
            <Text size="sm" c="dimmed">
              {[
                audit.products.map((product) => t(`caud.product.${product}`)).join(", "),
                t("caud.days", { from: day(audit.fromOn), until: day(audit.untilOn) }),
              ].join(" · ")}
            </Text>
          </div>
          <Tag color={colors[audit.state]}>{t(`caud.state.${audit.state}`)}</Tag>
        </Group>
        <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
          {audit.scope}
        </Text>
        {facts.map((fact) => (
          <Text key={fact} size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {fact}
          </Text>
        ))}
        {mayAnswer ? (
          <Group justify="flex-end">
            <Button
              variant="default"
              aria-label={t("caud.refuseOf", { name: audit.tenantName })}
              onClick={() => onAnswer("refusal")}
            >
              {t("caud.refuse")}
            </Button>
            <Button
              variant={audit.state === "asked" ? "filled" : "default"}
              aria-label={`${quote} · ${audit.tenantName}`}
              onClick={() => onAnswer("quote")}
            >
              {quote}
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Card>
  );
}
