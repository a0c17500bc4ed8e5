import { type ServiceDeparturesReply, serviceDepartureRequestedSchema } from "@casaforte/contract/departure";
import { ConfirmName, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { downloadText } from "../billing/download-text.ts";
import { spacesQuery } from "../queries.ts";
import { serviceEndsQuery, useLeavingText } from "./leaving-text.tsx";

type ServiceEnd = ServiceDeparturesReply["departures"][number];

/** Ending one space for good while everything else goes on (R61–R63). */
export function ServiceEnds() {
  const t = useLeavingText();
  const ends = useQuery(serviceEndsQuery);
  return (
    <Stack>
      <Title order={2} size="h3">
        {t("leaving.oneTitle")}
      </Title>
      <Text maw={720}>{t("leaving.oneHint")}</Text>
      <Loaded query={ends}>
        {({ departures }) => (
          <>
            {departures.map((each) => (
              <End key={each.id} end={each} />
            ))}
            <Open standing={departures.filter(({ state }) => state !== "erased").map(({ subjectId }) => subjectId)} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

/** Spaces whose end nobody asked for. */
function Open({ standing }: { readonly standing: readonly string[] }) {
  const t = useLeavingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const spaces = useQuery(spacesQuery);
  const [asking, setAsking] = useState<{ readonly id: string; readonly name: string } | null>(null);
  const open = (spaces.data?.spaces ?? []).filter(({ id }) => !standing.includes(id));
  return (
    <>
      {spaces.data && open.length === 0 && standing.length === 0 ? <Text>{t("leaving.oneNone")}</Text> : null}
      {open.map((space) => (
        <Group key={space.id} justify="space-between" maw={720}>
          <Text>{space.name}</Text>
          <Button
            size="xs"
            variant="default"
            aria-label={`${t("leaving.oneEnd")}: ${space.name}`}
            onClick={() => setAsking(space)}
          >
            {t("leaving.oneEnd")}
          </Button>
        </Group>
      ))}
      <ConfirmName
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={t("leaving.oneEnd")}
        name={asking?.name ?? ""}
        action={t("leaving.oneEnd")}
        onConfirm={async () => {
          const body = { subjectId: asking?.id, confirmation: asking?.name };
          await run(() => callChecked("/api/departure/services", { body, reply: serviceDepartureRequestedSchema }));
          await client.invalidateQueries({ queryKey: serviceEndsQuery.queryKey });
        }}
      >
        <Text>{t("leaving.oneConfirm")}</Text>
      </ConfirmName>
      {dialog}
    </>
  );
}

function End({ end }: { readonly end: ServiceEnd }) {
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
            <Tag color="gray">{t("leaving.oneErased", { date: date(end.erasedAt ?? end.requestedAt) })}</Tag>
          </div>
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              onClick={() => downloadText(`certificate-${end.id}.json`, "application/json", end.certificate ?? "")}
              aria-label={`${t("leaving.oneCertificate")}: ${end.name}`}
            >
              {t("leaving.oneCertificate")}
            </Button>
            <Button
              size="xs"
              variant="subtle"
              onClick={() => downloadText(`certificate-${end.id}.json.sig`, "text/plain", end.signature ?? "")}
              aria-label={`${t("leaving.oneSignature")}: ${end.name}`}
            >
              {t("leaving.oneSignature")}
            </Button>
          </Group>
        </Group>
      </Card>
    );
  return (
    <Alert color="orange" title={t("leaving.oneWindow", { name: end.name })} maw={720}>
      <Stack gap="xs">
        <Text size="sm">{t("leaving.oneWindowText", { until: date(end.retrievalUntil) })}</Text>
        {end.state === "erasing" ? <Text size="sm">{t("leaving.erasing")}</Text> : null}
        {end.state === "retrieval" && end.erasesAt ? (
          <Text size="sm">{t("leaving.soon", { from: date(end.erasesAt) })}</Text>
        ) : null}
        {end.state === "retrieval" ? (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setAsking("cancel")}>
              {t("leaving.oneKeep")}
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
        title={t("leaving.oneKeep")}
        action={t("leaving.oneKeep")}
        onConfirm={() => send(`/api/departure/services/${end.id}`, { method: "DELETE" })}
      >
        <Text>{t("leaving.oneKeepHint", { name: end.name })}</Text>
      </ConfirmAction>
      <ConfirmName
        opened={asking === "now"}
        onClose={() => setAsking(null)}
        title={t("leaving.now")}
        name={end.name}
        action={t("leaving.now")}
        onConfirm={() => send(`/api/departure/services/${end.id}/erasure`, { body: { confirmation: end.name } })}
      >
        <Text>{t("leaving.oneNowConfirm")}</Text>
      </ConfirmName>
      {dialog}
    </Alert>
  );
}
