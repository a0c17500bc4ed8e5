import type { Device } from "@casaforte/contract/devices";
import { ConfirmName, callApi, Dialog, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, Loaded } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { AskSupport } from "../AskSupport.tsx";
import { DevicePolicy } from "../devices/DevicePolicy.tsx";
import { RunList } from "../devices/RunList.tsx";
import { useMayWork } from "../may-work.ts";
import { deviceQuery, spacesQuery, usageOfDaysQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { Alarms } from "./Alarms.tsx";
import { Presence } from "./Devices.tsx";
import { Points } from "./Points.tsx";
import { RunNow } from "./RunNow.tsx";
import { Strip } from "./Strip.tsx";

export function DeviceDetail() {
  const t = useT();
  const { id } = useParams({ from: "/devices/$id" });
  const device = useQuery(deviceQuery(id));
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/devices" />}>← {t("devices.title")}</Anchor>
      <Loaded query={device}>
        {(data) => (
          <>
            <Head device={data.device} />
            <DevicePolicy device={data.device} />
            <Alarms deviceId={data.device.id} />
            <div>
              <Text size="sm" c="dimmed" mb={4}>
                {t("devices.days")}
              </Text>
              <Strip days={data.days} enrolledAt={data.device.enrolledAt} label={data.device.name} />
            </div>
            <Points device={data.device} />
            <RunList runs={data.runs} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

/** As their makers write them. */
const systems = { linux: "Linux", windows: "Windows", darwin: "macOS", freebsd: "FreeBSD", other: "–" } as const;

function Head({ device }: { readonly device: Device }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const [renaming, rename] = useDisclosure(false);
  const [revoking, revoke] = useDisclosure(false);
  const [removing, remove] = useDisclosure(false);
  const mayWork = useMayWork();
  const navigate = useNavigate();
  const spaces = useQuery(spacesQuery);
  const usage = useQuery(usageOfDaysQuery(1));
  const stored = usage.data?.days.reduce((sum, row) => sum + (row.deviceId === device.id ? row.storedBytes : 0), 0);
  const facts: readonly (readonly [string, string])[] = [
    [t("devices.space"), spaces.data?.spaces.find((space) => space.id === device.spaceId)?.name ?? "…"],
    [t("devices.size"), stored === undefined ? "…" : format.bytes(stored)],
    [t("devices.kind"), t(`devices.kind.${device.kind}`)],
    [t("devices.system"), device.osVersion ?? systems[device.os]],
    [t("devices.host"), device.hostname],
    [t("devices.agent"), device.agentVersion],
    [t("devices.keyProved"), device.keyProvedAt ? format.date(Date.parse(device.keyProvedAt)) : t("list.never")],
    [t("devices.enrolled"), format.date(Date.parse(device.enrolledAt))],
  ];
  return (
    <>
      <Group justify="space-between">
        <Group>
          <Title order={1} size="h2">
            {device.name}
          </Title>
          <Presence device={device} />
          <AskSupport about={`${device.name} (${device.hostname})`} />
        </Group>
        <Group align="flex-start">
          {device.state === "active" ? <RunNow device={device} /> : null}
          <Button variant="default" onClick={rename.open}>
            {t("devices.rename")}
          </Button>
          {device.state === "active" ? (
            <Button color="red" variant="outline" c="var(--mantine-color-error)" onClick={revoke.open}>
              {t("devices.revoke")}
            </Button>
          ) : mayWork ? (
            <Button color="red" variant="outline" c="var(--mantine-color-error)" onClick={remove.open}>
              {t("kit.delete")}
            </Button>
          ) : null}
        </Group>
      </Group>
      <Card withBorder>
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          {facts.map(([label, value]) => (
            <div key={label}>
              <Text size="sm" c="dimmed">
                {label}
              </Text>
              <Text>{value}</Text>
            </div>
          ))}
        </SimpleGrid>
      </Card>
      <Dialog opened={renaming} onClose={rename.close} title={t("devices.rename")}>
        <Rename device={device} onDone={rename.close} />
      </Dialog>
      <ConfirmAction
        opened={revoking}
        onClose={revoke.close}
        title={t("devices.revokeTitle", { name: device.name })}
        action={t("devices.revoke")}
        onConfirm={async () => {
          await callApi(`/api/devices/${device.id}/revoke`, { method: "POST", body: {} });
          await client.invalidateQueries({ queryKey: ["devices"] });
        }}
      >
        {t("devices.revokeHint")}
      </ConfirmAction>
      <ConfirmName
        opened={removing}
        onClose={remove.close}
        title={t("devices.deleteTitle", { name: device.name })}
        action={t("devices.delete")}
        name={device.name}
        onConfirm={async () => {
          await callApi(`/api/devices/${device.id}`, { method: "DELETE", body: { confirmation: device.name } });
          await client.invalidateQueries({ queryKey: ["spaces"] });
          await client.invalidateQueries({ queryKey: ["devices"], refetchType: "none" });
          await navigate({ to: "/devices" });
        }}
      >
        {t("devices.deleteHint")}
      </ConfirmName>
    </>
  );
}

function Rename({ device, onDone }: { readonly device: Device; readonly onDone: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(device.name);
  const change = useMutation({
    mutationFn: () => callApi(`/api/devices/${device.id}`, { method: "PATCH", body: { name: name.trim() } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["devices"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("devices.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          data-autofocus
        />
        {change.isError ? <ProblemAlert error={change.error} /> : null}
        <Button type="submit" loading={change.isPending}>
          {t("kit.save")}
        </Button>
      </Stack>
    </form>
  );
}
