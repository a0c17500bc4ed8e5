import type { DeskNoticeReply, FaultReply } from "@casaforte/contract/notices";
import { callApi, EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage, WithTexts } from "@casaforte/ui-kit";
import { Loaded, RowButton, Tag, useAddressedDialog, useSession } from "@casaforte/ui-kit/console";
import { Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { noticesQuery } from "../notices/desk-queries.ts";
import { deskTexts, useDeskText } from "../notices/desk-text.ts";
import { FaultTimes } from "../notices/FaultTimes.tsx";
import { LinkedTickets } from "../notices/LinkedTickets.tsx";
import { NoticeForm } from "../notices/NoticeForm.tsx";
import { UpdateForm } from "../notices/UpdateForm.tsx";

/** Incidents, maintenance and the faults behind them (R22–R25). */
export function Notices() {
  return (
    <WithTexts catalogues={deskTexts}>
      <NoticesPage />
    </WithTexts>
  );
}

function NoticesPage() {
  const t = useDeskText();
  const { session } = useSession();
  const navigate = useNavigate();
  const { add = false } = useSearch({ from: "/notices" });
  const [writing, form] = useAddressedDialog(add, () => void navigate({ to: "/notices", replace: true }));
  const mayWrite = session.operatorRoles.some((role) => role === "support" || role === "infra" || role === "security");
  return (
    <Stack gap="xl">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("desk.notices")}
        </Title>
        {mayWrite ? <Button onClick={form.open}>{t("desk.new")}</Button> : null}
      </Group>
      {writing ? <NoticeForm onClose={form.close} /> : null}
      <Loaded query={useQuery(noticesQuery)}>
        {({ notices, faults, times }) => (
          <>
            <Faults faults={faults} mayWrite={mayWrite} />
            <FaultTimes times={times} />
            {notices.length === 0 ? (
              <EmptyState title={t("desk.none")} text={t("desk.noneHint")} />
            ) : (
              <Stack gap="sm">
                {notices.map((notice) => (
                  <NoticeCard
                    key={notice.id}
                    notice={notice}
                    mayWrite={mayWrite}
                    mayAnswer={session.operatorRoles.length > 0}
                  />
                ))}
              </Stack>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Faults({ faults, mayWrite }: { readonly faults: readonly FaultReply[]; readonly mayWrite: boolean }) {
  const t = useDeskText();
  const format = useFormat();
  const client = useQueryClient();
  const repair = useMutation({
    mutationFn: ({ id, step }: { readonly id: string; readonly step: RepairStep }) =>
      callApi(`/api/desk/faults/${id}/${step}`, { method: "POST" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["desk-notices"] }),
  });
  const shown = faults.slice(0, 20);
  return (
    <section aria-labelledby="desk-faults">
      <Title order={2} size="h4" mb="xs" id="desk-faults">
        {t("desk.faults")}
      </Title>
      <ProblemAlert error={repair.error} />
      {shown.every(({ closedAt }) => closedAt !== null) ? <Text c="dimmed">{t("desk.noFaults")}</Text> : null}
      {shown.length > 0 ? (
        <ScrollTable label={t("desk.faults")} minWidth={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("desk.check")}</Table.Th>
              <Table.Th>{t("desk.since")}</Table.Th>
              <Table.Th>{t("desk.state")}</Table.Th>
              <Table.Th>{t("desk.actions")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((fault) => (
              <Table.Tr key={fault.id}>
                <Table.Td>{fault.check}</Table.Td>
                <Table.Td>{format.dateTime(Date.parse(fault.detectedAt))}</Table.Td>
                <Table.Td>
                  {fault.closedAt !== null
                    ? `${t("desk.ended")}: ${format.dateTime(Date.parse(fault.closedAt))}`
                    : repairTag(fault, t)}
                </Table.Td>
                <Table.Td>
                  {mayWrite ? (
                    <RepairButton fault={fault} onStep={(step) => repair.mutate({ id: fault.id, step })} />
                  ) : null}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      ) : null}
    </section>
  );
}

type RepairStep = "acknowledge" | "start" | "replace";

/** What comes next of a repair; the replacement may be noted when the part answers already. */
function nextStep(fault: FaultReply): RepairStep | null {
  if (fault.replacedAt !== null) return null;
  if (fault.startedAt !== null) return "replace";
  if (fault.closedAt !== null) return null;
  return fault.acknowledgedAt === null ? "acknowledge" : "start";
}

function repairTag(fault: FaultReply, t: ReturnType<typeof useDeskText>) {
  if (fault.acknowledgedAt === null) return null;
  const begun = fault.startedAt === null ? "desk.acknowledged" : "desk.started";
  return <Tag color="orange">{t(fault.replacedAt === null ? begun : "desk.replaced")}</Tag>;
}

function RepairButton({ fault, onStep }: { readonly fault: FaultReply; readonly onStep: (step: RepairStep) => void }) {
  const t = useDeskText();
  const step = nextStep(fault);
  return step === null ? null : (
    <RowButton name={`${t(`desk.${step}`)}: ${fault.check}`} onClick={() => onStep(step)}>
      {t(`desk.${step}`)}
    </RowButton>
  );
}

function NoticeCard({
  notice,
  mayWrite,
  mayAnswer,
}: {
  readonly notice: DeskNoticeReply;
  readonly mayWrite: boolean;
  readonly mayAnswer: boolean;
}) {
  const t = useDeskText();
  const format = useFormat();
  const isItalian = useLanguage() === "it";
  const [updating, form] = useDisclosure(false);
  const title = isItalian ? notice.titleIt : notice.titleEn;
  const time = (at: string) => format.dateTime(Date.parse(at));
  const last = notice.updates.at(-1);
  return (
    <Card withBorder>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text fw={600}>{title}</Text>
        <Tag color={notice.closedAt === null ? "orange" : "gray"}>{t(`desk.at.${notice.state}`)}</Tag>
      </Group>
      <Text size="sm" c="dimmed">
        {[
          t(`desk.kind.${notice.kind}`),
          t(`desk.severity.${notice.severity}`),
          notice.services.map((service) => t(`desk.service.${service}`)).join(", "),
          notice.siteId ?? t("desk.everySite"),
          t("desk.affected", { count: notice.affected }),
        ].join(" · ")}
      </Text>
      {notice.plannedFrom && notice.plannedUntil ? (
        <Text size="sm">
          {time(notice.plannedFrom)} – {time(notice.plannedUntil)}
        </Text>
      ) : null}
      {last ? (
        <Text size="sm" mt="xs" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
          {time(last.at)}: {isItalian ? last.textIt : last.textEn}
        </Text>
      ) : null}
      <LinkedTickets notice={notice} mayWrite={mayAnswer} />
      {mayWrite ? (
        <Group mt="sm">
          <RowButton name={t("desk.updateOf", { title })} onClick={form.open}>
            {t("desk.update")}
          </RowButton>
        </Group>
      ) : null}
      {updating ? <UpdateForm notice={notice} onClose={form.close} /> : null}
    </Card>
  );
}
