import type { DocumentReply } from "@casaforte/contract/catalogue";
import { Dialog, EmptyState, ProblemAlert, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { documentsQuery } from "../billing/billing-queries.ts";
import { BillingTexts, useBillingText } from "../billing/billing-text.tsx";

/** Charters, terms and laws of sites: what is in force, who accepted what, what waits (R6, R34, R72). */
export function Documents() {
  return (
    <BillingTexts>
      <DocumentsPage />
    </BillingTexts>
  );
}

function DocumentsPage() {
  const t = useBillingText();
  const format = useFormat();
  const language = useLanguage();
  const client = useQueryClient();
  const [reading, setReading] = useState<DocumentReply | null>(null);
  const accept = useMutation({
    mutationFn: ({ id, version, sha256 }: DocumentReply) =>
      callChecked("/api/acceptances", {
        body: { accepted: [{ documentId: id, version, sha256 }] },
        reply: z.undefined(),
      }),
    onSettled: () => client.invalidateQueries({ queryKey: documentsQuery.queryKey }),
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("documents.title")}
      </Title>
      <Loaded query={useQuery(documentsQuery)}>
        {({ documents, acceptances, pending }) => {
          const own = documents.filter((document) => document.language === language);
          const acceptedOf = (document: DocumentReply) =>
            acceptances.find((each) => each.documentId === document.id && each.version === document.version);
          if (own.length === 0) return <EmptyState title={t("documents.none")} />;
          return (
            <>
              {pending.length > 0 ? (
                <Alert color="orange" title={t("documents.pending", { count: pending.length })}>
                  {t("documents.pendingHint")}
                </Alert>
              ) : null}
              <ProblemAlert error={accept.error} />
              <ScrollTable label={t("documents.title")} minWidth={560} verticalSpacing="sm">
                <Table.Tbody>
                  {own.map((document) => {
                    const accepted = acceptedOf(document);
                    const isPending = pending.includes(document.id);
                    return (
                      <Table.Tr key={document.id}>
                        <Table.Th scope="row">
                          <Anchor component="button" onClick={() => setReading(document)} ta="left">
                            {document.title}
                          </Anchor>
                          <Text size="xs" c="dimmed">
                            {t("order.version", { version: document.version })} ·{" "}
                            {format.date(Date.parse(document.validFrom))}
                          </Text>
                        </Table.Th>
                        <Table.Td>
                          {accepted ? (
                            <Tag color="green">
                              {t("documents.accepted", {
                                date: format.date(Date.parse(accepted.at)),
                                ip: accepted.ip || "–",
                              })}
                            </Tag>
                          ) : (
                            <Tag color={isPending ? "orange" : "gray"}>
                              {t(isPending ? "documents.notAccepted" : "documents.notNeeded")}
                            </Tag>
                          )}
                        </Table.Td>
                        <Table.Td ta="right">
                          {isPending && !accepted ? (
                            <RowButton
                              loading={accept.isPending && accept.variables.id === document.id}
                              onClick={() => accept.mutate(document)}
                              name={`${t("documents.accept")}: ${document.title}`}
                              variant="filled"
                            >
                              {t("documents.accept")}
                            </RowButton>
                          ) : null}
                        </Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </ScrollTable>
            </>
          );
        }}
      </Loaded>
      <Dialog opened={reading !== null} onClose={() => setReading(null)} title={reading?.title ?? ""} size="lg">
        <Group>
          <Text className="cf-document">{reading?.body}</Text>
        </Group>
        <Text size="xs" c="dimmed" mt="md" className="cf-hash">
          {t("documents.hash", { hash: reading?.sha256 ?? "" })}
        </Text>
      </Dialog>
    </Stack>
  );
}
