import { type DriftsReply, driftsReplySchema } from "@casaforte/contract/reconciliation";
import { EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import { CustomerLink } from "../tenant/CustomerLink.tsx";
import { useT } from "../translate.ts";

const refreshMs = 10_000;
const queryKey = ["drifts"] as const;
type Drift = DriftsReply["drifts"][number];

const attributes = [
  ...(["quotaBytes", "bandwidthBytesPerSecond", "replica", "site", "addresses"] as const),
  ...(["signInAddress", "programs", "signIn", "licence"] as const),
] as const;
const isKnown = (name: string): name is (typeof attributes)[number] => (attributes as readonly string[]).includes(name);
const words = ["on", "off", "running", "ended", "none"] as const;
const isWord = (value: string): value is (typeof words)[number] => (words as readonly string[]).includes(value);

/** What the servers do otherwise than it was ordered, since when, and what was tried (R100). */
export function Drifts() {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const drifts = useQuery({
    queryKey,
    queryFn: ({ signal }) => callChecked("/api/drifts", { reply: driftsReplySchema, signal }),
    refetchInterval: refreshMs,
  });
  const retry = useMutation({
    mutationFn: (tenantId: string) =>
      callChecked(`/api/drifts/${tenantId}/retry`, { method: "POST", reply: z.undefined() }),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("drifts.title")}
      </Title>
      <Text c="dimmed">{t("drifts.hint")}</Text>
      <ProblemAlert error={retry.error} />
      {retry.isSuccess ? (
        <Alert color="green" variant="light" role="status">
          {t("drifts.asked")}
        </Alert>
      ) : null}
      <Loaded query={drifts}>
        {(data) => (
          <>
            {data.silent.map((each) => (
              <Alert key={`${each.tenantId}/${each.plane}`} color="orange" variant="light">
                {t("drifts.silent", {
                  customer: each.tenantName,
                  plane: each.plane,
                  when: format.relative(Date.parse(each.at)),
                })}
                <Text size="sm">{each.trouble}</Text>
              </Alert>
            ))}
            {data.drifts.length === 0 ? (
              <EmptyState title={t("drifts.none")} text={t("drifts.noneHint")} />
            ) : (
              <DriftTable drifts={data.drifts} onRetry={(drift) => retry.mutate(drift.tenantId)} />
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function DriftTable({
  drifts,
  onRetry,
}: {
  readonly drifts: readonly Drift[];
  readonly onRetry: (drift: Drift) => void;
}) {
  const t = useT();
  const format = useFormat();
  const { session } = useSession();
  const mayRetry = session.operatorRoles.includes("infra");
  const shown = (attribute: string, value: string | null) => {
    if (value === null) return "–";
    if (attribute === "quotaBytes") return format.bytes(Number(value));
    if (attribute === "programs" && !isWord(value)) return value.toUpperCase().replaceAll(",", ", ");
    return ["programs", "signIn", "licence"].includes(attribute) && isWord(value) ? t(`drifts.value.${value}`) : value;
  };
  return (
    <ScrollTable label={t("drifts.title")} minWidth={900} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("drifts.customer")}</Table.Th>
          <Table.Th>{t("drifts.object")}</Table.Th>
          <Table.Th>{t("drifts.attribute")}</Table.Th>
          <Table.Th>{t("drifts.desired")}</Table.Th>
          <Table.Th>{t("drifts.actual")}</Table.Th>
          <Table.Th>{t("drifts.state")}</Table.Th>
          <Table.Th>{t("drifts.actions")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {drifts.map((drift) => (
          <Table.Tr key={`${drift.tenantId}/${drift.plane}/${drift.objectId}/${drift.attribute}`}>
            <Table.Td>
              <CustomerLink tenantId={drift.tenantId} name={drift.tenantName} />
            </Table.Td>
            <Table.Th scope="row">{drift.label}</Table.Th>
            <Table.Td>{isKnown(drift.attribute) ? t(`drifts.attribute.${drift.attribute}`) : drift.attribute}</Table.Td>
            <Table.Td>{shown(drift.attribute, drift.desired)}</Table.Td>
            <Table.Td>{shown(drift.attribute, drift.actual)}</Table.Td>
            <Table.Td maw={280}>
              {drift.settledAt ? (
                <Tag color="green">{t("drifts.settled", { when: format.relative(Date.parse(drift.settledAt)) })}</Tag>
              ) : (
                <>
                  <Tag color="red">{t("drifts.open", { when: format.dateTime(Date.parse(drift.foundAt)) })}</Tag>
                  <Text size="xs" c="dimmed">
                    {t("drifts.tries", { count: drift.tries })}
                    {drift.trouble ? ` · ${drift.trouble}` : null}
                  </Text>
                </>
              )}
            </Table.Td>
            <Table.Td>
              {mayRetry && drift.settledAt === null ? (
                <RowButton name={t("drifts.retryOf", { label: drift.label })} onClick={() => onRetry(drift)}>
                  {t("drifts.retry")}
                </RowButton>
              ) : null}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}
