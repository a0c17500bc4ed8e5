import { type HealthCheck, type HealthReply, healthReplySchema } from "@casaforte/contract/health";
import { useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Alert, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { boardQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { Morning } from "./Morning.tsx";

/** Apart, as all tables are: they bring what scrolls and places, which the first page does without. */
const Listeners = lazy(async () => ({ default: (await import("./Listeners.tsx")).Listeners }));

const refreshMs = 10_000;

/** What is wrong first; good news is stated, with its age (ux.md O1). */
export function Health() {
  const t = useT();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => callChecked("/api/health", { reply: healthReplySchema, signal }),
    refetchInterval: refreshMs,
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("health.title")}
      </Title>
      <Morning />
      <Loaded query={health}>{(data) => <Board health={data} />}</Loaded>
    </Stack>
  );
}

const rank = { failed: 0, warning: 1, ok: 2 } as const;

/** One line over everything on this page: it is green only when the morning's board is empty too, and has been read. */
function Verdict({ health }: { readonly health: HealthReply }) {
  const t = useT();
  const format = useFormat();
  const { data: board } = useQuery(boardQuery);
  const bad = health.checks.filter((check) => check.state !== "ok").length;
  const late = board?.late ?? [];
  const full = board?.fullSoon ?? [];
  const devices = late.reduce((sum, cause) => sum + cause.devices, 0);
  const due = (board?.authorities.soon ?? 0) + (board?.authorities.late ?? 0);
  const names = board?.certificates.length ?? 0;
  const listed = board?.ownAddresses.listed.length ?? 0;
  const copies = board?.escrow.length ?? 0;
  const count = bad + late.length + full.length + names + listed + due + copies;
  const good = board === undefined ? t("health.serviceGood") : t("health.allGood");
  return (
    <Alert
      color={count > 0 ? "orange" : board === undefined ? "lake" : "green"}
      variant="light"
      title={count > 0 ? t("health.attention", { count }) : good}
    >
      {devices > 0 ? <div>{t("health.lateDevices", { count: devices })}</div> : null}
      {full.length > 0 ? <div>{t("health.fullSites", { count: full.length })}</div> : null}
      {due > 0 ? <div>{t("health.authorities", { count: due })}</div> : null}
      {names > 0 ? <div>{t("health.certificates", { count: names })}</div> : null}
      {copies > 0 ? <div>{t("health.escrow", { count: copies })}</div> : null}
      {listed > 0 ? <div>{t("health.addressesListed", { count: listed })}</div> : null}
      {bad > 0 ? <div>{t("health.serviceBad", { count: bad })}</div> : null}
      {count > 0 && bad === 0 ? <div>{t("health.serviceGood")}</div> : null}
      {t("health.checked", { time: format.time(Date.parse(health.checkedAt)) })}
    </Alert>
  );
}

function Board({ health }: { readonly health: HealthReply }) {
  const t = useT();
  const format = useFormat();
  const checks = [...health.checks].sort((a, b) => rank[a.state] - rank[b.state]);
  return (
    <>
      <Verdict health={health} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {checks.map((check) => (
          <CheckCard key={`${check.name}/${check.subject}`} check={check} />
        ))}
      </SimpleGrid>
      <Title order={2} size="h4">
        {t("health.listeners")}
      </Title>
      <Suspense>
        <Listeners listeners={health.listeners} />
      </Suspense>
      <Text size="sm" c="dimmed">
        {t("health.version", { version: health.version, when: format.relative(Date.parse(health.startedAt)) })}
      </Text>
    </>
  );
}

const colors = { ok: "green", warning: "orange", failed: "red" } as const;

function CheckCard({ check }: { readonly check: HealthCheck }) {
  const t = useT();
  const format = useFormat();
  const sentences: Record<string, () => string> = {
    "health.database_answers": () => t("health.database_answers", check.figures),
    "health.database_away": () => t("health.database_away"),
    "health.jobs_age": () => t("health.jobs_age", check.figures),
    "health.jobs_failed": () => t("health.jobs_failed", check.figures),
    "health.copies_wait": () =>
      check.figures["waiting"]
        ? t("health.copies_wait", {
            size: format.bytes(check.figures["waitingBytes"] ?? 0),
            when: format.relative(Date.now() - (check.figures["oldestSeconds"] ?? 0) * 1000),
          })
        : t("health.copies_none"),
    "health.disk_free": () =>
      t("health.disk_free", {
        free: format.bytes(check.figures["freeBytes"] ?? 0),
        total: format.bytes(check.figures["totalBytes"] ?? 0),
      }),
  };
  return (
    <Card withBorder component="section" aria-label={t(`health.${check.name}`, { subject: check.subject })}>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600}>{t(`health.${check.name}`, { subject: check.subject })}</Text>
        <Tag color={colors[check.state]}>{t(`health.state.${check.state}`)}</Tag>
      </Group>
      <Text size="sm" c="dimmed">
        {(sentences[check.code] ?? (() => t("health.unreadable")))()}
      </Text>
    </Card>
  );
}
