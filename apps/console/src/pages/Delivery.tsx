import { stoppedSenderListSchema } from "@casaforte/contract/mailflow";
import { callApi, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";
import { MailFilters } from "./MailFilters.tsx";
import { MailTrace } from "./MailTrace.tsx";
import { Quarantine } from "./Quarantine.tsx";

/** What happens to mail: where it is, what is held back, how it is filtered, who may not send. */
export function Delivery() {
  const t = useT();
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("delivery.title")}
      </Title>
      <StoppedSenders />
      <Tabs defaultValue="trace" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="trace">{t("delivery.trace")}</Tabs.Tab>
          <Tabs.Tab value="quarantine">{t("delivery.quarantine")}</Tabs.Tab>
          <Tabs.Tab value="filters">{t("delivery.filters")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="trace">
          <MailTrace />
        </Tabs.Panel>
        <Tabs.Panel value="quarantine">
          <Quarantine />
        </Tabs.Panel>
        <Tabs.Panel value="filters">
          <MailFilters />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** Nothing while everybody may send: this is an alarm, not a list to look at. */
function StoppedSenders() {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const stops = useQuery({
    queryKey: ["mail-stops"],
    queryFn: ({ signal }) => callChecked("/api/mail-stops", { reply: stoppedSenderListSchema, signal }),
  });
  const lift = async (id: string): Promise<void> => {
    setError(null);
    try {
      await callApi(`/api/mail-stops/${id}/lift`, { method: "POST" });
      await client.invalidateQueries({ queryKey: ["mail-stops"] });
    } catch (trouble) {
      setError(trouble);
    }
  };
  return (
    <>
      <ProblemAlert error={error} />
      {stops.data?.stops.map((stop) => (
        <Alert key={stop.mailAccountId} color="red" title={t("delivery.stopped", { address: stop.address })}>
          <Group justify="space-between" align="end">
            <Text size="sm" maw={640}>
              {t(`delivery.stopped.${stop.reason}`, { when: format.relative(Date.parse(stop.stoppedAt)) })}{" "}
              {t("delivery.stoppedHint")} {stop.held > 0 ? t("delivery.held", { count: stop.held }) : null}
            </Text>
            <Button size="xs" variant="default" onClick={() => void lift(stop.mailAccountId)}>
              {t("delivery.lift")}
            </Button>
          </Group>
        </Alert>
      ))}
    </>
  );
}
