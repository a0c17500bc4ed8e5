import type { OperatorAppealReply, OperatorMeasureReply, ViolationReply } from "@casaforte/contract/measures";
import { EmptyState, ScrollTable, useFormat, WithTexts } from "@casaforte/ui-kit";
import { Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { AnswerForm, DecideForm, LiftForm } from "../notices/decide-forms.tsx";
import { enforcementQuery } from "../notices/desk-queries.ts";
import { deskTexts, useDeskText } from "../notices/desk-text.ts";
import { ViolationForm } from "../notices/ViolationForm.tsx";
import { CustomerLink } from "../tenant/CustomerLink.tsx";

/** The ledger: what waits for a decision, what is in force, who objects (R64–R66, R103). */
export function Measures() {
  return (
    <WithTexts catalogues={deskTexts}>
      <MeasuresPage />
    </WithTexts>
  );
}

function MeasuresPage() {
  const t = useDeskText();
  const { session } = useSession();
  const [noting, form] = useDisclosure(false);
  const mayWrite = session.operatorRoles.some((role) => role === "legal" || role === "security");
  return (
    <Stack gap="xl">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("enf.title")}
        </Title>
        {mayWrite ? <Button onClick={form.open}>{t("enf.note")}</Button> : null}
      </Group>
      {noting ? <ViolationForm onClose={form.close} /> : null}
      <Loaded query={useQuery(enforcementQuery)}>
        {({ violations, measures, appeals }) => (
          <>
            <Violations rows={violations} mayWrite={mayWrite} />
            <Appeals rows={appeals} mayWrite={mayWrite} />
            <Live rows={measures} mayWrite={mayWrite} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

interface RowsProps<Row> {
  readonly rows: readonly Row[];
  readonly mayWrite: boolean;
}

function Violations({ rows, mayWrite }: RowsProps<ViolationReply>) {
  const t = useDeskText();
  const format = useFormat();
  const [deciding, setDeciding] = useState<ViolationReply | null>(null);
  return (
    <section aria-labelledby="enf-suggested">
      <Title order={2} size="h4" mb="xs" id="enf-suggested">
        {t("enf.suggested")}
      </Title>
      {rows.length === 0 ? <EmptyState title={t("enf.noSuggested")} text={t("enf.noSuggestedHint")} /> : null}
      <Stack gap="sm">
        {rows.map((row) => (
          <Card withBorder key={row.id}>
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <Text fw={600}>
                <CustomerLink tenantId={row.tenantId} name={row.tenantName} />
              </Text>
              {row.isAsked ? <Tag color="orange">{t("enf.asked")}</Tag> : null}
            </Group>
            <Text size="sm" c="dimmed">
              {[
                t(`enf.nature.${row.nature}`),
                t(`enf.severity.${row.severity}`),
                t(`enf.product.${row.product}`),
                t(`enf.source.${row.source}`),
                format.dateTime(Date.parse(row.occurredAt)),
              ].join(" · ")}
            </Text>
            <Text size="sm" mt="xs" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
              {row.facts}
            </Text>
            {mayWrite && !row.isAsked ? (
              <Group mt="sm">
                <RowButton name={t("enf.decideOf", { name: row.tenantName })} onClick={() => setDeciding(row)}>
                  {t("enf.decide")}
                </RowButton>
              </Group>
            ) : null}
          </Card>
        ))}
      </Stack>
      {deciding ? <DecideForm violation={deciding} onClose={() => setDeciding(null)} /> : null}
    </section>
  );
}

function Live({ rows, mayWrite }: RowsProps<OperatorMeasureReply>) {
  const t = useDeskText();
  const format = useFormat();
  const [lifting, setLifting] = useState<OperatorMeasureReply | null>(null);
  return (
    <section aria-labelledby="enf-live">
      <Title order={2} size="h4" mb="xs" id="enf-live">
        {t("enf.live")}
      </Title>
      {rows.length === 0 ? (
        <Text c="dimmed">{t("enf.noLive")}</Text>
      ) : (
        <ScrollTable label={t("enf.live")} minWidth={640} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("enf.tenant")}</Table.Th>
              <Table.Th>{t("enf.measure")}</Table.Th>
              <Table.Th>{t("enf.until")}</Table.Th>
              <Table.Th>{t("desk.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td>
                  <CustomerLink tenantId={row.tenantId} name={row.tenantName} />
                </Table.Td>
                <Table.Td>
                  {t(`enf.level.${row.level}`)} <Tag color="orange">{t(`enf.state.${row.state}`)}</Tag>
                </Table.Td>
                <Table.Td>{row.endsAt === null ? t("enf.open") : format.dateTime(Date.parse(row.endsAt))}</Table.Td>
                <Table.Td>
                  {mayWrite ? (
                    <RowButton name={t("enf.liftOf", { name: row.tenantName })} onClick={() => setLifting(row)}>
                      {t("enf.lift")}
                    </RowButton>
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
      {lifting ? <LiftForm measure={lifting} onClose={() => setLifting(null)} /> : null}
    </section>
  );
}

function Appeals({ rows, mayWrite }: RowsProps<OperatorAppealReply>) {
  const t = useDeskText();
  const format = useFormat();
  const [answering, setAnswering] = useState<OperatorAppealReply | null>(null);
  return (
    <section aria-labelledby="enf-appeals">
      <Title order={2} size="h4" mb="xs" id="enf-appeals">
        {t("enf.appeals")}
      </Title>
      {rows.length === 0 ? <Text c="dimmed">{t("enf.noAppeals")}</Text> : null}
      <Stack gap="sm">
        {rows.map((row) => (
          <Card withBorder key={row.id}>
            <Text fw={600}>
              <CustomerLink tenantId={row.tenantId} name={row.tenantName} />
            </Text>
            <Text size="sm" c="dimmed">
              {t("enf.due")}: {format.date(Date.parse(row.dueAt))}
            </Text>
            <Text size="sm" mt="xs" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
              {row.body}
            </Text>
            {mayWrite ? (
              <Group mt="sm">
                <RowButton name={t("enf.answerOf", { name: row.tenantName })} onClick={() => setAnswering(row)}>
                  {t("enf.answer")}
                </RowButton>
              </Group>
            ) : null}
          </Card>
        ))}
      </Stack>
      {answering ? <AnswerForm appeal={answering} onClose={() => setAnswering(null)} /> : null}
    </section>
  );
}
