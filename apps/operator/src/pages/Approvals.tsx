import { type ApprovalReply, decisionReplySchema } from "@casaforte/contract/approvals";
import { requestPriceSchema } from "@casaforte/contract/catalogue";
import { EmptyState, ProblemAlert, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag, WithTexts } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment } from "react";
import { ApprovalValues } from "../billing/ApprovalValues.tsx";
import { approvalsQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText } from "../billing/billing-text.tsx";
import { PricePreview } from "../billing/PricePreview.tsx";
import { deskTexts, useDeskText } from "../notices/desk-text.ts";

/** The four-eyes list (R91). */
export function Approvals() {
  return (
    <BillingTexts>
      <WithTexts catalogues={deskTexts}>
        <ApprovalsPage />
      </WithTexts>
    </BillingTexts>
  );
}

/** Whom or what it is about. The codes behind a suspended customer's name in words: what is taken, and why, is signed. */
function useSubject() {
  const t = useDeskText();
  return ({ kind, subject }: ApprovalReply): string => {
    const codes = kind === "measures.suspension" ? /: ([a-z]+), ([a-z]+), ([a-z_]+)$/.exec(subject) : null;
    if (codes === null) return subject;
    const ids = [`enf.level.${codes[1]}`, `enf.product.${codes[2]}`, `enf.nature.${codes[3]}`];
    const words = ids.map((id) => t(id as "enf.level.suspension"));
    return `${subject.slice(0, codes.index)}: ${words.join(", ")}`;
  };
}

const colors = { pending: "orange", approved: "green", refused: "red", withdrawn: "gray" } as const;

function ApprovalsPage() {
  const t = useBillingText();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("approvals.title")}
      </Title>
      <Text c="dimmed">{t("approvals.hint")}</Text>
      <Loaded query={useQuery(approvalsQuery)}>
        {({ approvals }) =>
          approvals.length === 0 ? (
            <EmptyState title={t("approvals.none")} text={t("approvals.noneHint")} />
          ) : (
            <Requests approvals={approvals} />
          )
        }
      </Loaded>
    </Stack>
  );
}

function Requests({ approvals }: { readonly approvals: readonly ApprovalReply[] }) {
  const t = useBillingText();
  const format = useFormat();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const subjectOf = useSubject();
  const decide = useMutation({
    mutationFn: ({ id, decision }: { id: string; decision: "approve" | "refuse" | "withdraw" }) =>
      run(() => callChecked(`/api/approvals/${id}/decision`, { body: { decision }, reply: decisionReplySchema })),
    onSettled: () => client.invalidateQueries(),
  });
  const kindOf = ({ kind }: ApprovalReply) => {
    const id = `approvals.kind.${kind}` as "approvals.kind.catalogue.price";
    const text = t(id);
    return text === id ? kind : text;
  };
  return (
    <>
      <ProblemAlert error={decide.error} />
      <ScrollTable label={t("approvals.title")} minWidth={760} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="30%">{t("approvals.what")}</Table.Th>
            <Table.Th w="30%">{t("approvals.values")}</Table.Th>
            <Table.Th>{t("approvals.when")}</Table.Th>
            <Table.Th miw={120}>{t("approvals.state")}</Table.Th>
            <Table.Th>{t("billing.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {approvals.map((approval) => (
            <Fragment key={approval.id}>
              <Table.Tr>
                <Table.Th scope="row">
                  {kindOf(approval)}: {subjectOf(approval)}
                </Table.Th>
                <Table.Td>
                  <ApprovalValues payload={approval.payload} />
                </Table.Td>
                <Table.Td>
                  {format.dateTime(Date.parse(approval.requestedAt))}
                  {approval.state === "pending" ? (
                    <Text size="xs" c="dimmed">
                      {t("approvals.expires", { when: format.relative(Date.parse(approval.expiresAt)) })}
                    </Text>
                  ) : null}
                </Table.Td>
                <Table.Td>
                  <Tag color={colors[approval.state]}>{t(`approvals.state.${approval.state}`)}</Tag>
                </Table.Td>
                <Table.Td>
                  {approval.state === "pending" ? (
                    <Group gap="xs">
                      {(approval.isOwn ? (["withdraw"] as const) : (["approve", "refuse"] as const)).map((decision) => (
                        <RowButton
                          key={decision}
                          variant={decision === "approve" ? "filled" : "default"}
                          name={`${t(`approvals.${decision}`)}: ${subjectOf(approval)}`}
                          onClick={() => decide.mutate({ id: approval.id, decision })}
                        >
                          {t(`approvals.${decision}`)}
                        </RowButton>
                      ))}
                      {approval.isOwn ? (
                        <Text size="xs" c="dimmed">
                          {t("approvals.own")}
                        </Text>
                      ) : null}
                    </Group>
                  ) : null}
                </Table.Td>
              </Table.Tr>
              <Effect approval={approval} />
            </Fragment>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {dialog}
    </>
  );
}

/** Beside a price that waits for a signature, what it would change. */
function Effect({ approval }: { readonly approval: ApprovalReply }) {
  if (approval.kind !== "catalogue.price" || approval.state !== "pending") return null;
  const price = requestPriceSchema.safeParse(approval.payload).data;
  if (price === undefined) return null;
  return (
    <Table.Tr>
      <Table.Td colSpan={5}>
        <PricePreview price={price} />
      </Table.Td>
    </Table.Tr>
  );
}
