import type { LegalRequestReply } from "@casaforte/contract/compliance";
import { Dialog, EmptyState, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Card, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { Holds } from "../legal/Holds.tsx";
import { holdsQuery, LegalTexts, legalRequestsQuery, useLegalText } from "../legal/legal-text.tsx";
import { RegisterRequest } from "../legal/RegisterRequest.tsx";

/** The register of authorities' requests and legal holds (R58, R88, R92). */
export function Legal() {
  return (
    <LegalTexts>
      <LegalPage />
    </LegalTexts>
  );
}

function LegalPage() {
  const t = useLegalText();
  return (
    <Stack gap="xl">
      <Stack>
        <Group justify="space-between">
          <Title order={1} size="h2">
            {t("legal.title")}
          </Title>
          <RegisterRequest />
        </Group>
        <Text c="dimmed" maw={720}>
          {t("legal.hint")}
        </Text>
        <Title order={2} size="h3">
          {t("legal.requests")}
        </Title>
        <Loaded query={useQuery(legalRequestsQuery)}>
          {({ requests }) =>
            requests.length === 0 ? (
              <EmptyState title={t("legal.noRequests")} text={t("legal.noRequestsHint")} />
            ) : (
              requests.map((request) => <Request key={request.id} request={request} />)
            )
          }
        </Loaded>
      </Stack>
      <Holds />
    </Stack>
  );
}

const colors = {
  registered: "orange",
  approved: "orange",
  refused: "red",
  delivered: "green",
  closed: "gray",
} as const;

function Request({ request }: { readonly request: LegalRequestReply }) {
  const t = useLegalText();
  const format = useFormat();
  const { scope } = request;
  const date = (text: string) => format.dateTime(Date.parse(text));
  return (
    <Card withBorder padding="md" maw={900}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Text fw={600}>
            {t("legal.number", { number: request.number })} · {request.tenantName}
          </Text>
          <Group gap="xs">
            {request.gag && request.toldAt === null ? <Tag color="red">{t("legal.gagged")}</Tag> : null}
            <Tag color={colors[request.state]}>{t(`legal.state.${request.state}`)}</Tag>
          </Group>
        </Group>
        <Text size="sm">
          {t(`legal.kind.${request.kind}`)} · {request.authority} · {request.act} · {request.legalBasis}
        </Text>
        <Text size="sm">
          {t("legal.scope", {
            parts: format.list(scope.parts.map((part) => t(`legal.parts.${part}`))),
            accounts: scope.mailAccounts?.length ?? 0,
          })}
        </Text>
        <Text size="sm" c="dimmed">
          {t("legal.deadline", { date: date(request.deadlineAt) })}
          {request.toldAt ? ` · ${t("legal.told", { date: date(request.toldAt) })}` : ""}
        </Text>
        {request.deliveredSha256 ? (
          <Text size="xs" ff="monospace" style={{ overflowWrap: "anywhere" }}>
            {t("legal.delivered", {
              bytes: format.bytes(request.deliveredBytes ?? 0),
              hash: request.deliveredSha256,
            })}
          </Text>
        ) : null}
        <Actions request={request} />
      </Stack>
    </Card>
  );
}

function Actions({ request }: { readonly request: LegalRequestReply }) {
  const t = useLegalText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [asking, setAsking] = useState<"refuse" | "gag" | null>(null);
  const [reason, setReason] = useState("");
  const send = async (path: string, body?: object) => {
    await run(() =>
      callChecked(`/api/legal-requests/${request.id}/${path}`, {
        method: "POST",
        ...(body ? { body } : {}),
        reply: z.undefined(),
      }),
    );
    await client.invalidateQueries({ queryKey: legalRequestsQuery.queryKey });
    await client.invalidateQueries({ queryKey: holdsQuery.queryKey });
  };
  const act = useMutation({ mutationFn: ({ path, body }: { path: string; body?: object }) => send(path, body) });
  const of = t("legal.number", { number: request.number });
  const isDeliverable = request.kind !== "preservation" && ["approved", "delivered"].includes(request.state);
  const isClosable = request.state === "delivered" || (request.state === "approved" && !isDeliverable);
  return (
    <>
      <Group gap="xs">
        {request.state === "registered" && !request.isOwn ? (
          <>
            <RowButton
              name={`${t("legal.approve")}: ${of}`}
              onClick={() => act.mutate({ path: "decision", body: { decision: "approve" } })}
              variant="filled"
            >
              {t("legal.approve")}
            </RowButton>
            <RowButton name={`${t("legal.refuse")}: ${of}`} onClick={() => setAsking("refuse")}>
              {t("legal.refuse")}
            </RowButton>
          </>
        ) : null}
        {request.state === "registered" && request.isOwn ? (
          <Text size="xs" c="dimmed">
            {t("legal.own")}
          </Text>
        ) : null}
        {isDeliverable ? (
          <Button
            size="xs"
            aria-label={`${t("legal.deliver")}: ${of}`}
            renderRoot={(props) => <a {...props} href={`/api/legal-requests/${request.id}/delivery`} download />}
          >
            {t("legal.deliver")}
          </Button>
        ) : null}
        {request.gag && request.gagUntil === null ? (
          <RowButton name={`${t("legal.endGag")}: ${of}`} onClick={() => setAsking("gag")}>
            {t("legal.endGag")}
          </RowButton>
        ) : null}
        {isClosable ? (
          <RowButton name={`${t("legal.close")}: ${of}`} onClick={() => act.mutate({ path: "closing" })}>
            {t("legal.close")}
          </RowButton>
        ) : null}
      </Group>
      <ProblemAlert error={act.error} />
      <ConfirmAction
        opened={asking === "gag"}
        onClose={() => setAsking(null)}
        title={t("legal.endGag")}
        action={t("legal.endGag")}
        onConfirm={() => send("gag-end")}
      >
        <Text>{t("legal.endGagHint")}</Text>
      </ConfirmAction>
      <Dialog title={t("legal.refuse")} opened={asking === "refuse"} onClose={() => setAsking(null)}>
        <Stack>
          <Textarea
            label={t("legal.refuseWhy")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={2000}
            required
          />
          <Group justify="flex-end">
            <Button
              disabled={reason.trim() === ""}
              onClick={() => {
                act.mutate({ path: "decision", body: { decision: "refuse", reason } });
                setAsking(null);
              }}
            >
              {t("legal.refuse")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
