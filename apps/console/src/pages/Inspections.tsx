import type { InspectionReply } from "@casaforte/contract/inspections";
import { EmptyState, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { z } from "zod";
import { InspectionTexts, inspectionsQuery, useInspectionText } from "../inspections/inspection-text.tsx";
import { RequestForm } from "../inspections/RequestForm.tsx";

/** The customer's audits (C21; R67–R71). */
export function Inspections() {
  return (
    <InspectionTexts>
      <InspectionsPage />
    </InspectionTexts>
  );
}

const useMayWrite = () => ["owner", "admin"].includes(useSession().session.role ?? "");

function InspectionsPage() {
  const t = useInspectionText();
  const mayWrite = useMayWrite();
  const [isAsking, setAsking] = useState(false);
  const query = useQuery(inspectionsQuery);
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("insp.title")}
        </Title>
        <Group>
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/evidence" />}>
            {t("insp.openEvidence")}
          </Button>
          {mayWrite ? <Button onClick={() => setAsking(true)}>{t("insp.new")}</Button> : null}
        </Group>
      </Group>
      <Text c="dimmed" maw={720}>
        {t("insp.hint")}
      </Text>
      <Loaded query={query}>
        {(data) => (
          <>
            {isAsking ? <RequestForm rules={data} onClose={() => setAsking(false)} /> : null}
            {data.inspections.length === 0 ? (
              <EmptyState title={t("insp.none")} text={t("insp.noneHint")} />
            ) : (
              data.inspections.map((each) => <InspectionCard key={each.id} inspection={each} />)
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

const colors = {
  asked: "gray",
  quoted: "orange",
  accepted: "green",
  open: "green",
  finished: "gray",
  withdrawn: "gray",
  refused: "red",
} as const;

function InspectionCard({ inspection }: { readonly inspection: InspectionReply }) {
  const t = useInspectionText();
  const format = useFormat();
  const isOpen = inspection.state === "accepted" && Date.parse(inspection.opensAt) <= Date.now();
  const state = isOpen ? "open" : inspection.state;
  const day = (text: string) => format.date(Date.parse(`${text}T12:00:00`));
  const { costCents, costText, refusal } = inspection;
  return (
    <Card withBorder padding="lg">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text fw={600}>{inspection.firm}</Text>
            <Text size="sm" c="dimmed">
              {[
                inspection.products.map((product) => t(`insp.product.${product}`)).join(", "),
                t("insp.days", { from: day(inspection.fromOn), until: day(inspection.untilOn) }),
              ].join(" · ")}
            </Text>
          </div>
          <Tag color={colors[state]}>{t(`insp.state.${state}`)}</Tag>
        </Group>
        <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
          {inspection.scope}
        </Text>
        <Text size="sm" c="dimmed">
          {t("insp.auditors")}: {inspection.auditors.map(({ name, address }) => `${name} (${address})`).join(", ")}
        </Text>
        {costCents === null ? null : (
          <div>
            <Text fw={600} size="sm">
              {costCents === 0 ? t("insp.free") : t("insp.cost", { amount: format.money(BigInt(costCents), "EUR") })}
            </Text>
            <Text size="sm">{costText}</Text>
          </div>
        )}
        {refusal === null ? null : <Text size="sm">{t("insp.refusal", { reason: refusal })}</Text>}
        <Actions inspection={inspection} isOpen={isOpen} />
      </Stack>
    </Card>
  );
}

function Actions({ inspection, isOpen }: { readonly inspection: InspectionReply; readonly isOpen: boolean }) {
  const t = useInspectionText();
  const client = useQueryClient();
  const mayWrite = useMayWrite();
  const { run, dialog } = useGuarded();
  const [asking, setAsking] = useState<"accept" | "end" | null>(null);
  const { id, state, costCents } = inspection;
  if (!mayWrite || !["asked", "quoted", "accepted"].includes(state)) return null;
  const end = isOpen ? "finish" : "withdraw";
  const send = async (path: string, options: { method?: "DELETE"; body?: object }) => {
    await run(() => callChecked(path, { ...options, reply: z.undefined() }));
    await client.invalidateQueries({ queryKey: inspectionsQuery.queryKey });
  };
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={() => setAsking("end")}>
        {t(`insp.${end}`)}
      </Button>
      {state === "quoted" ? <Button onClick={() => setAsking("accept")}>{t("insp.accept")}</Button> : null}
      <ConfirmAction
        opened={asking === "accept"}
        onClose={() => setAsking(null)}
        title={t("insp.accept")}
        action={t("insp.accept")}
        onConfirm={() => send(`/api/inspections/${id}/acceptance`, { body: { costCents } })}
      >
        <Text>{t("insp.acceptHint")}</Text>
      </ConfirmAction>
      <ConfirmAction
        opened={asking === "end"}
        onClose={() => setAsking(null)}
        title={t(`insp.${end}`)}
        action={t(`insp.${end}`)}
        onConfirm={() => send(`/api/inspections/${id}`, { method: "DELETE" })}
      >
        <Text>{t(`insp.${end}Hint`)}</Text>
      </ConfirmAction>
      {dialog}
    </Group>
  );
}
