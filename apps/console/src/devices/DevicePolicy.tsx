import type { Device } from "@casaforte/contract/devices";
import { callApi, Dialog, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Radio, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMayWork } from "../may-work.ts";
import { policiesQuery } from "../queries.ts";
import { DeviceTexts, useDeviceText } from "./device-text.tsx";
import { type Following, followingOf } from "./following.ts";

interface DeviceProps {
  readonly device: Device;
}

/** What a device follows and when it runs next; another policy, a pause and its end (C6). */
export const DevicePolicy = (props: DeviceProps) => (
  <DeviceTexts>
    <Loaded query={useQuery(policiesQuery)}>
      {({ policies }) => (
        <Shown {...props} following={followingOf(policies, Date.now()).get(props.device.id) ?? null} />
      )}
    </Loaded>
  </DeviceTexts>
);

function Shown({ device, following }: DeviceProps & { readonly following: Following | null }) {
  const t = useDeviceText();
  const mayWork = useMayWork("content");
  const [opened, setOpened] = useState<"policy" | "pause" | null>(null);
  const close = () => setOpened(null);
  const resume = useDeviceAct(device.id, close);
  return (
    <Card withBorder component="section" aria-labelledby="device-policy">
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h5" id="device-policy">
            {t("follow.title")}
          </Title>
          <Said following={following} />
        </div>
        {mayWork && device.state === "active" ? (
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={() => setOpened("policy")}>
              {t("follow.change")}
            </Button>
            {following === null ? null : following.pausedUntil === null ? (
              <Button variant="default" size="xs" onClick={() => setOpened("pause")}>
                {t("follow.pause")}
              </Button>
            ) : (
              <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate({ pause: null })}>
                {t("follow.resume")}
              </Button>
            )}
          </Group>
        ) : null}
      </Group>
      <ProblemAlert error={resume.error} />
      <Dialog opened={opened === "policy"} onClose={close} title={t("follow.changeTitle", { name: device.name })}>
        <ChoosePolicy device={device} following={following} onDone={close} />
      </Dialog>
      <Dialog opened={opened === "pause"} onClose={close} title={t("follow.pauseTitle", { name: device.name })}>
        <PauseForm device={device} onDone={close} />
      </Dialog>
    </Card>
  );
}

function Said({ following }: { readonly following: Following | null }) {
  const t = useDeviceText();
  const format = useFormat();
  if (following === null) return <Text c="dimmed">{t("follow.none")}</Text>;
  const { policyId, name, nextRunAt, pausedUntil, isRefused, isManual } = following;
  return (
    <>
      <Group gap="xs">
        <Anchor renderRoot={(props) => <Link {...props} to="/policies/$id" params={{ id: policyId }} />}>{name}</Anchor>
        {pausedUntil === null ? null : <Tag color="orange">{t("follow.paused")}</Tag>}
        {isRefused ? <Tag color="red">{t("follow.refused")}</Tag> : null}
      </Group>
      <Text size="sm" c="dimmed">
        {pausedUntil !== null
          ? t("follow.pausedUntil", { when: format.dateTime(Date.parse(pausedUntil)) })
          : nextRunAt !== null
            ? t("follow.next", { when: format.dateTime(Date.parse(nextRunAt)) })
            : isManual
              ? t("follow.manual")
              : isRefused
                ? t("follow.noneStarts")
                : t("follow.noNext")}
      </Text>
    </>
  );
}

type Act = { readonly policy: string | null } | { readonly pause: string | null };

function useDeviceAct(id: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (act: Act) =>
      "policy" in act
        ? callApi(`/api/devices/${id}/policy`, { method: "PUT", body: { policyId: act.policy } })
        : callApi(`/api/devices/${id}/pause`, { method: "PUT", body: { until: act.pause } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: policiesQuery.queryKey });
      onDone();
    },
  });
}

interface FormProps extends DeviceProps {
  readonly onDone: () => void;
}

function ChoosePolicy({ device, following, onDone }: FormProps & { readonly following: Following | null }) {
  const t = useDeviceText();
  const policies = useQuery(policiesQuery);
  const [chosen, setChosen] = useState<string>(following?.policyId ?? "");
  const choose = useDeviceAct(device.id, onDone);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        choose.mutate({ policy: chosen === "" ? null : chosen });
      }}
    >
      <Stack>
        <Select
          label={t("follow.title")}
          description={t("follow.changeHint")}
          data={[
            { value: "", label: t("follow.nonePick") },
            ...(policies.data?.policies ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={chosen}
          onChange={(next) => setChosen(next ?? "")}
          allowDeselect={false}
        />
        <ProblemAlert error={choose.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={choose.isPending} disabled={chosen === (following?.policyId ?? "")}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const dayMs = 86_400_000;
const pauses = ["1", "7", "30"] as const;

function PauseForm({ device, onDone }: FormProps) {
  const t = useDeviceText();
  const [days, setDays] = useState<string>("7");
  const pause = useDeviceAct(device.id, onDone);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        pause.mutate({ pause: new Date(Date.now() + Number(days) * dayMs).toISOString() });
      }}
    >
      <Stack>
        <Text size="sm">{t("follow.pauseHint")}</Text>
        <Radio.Group label={t("follow.pauseFor")} value={days} onChange={setDays}>
          <Stack gap="xs" mt="xs">
            {pauses.map((value) => (
              <Radio key={value} value={value} label={t("follow.days", { count: Number(value) })} />
            ))}
          </Stack>
        </Radio.Group>
        <ProblemAlert error={pause.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={pause.isPending}>
            {t("follow.pauseDo")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
