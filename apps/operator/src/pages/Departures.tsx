import { approvalIdReplySchema } from "@casaforte/contract/approvals";
import type { DeparturesReply } from "@casaforte/contract/departure";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Certificate, CustomerSelect, callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Group, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { approvalsQuery } from "../billing/billing-queries.ts";
import { departuresQuery, LegalTexts, useLegalText } from "../legal/legal-text.tsx";

type Departure = DeparturesReply["departures"][number];

/** Who leaves and who has left (R61, R86). */
export function Departures() {
  return (
    <LegalTexts>
      <DeparturesPage />
    </LegalTexts>
  );
}

function DeparturesPage() {
  const t = useLegalText();
  const { session } = useSession();
  const mayEnd = session.operatorRoles.some((role) => role === "legal" || role === "billing");
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("departures.title")}
        </Title>
        {mayEnd ? <EndContract /> : null}
      </Group>
      <Text c="dimmed" maw={720}>
        {t("departures.hint")}
      </Text>
      <Loaded query={useQuery(departuresQuery)}>
        {({ departures, services }) => (
          <>
            {departures.length === 0 ? (
              <EmptyState title={t("departures.none")} text={t("departures.noneHint")} />
            ) : (
              <DepartureTable departures={departures} />
            )}
            <ServiceTable services={services} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

const colors = { retrieval: "orange", erasing: "red", erased: "gray", cancelled: "gray" } as const;

function DepartureTable({ departures }: { readonly departures: readonly Departure[] }) {
  const t = useLegalText();
  const format = useFormat();
  const date = (text: string | null) => (text === null ? "" : format.dateTime(Date.parse(text)));
  const said = (row: Departure) => {
    if (row.state === "retrieval")
      return row.eraseWantedAt
        ? t("departures.state.soon")
        : t("departures.state.retrieval", { date: date(row.retrievalUntil) });
    return row.state === "erased"
      ? t("departures.state.erased", { date: date(row.erasedAt) })
      : t(`departures.state.${row.state}`);
  };
  return (
    <ScrollTable label={t("departures.title")} minWidth={720} verticalSpacing="sm">
      <Table.Tbody>
        {departures.map((row) => (
          <Table.Tr key={`${row.tenantId} ${row.requestedAt}`}>
            <Table.Th scope="row">
              {row.name}
              <Text size="xs" c="dimmed">
                {t("departures.asked", { date: date(row.requestedAt), by: row.askedBy })}
              </Text>
            </Table.Th>
            <Table.Td>
              <Tag color={colors[row.state]}>{said(row)}</Tag>
            </Table.Td>
            <Table.Td>
              <Certificate
                certificate={row.certificate}
                signature={row.signature}
                of={row.name}
                fileName="certificate"
                labels={{ certificate: t("departures.certificate"), signature: t("departures.signature") }}
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

/** Single spaces and mail domains that end while their customers stay. */
function ServiceTable({ services }: { readonly services: DeparturesReply["services"] }) {
  const t = useLegalText();
  const format = useFormat();
  const date = (text: string) => format.dateTime(Date.parse(text));
  const said = (row: DeparturesReply["services"][number]) => {
    if (row.state === "retrieval")
      return t("departures.state.retrieval", { date: date(row.erasesAt ?? row.retrievalUntil) });
    if (row.state === "erased") return t("departures.state.erased", { date: date(row.erasedAt ?? row.requestedAt) });
    return t(`departures.state.${row.state}`);
  };
  return (
    <>
      <Title order={2} size="h3">
        {t("departures.services")}
      </Title>
      <Text c="dimmed" maw={720}>
        {t("departures.servicesHint")}
      </Text>
      {services.length === 0 ? <Text>{t("departures.servicesNone")}</Text> : null}
      {services.length > 0 ? (
        <ScrollTable label={t("departures.services")} minWidth={720} verticalSpacing="sm">
          <Table.Tbody>
            {services.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Th scope="row">
                  {row.name}
                  <Text size="xs" c="dimmed">
                    {t("departures.serviceOf", {
                      kind: row.kind,
                      customer: row.customer,
                      date: date(row.requestedAt),
                    })}
                  </Text>
                </Table.Th>
                <Table.Td>
                  <Tag color={colors[row.state]}>{said(row)}</Tag>
                </Table.Td>
                <Table.Td>
                  <Certificate
                    certificate={row.certificate}
                    signature={row.signature}
                    of={row.name}
                    fileName="certificate"
                    labels={{ certificate: t("departures.certificate"), signature: t("departures.signature") }}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      ) : null}
    </>
  );
}

function EndContract() {
  const t = useLegalText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [isOpen, setOpen] = useState(false);
  const [tenantId, setTenantId] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      run(() => callChecked("/api/departures", { body: { tenantId, reason }, reply: approvalIdReplySchema })),
    onSuccess: () => client.invalidateQueries({ queryKey: approvalsQuery.queryKey }),
  });
  const close = () => {
    setOpen(false);
    ask.reset();
  };
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("departures.new")}
      </Button>
      <Dialog title={t("departures.new")} opened={isOpen} onClose={close}>
        <Stack>
          <Text size="sm">{t("departures.newHint")}</Text>
          <CustomerSelect label={t("legal.customer")} value={tenantId} onChange={setTenantId} required />
          <Textarea
            label={t("legal.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
          />
          <ProblemAlert error={ask.error} />
          {ask.isSuccess ? <Alert color="green">{t("departures.requested")}</Alert> : null}
          <Group justify="flex-end">
            <Button
              disabled={tenantId === null || reason.trim() === "" || ask.isSuccess}
              loading={ask.isPending}
              onClick={() => ask.mutate()}
            >
              {t("departures.new")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
