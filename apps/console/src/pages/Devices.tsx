import type { Device } from "@casaforte/contract/devices";
import { Dialog, EmptyState, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Group, Stack, Table, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { devicesQuery, spacesQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { AddDevice } from "./AddDevice.tsx";

export function Devices() {
  const t = useT();
  const format = useFormat();
  const devices = useQuery(devicesQuery);
  const spaces = useQuery(spacesQuery);
  const [opened, { open, close }] = useDisclosure(false);
  const spaceName = (id: string) => spaces.data?.spaces.find((space) => space.id === id)?.name ?? "";
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("devices.title")}
        </Title>
        <Button onClick={open}>{t("devices.add")}</Button>
      </Group>
      <Loaded query={devices}>
        {(data) =>
          data.devices.length === 0 ? (
            <EmptyState
              title={t("devices.none")}
              text={t("devices.noneHint")}
              action={<Button onClick={open}>{t("devices.add")}</Button>}
            />
          ) : (
            <Table.ScrollContainer
              minWidth={640}
              scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": t("devices.title"), role: "region" } }}
            >
              <Table verticalSpacing="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("devices.name")}</Table.Th>
                    <Table.Th>{t("devices.kind")}</Table.Th>
                    <Table.Th>{t("devices.space")}</Table.Th>
                    <Table.Th>{t("devices.lastSeen")}</Table.Th>
                    <Table.Th>{t("devices.lastRun")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.devices.map((device) => (
                    <Table.Tr key={device.id}>
                      <Table.Td>
                        <Anchor
                          renderRoot={(props) => <Link {...props} to="/devices/$id" params={{ id: device.id }} />}
                        >
                          {device.name}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>{t(`devices.kind.${device.kind}`)}</Table.Td>
                      <Table.Td>{spaceName(device.spaceId)}</Table.Td>
                      <Table.Td>
                        <Presence device={device} />
                      </Table.Td>
                      <Table.Td>
                        <Result result={device.lastResult} />{" "}
                        {device.lastResultAt ? format.relative(Date.parse(device.lastResultAt)) : null}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
      <Dialog opened={opened} onClose={close} title={t("devices.add")} size="lg">
        <AddDevice onDone={close} />
      </Dialog>
    </Stack>
  );
}

/** Connected now, or how long ago it was. */
export function Presence({ device }: { readonly device: Device }) {
  const t = useT();
  const format = useFormat();
  if (device.state === "revoked") return <Tag color="red">{t("devices.revoked")}</Tag>;
  if (device.connected) return <Tag color="green">{t("devices.connected")}</Tag>;
  return <span>{device.lastSeenAt ? format.relative(Date.parse(device.lastSeenAt)) : t("list.never")}</span>;
}

const resultColors = { ok: "green", partial: "orange", failed: "red" } as const;

/** The result of a run in words; the colour only helps. */
export function Result({ result }: { readonly result: Device["lastResult"] }) {
  const t = useT();
  return result === null ? (
    <span>{t("devices.result.none")}</span>
  ) : (
    <Tag color={resultColors[result]}>{t(`devices.result.${result}`)}</Tag>
  );
}
