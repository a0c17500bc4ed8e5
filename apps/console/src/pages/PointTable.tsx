import type { RestorePoint } from "@casaforte/contract/backup";
import type { Device } from "@casaforte/contract/devices";
import { ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Tag } from "@casaforte/ui-kit/console";
import { Anchor, Group, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useT } from "../translate.ts";
import { DeletePoint } from "./DeletePoint.tsx";
import { EarlierFiles } from "./EarlierFiles.tsx";
import { Undelete } from "./Undelete.tsx";
import { Verification, VerifyPoint } from "./VerifyPoint.tsx";

interface Chain {
  readonly id: string;
  readonly points: readonly RestorePoint[];
}

/** Points by the chain that they stand in, the chain of the newest first. */
export function chainsOf(points: readonly RestorePoint[]): readonly Chain[] {
  const chains = new Map<string, RestorePoint[]>();
  for (const point of points) {
    const known = chains.get(point.chainId);
    if (known === undefined) chains.set(point.chainId, [point]);
    else known.push(point);
  }
  return [...chains].map(([id, found]) => ({ id, points: found }));
}

/** The restore points of a device, chain by chain: what each is, what it needs and what needs it (R30). */
export function PointTable({
  device,
  rows,
  isWhole,
}: {
  readonly device: Device;
  readonly rows: readonly RestorePoint[];
  /** False while there are more than these: then nothing here tells when a chain began. */
  readonly isWhole: boolean;
}) {
  const t = useT();
  const format = useFormat();
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw="46rem">
        {t("points.chainHint")}
      </Text>
      {chainsOf(rows).map((chain) => {
        const first = chain.points.at(-1);
        const since = first ? format.dateTime(Date.parse(first.at)) : "";
        return (
          <section key={chain.id} aria-labelledby={`chain-${chain.id}`}>
            <Title order={3} size="h5" id={`chain-${chain.id}`}>
              {t(isWhole ? "points.chain" : "points.chainPart", { when: since })}{" "}
              <Text span size="sm" c="dimmed">
                {t("points.chainOf", { count: chain.points.length })}
              </Text>
            </Title>
            <ScrollTable label={`${t("points.title")}: ${since}`} minWidth={820}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("points.when")}</Table.Th>
                  <Table.Th>{t("points.kind")}</Table.Th>
                  <Table.Th>{t("points.size")}</Table.Th>
                  <Table.Th>{t("points.state")}</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>{t("points.browse")}</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {chain.points.map((point) => (
                  <PointRow key={point.id} device={device} point={point} />
                ))}
              </Table.Tbody>
            </ScrollTable>
          </section>
        );
      })}
    </Stack>
  );
}

const stateColors = { good: "green", damaged: "red", deleted: "orange" } as const;

function PointRow({ device, point }: { readonly device: Device; readonly point: RestorePoint }) {
  const t = useT();
  const format = useFormat();
  const when = format.dateTime(Date.parse(point.at));
  const relations = [
    point.kind === "vbk" ? t("points.fullHint") : null,
    point.parentAt === null ? null : t("points.buildsOn", { when: format.dateTime(Date.parse(point.parentAt)) }),
    point.neededBy > 0 ? t("points.neededBy", { count: point.neededBy }) : null,
  ].filter((text) => text !== null);
  return (
    <Table.Tr>
      <Table.Td>{when}</Table.Td>
      <Table.Td>
        <div>{t(`points.kind.${point.kind}`)}</div>
        <Text size="sm" c="dimmed">
          {relations.join(" · ")}
        </Text>
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{format.bytes(point.sizeBytes)}</Table.Td>
      <Table.Td>
        <Tag color={stateColors[point.state]}>{t(`points.${point.state}`)}</Tag>{" "}
        <Text span size="sm" c="dimmed">
          {point.state === "deleted" ? `${t("points.deletedHint")} · ` : ""}
          {point.checkedAt
            ? t("points.checked", { when: format.relative(Date.parse(point.checkedAt)) })
            : t("points.notChecked")}{" "}
          ·{" "}
          {point.locked
            ? t("points.locked", { date: format.date(Date.parse(point.lockedUntil)) })
            : t("points.unlocked")}
        </Text>
        <Verification point={point} />
        <EarlierFiles point={point} when={when} />
      </Table.Td>
      <Table.Td>
        {point.state === "deleted" ? (
          point.undeleteUntil === null ? null : (
            <Stack gap="xs" align="flex-start">
              <BrowsePoint point={point} when={when} />
              <Undelete point={point} until={point.undeleteUntil} when={when} />
            </Stack>
          )
        ) : (
          <Group gap="xs" wrap="nowrap" justify="flex-end">
            <BrowsePoint point={point} when={when} />
            <VerifyPoint point={point} when={when} />
            <DeletePoint device={device} point={point} when={when} />
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** To what can be restored here from the point: also while it lies in the bin. */
function BrowsePoint({ point, when }: { readonly point: RestorePoint; readonly when: string }) {
  const t = useT();
  return (
    <Anchor
      size="sm"
      aria-label={t("points.browseOf", { when })}
      renderRoot={(props) => (
        <Link {...props} to="/restore" search={{ device: point.deviceId, point: point.id, at: point.at }} />
      )}
    >
      {t("points.browse")}
    </Anchor>
  );
}
