import type { Policy } from "@casaforte/contract/policies";
import { ConfirmName, callApi, EmptyState, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMayWork } from "../may-work.ts";
import { choiceOf } from "../policies/draft.ts";
import { allDevicesQuery, policiesQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** What devices back up, when, and how long it is kept. */
export function Policies() {
  const t = useT();
  const policies = useQuery(policiesQuery);
  const mayWork = useMayWork("content");
  const add = mayWork ? (
    <Button renderRoot={(props) => <Link {...props} to="/policies/$id" params={{ id: "new" }} />}>
      {t("policies.new")}
    </Button>
  ) : null;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("policies.title")}
        </Title>
        {policies.data && policies.data.policies.length > 0 ? add : null}
      </Group>
      {mayWork ? null : <Text c="dimmed">{t("policies.readOnly")}</Text>}
      <Loaded query={policies}>
        {(data) =>
          data.policies.length === 0 ? (
            <EmptyState title={t("policies.none")} text={t("policies.noneHint")} action={add} />
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              {data.policies.map((policy) => (
                <PolicyCard key={policy.id} policy={policy} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Stack>
  );
}

function PolicyCard({ policy }: { readonly policy: Policy }) {
  const t = useT();
  const client = useQueryClient();
  const [deleting, remove] = useDisclosure(false);
  const mayWork = useMayWork("content");
  const { settings } = policy;
  const rules = (["points", "days", "weeks", "months", "years"] as const)
    .filter((rule) => settings.retention[rule] > 0)
    .map((rule) => t(`policies.kept.${rule}`, { count: settings.retention[rule] }));
  return (
    <Card withBorder padding="lg" component="article" aria-label={policy.name}>
      <Stack gap="xs">
        <Title order={2} size="h4">
          {policy.name}
        </Title>
        <Text size="sm">{settings.sources.map((source) => source.name).join(" · ")}</Text>
        <Text size="sm">
          <ScheduleWords policy={policy} />
        </Text>
        <Text size="sm" c="dimmed">
          {rules.length === 0 ? t("policies.keptEver") : t("policies.keptWords", { rules: rules.join("; ") })}
        </Text>
        <Followers policy={policy} />
        <Group>
          <Button
            variant="default"
            size="xs"
            renderRoot={(props) => <Link {...props} to="/policies/$id" params={{ id: policy.id }} />}
          >
            {t(mayWork ? "policies.edit" : "policies.look")}
          </Button>
          {mayWork ? (
            <Button variant="subtle" color="red" size="xs" c="var(--mantine-color-error)" onClick={remove.open}>
              {t("kit.delete")}
            </Button>
          ) : null}
        </Group>
      </Stack>
      <ConfirmName
        opened={deleting}
        onClose={remove.close}
        title={t("policies.deleteTitle", { name: policy.name })}
        action={t("policies.delete")}
        name={policy.name}
        onConfirm={async () => {
          await callApi(`/api/policies/${policy.id}`, { method: "DELETE" });
          await client.invalidateQueries({ queryKey: policiesQuery.queryKey });
        }}
      >
        {t("policies.deleteHint")}
      </ConfirmName>
    </Card>
  );
}

/** The schedule as one would say it; a cron line that is no choice of ours is shown as it is. */
function ScheduleWords({ policy }: { readonly policy: Policy }) {
  const t = useT();
  const { schedule } = policy.settings;
  const choice = choiceOf(schedule);
  const zone = schedule.kind === "cron" ? ` (${schedule.timeZone})` : "";
  switch (choice.form) {
    case "manual":
      return t("policies.says.manual");
    case "hours":
      return t("policies.says.hours", { count: choice.hours });
    case "custom":
      return `${choice.expression}${zone}`;
    case "monthly":
      return t("policies.says.monthly", { day: choice.dayOfMonth, time: choice.time }) + zone;
    case "weekly":
      return t("policies.says.weekly", { day: t(`policies.day.${choice.day as 1}`), time: choice.time }) + zone;
    default:
      return t(`policies.says.${choice.form}`, { time: choice.time }) + zone;
  }
}

function Followers({ policy }: { readonly policy: Policy }) {
  const t = useT();
  const format = useFormat();
  const devices = useQuery(allDevicesQuery);
  if (policy.devices.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t("policies.noDevices")}
      </Text>
    );
  return (
    <Stack gap={4}>
      {policy.devices.map((follower) => {
        const name = devices.data?.devices.find((device) => device.id === follower.deviceId)?.name ?? "…";
        const isCurrent = follower.state === "following" && follower.version === policy.version;
        const next = follower.nextRunAt ? format.relative(Date.parse(follower.nextRunAt)) : null;
        return (
          <Group key={follower.deviceId} gap="xs">
            <Text size="sm" fw={500}>
              {name}
            </Text>
            <Tag color={follower.state === "refused" ? "red" : isCurrent ? "green" : "orange"}>
              {t(
                follower.state === "refused"
                  ? "policies.refused"
                  : isCurrent
                    ? "policies.following"
                    : "policies.notYet",
              )}
            </Tag>
            {next !== null && follower.state !== "refused" ? (
              <Text size="sm" c="dimmed">
                {t("policies.nextRun", { when: next })}
              </Text>
            ) : null}
          </Group>
        );
      })}
    </Stack>
  );
}
