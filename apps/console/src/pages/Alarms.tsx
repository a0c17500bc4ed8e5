import type { alarmsReplySchema } from "@casaforte/contract/backup";
import { useFormat } from "@casaforte/ui-kit";
import { Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { z } from "zod";
import { useMayWork } from "../may-work.ts";
import { alarmsQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** Apart: dialogs are not fetched with the first page. */
const SettleAlarm = lazy(async () => ({ default: (await import("./SettleAlarm.tsx")).SettleAlarm }));

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
  const mayWork = useMayWork("content");
  const [asking, setAsking] = useState(false);
  // Once asked for it stays, so that closing gives the focus back.
  const [wasAsked, setWasAsked] = useState(false);
  const ask = (): void => {
    setWasAsked(true);
    setAsking(true);
  };
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
        <Button variant="default" size="xs" onClick={ask}>
          {t("alarms.settle")}
        </Button>
      ) : null}
      {wasAsked ? (
        <Suspense>
          <SettleAlarm id={alarm.id} opened={asking} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </Group>
  );
}
