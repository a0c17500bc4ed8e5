import type { alarmsReplySchema } from "@casaforte/contract/backup";
import { callApi, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import { useMayWork } from "../may-work.ts";
import { alarmsQuery } from "../queries.ts";
import { useT } from "../translate.ts";

type Alarm = z.infer<typeof alarmsReplySchema>["alarms"][number];

/** What looked like an attack or a mistake, of all devices or one, each to be looked at and acknowledged. */
export function Alarms({ deviceId }: { readonly deviceId?: string }) {
  const t = useT();
  const alarms = useQuery(alarmsQuery);
  const shown = (alarms.data?.alarms ?? []).filter((alarm) => deviceId === undefined || alarm.deviceId === deviceId);
  if (shown.length === 0) return null;
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="alarms">
      <Title order={2} size="h4" id="alarms">
        {t("alarms.title")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm" maw="46rem">
        {t("alarms.hint")}
      </Text>
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {shown.map((alarm) => (
          <AlarmRow key={alarm.id} alarm={alarm} isAlone={deviceId !== undefined} />
        ))}
      </Stack>
    </Card>
  );
}

function AlarmRow({ alarm, isAlone }: { readonly alarm: Alarm; readonly isAlone: boolean }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const mayWork = useMayWork("content");
  const [asking, ask] = useDisclosure(false);
  const figure = (value: number) => (alarm.kind === "upheaval" ? format.bytes(value) : format.number(value));
  return (
    <Group component="li" justify="space-between" gap="sm">
      <div>
        <Group gap="sm">
          <Tag color="red">{t(`alarms.kind.${alarm.kind}`)}</Tag>
          {isAlone ? null : (
            <Anchor renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: alarm.deviceId }} />}>
              {t("alarms.device")}
            </Anchor>
          )}
          <Text size="sm" c="dimmed">
            {format.dateTime(Date.parse(alarm.raisedAt))}
          </Text>
        </Group>
        <Text size="sm">
          {t(`alarms.figures.${alarm.kind}`, { found: figure(alarm.found), usual: figure(alarm.usual) })}
        </Text>
      </div>
      {mayWork ? (
        <Button variant="default" size="xs" onClick={ask.open}>
          {t("alarms.settle")}
        </Button>
      ) : null}
      <ConfirmAction
        opened={asking}
        onClose={ask.close}
        title={t("alarms.settleTitle")}
        action={t("alarms.settle")}
        onConfirm={async () => {
          await callApi(`/api/alarms/${alarm.id}/settle`, { method: "POST", body: {} });
          await client.invalidateQueries({ queryKey: alarmsQuery.queryKey });
        }}
      >
        {t("alarms.settleHint")}
      </ConfirmAction>
    </Group>
  );
}
