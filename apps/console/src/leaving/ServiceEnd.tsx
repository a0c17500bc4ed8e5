import { exportRequestedSchema, type ServiceDeparturesReply } from "@casaforte/contract/departure";
import { ConfirmName, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { Certificate, ConfirmAction, callChecked, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Card, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { exportsQuery, serviceEndsQuery, useLeavingText } from "./leaving-text.tsx";

/** One service whose end was asked for: its window, and afterwards its certificate. */
export function ServiceEnd({ end }: { readonly end: ServiceDeparturesReply["departures"][number] }) {
  const t = useLeavingText();
  const format = useFormat();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [asking, setAsking] = useState<"cancel" | "now" | null>(null);
  const send = async (path: string, options: { method?: "DELETE"; body?: object }) => {
    await run(() => callChecked(path, { ...options, reply: z.undefined() }));
    await client.invalidateQueries({ queryKey: serviceEndsQuery.queryKey });
  };
  const date = (at: string) => format.dateTime(Date.parse(at));
  if (end.state === "erased")
    return (
      <Card withBorder padding="md" maw={720}>
        <Group justify="space-between">
          <div>
            <Text fw={600}>{end.name}</Text>
            <Text size="sm" c="dimmed">
              {t(`leaving.kind.${end.kind}`)}
            </Text>
            <Tag color="gray">{t("leaving.oneErased", { date: date(end.erasedAt ?? end.requestedAt) })}</Tag>
          </div>
          <Certificate
            certificate={end.certificate}
            signature={end.signature}
            of={end.name}
            fileName={`certificate-${end.id}`}
            labels={{ certificate: t("leaving.oneCertificate"), signature: t("leaving.oneSignature") }}
          />
        </Group>
      </Card>
    );
  return (
    <Alert color="orange" title={t(`leaving.oneWindow.${end.kind}`, { name: end.name })} maw={720}>
      <Stack gap="xs">
        <Text size="sm">{t(`leaving.oneWindowText.${end.kind}`, { until: date(end.retrievalUntil) })}</Text>
        {end.state === "erasing" ? <Text size="sm">{t("leaving.erasing")}</Text> : null}
        {end.state === "retrieval" && end.erasesAt ? (
          <Text size="sm">{t("leaving.soon", { from: date(end.erasesAt) })}</Text>
        ) : null}
        {end.state === "retrieval" ? (
          <Group gap="xs">
            {end.kind === "mail_domain" ? <PrepareMail domainId={end.subjectId} /> : null}
            <Button size="xs" variant="default" onClick={() => setAsking("cancel")}>
              {t(`leaving.oneKeep.${end.kind}`)}
            </Button>
            {end.erasesAt === null ? (
              <Button size="xs" color="red.9" onClick={() => setAsking("now")}>
                {t("leaving.now")}
              </Button>
            ) : null}
          </Group>
        ) : null}
      </Stack>
      <ConfirmAction
        opened={asking === "cancel"}
        onClose={() => setAsking(null)}
        title={t(`leaving.oneKeep.${end.kind}`)}
        action={t(`leaving.oneKeep.${end.kind}`)}
        onConfirm={() => send(`/api/departure/services/${end.id}`, { method: "DELETE" })}
      >
        <Text>{t(`leaving.oneKeepHint.${end.kind}`, { name: end.name })}</Text>
      </ConfirmAction>
      <ConfirmName
        isFinal={false}
        opened={asking === "now"}
        onClose={() => setAsking(null)}
        title={t("leaving.now")}
        name={end.name}
        action={t("leaving.now")}
        onConfirm={() => send(`/api/departure/services/${end.id}/erasure`, { body: { confirmation: end.name } })}
      >
        <Text>{t(`leaving.oneNowConfirm.${end.kind}`)}</Text>
      </ConfirmName>
      {dialog}
    </Alert>
  );
}

/** Asks for the archive of one domain's mail. */
function PrepareMail({ domainId }: { readonly domainId: string }) {
  const t = useLeavingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const prepare = useMutation({
    mutationFn: () =>
      run(() =>
        callChecked("/api/exports", { body: { part: "mail", mailDomainId: domainId }, reply: exportRequestedSchema }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: exportsQuery.queryKey }),
  });
  return (
    <>
      <Button size="xs" variant="default" loading={prepare.isPending} onClick={() => prepare.mutate()}>
        {t("leaving.onePrepare")}
      </Button>
      <Text size="sm" role="status">
        {prepare.isSuccess ? t("leaving.onePreparing") : ""}
      </Text>
      <ProblemAlert error={prepare.error} />
      {dialog}
    </>
  );
}
