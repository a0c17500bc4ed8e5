import { type CopySums, copySumsReplySchema } from "@casaforte/contract/copies";
import type { Space } from "@casaforte/contract/spaces";
import { useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useT } from "../translate.ts";

/** Every copy of what a space holds, location by location (R28). */
export function Copies({ space }: { readonly space: Space }) {
  const t = useT();
  const copies = useQuery({
    queryKey: ["spaces", space.id, "copies"],
    queryFn: ({ signal }) => callChecked(`/api/spaces/${space.id}/copies`, { signal, reply: copySumsReplySchema }),
  });
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t("copies.hint")}
      </Text>
      <Loaded query={copies}>
        {(found) => (
          <Stack>
            {found.copies.length === 0 ? <Text>{t("copies.none")}</Text> : null}
            {found.copies.map((sums) => (
              <Location key={sums.place} sums={sums} />
            ))}
            {found.replicaPlan === "none" && found.copies.length > 0 ? <Text>{t("copies.noReplica")}</Text> : null}
          </Stack>
        )}
      </Loaded>
      <Text size="sm" c="dimmed">
        {t("spaces.noCopies")}
      </Text>
    </Stack>
  );
}

function Location({ sums }: { readonly sums: CopySums }) {
  const t = useT();
  const format = useFormat();
  const when = (at: string | null) => (at === null ? null : format.dateTime(Date.parse(at)));
  return (
    <Card withBorder component="section" aria-label={t(`copies.${sums.place}`)}>
      <Group justify="space-between">
        <Title order={3} size="h5">
          {t(`copies.${sums.place}`)}
          {sums.location === null ? "" : `: ${sums.location}`}
        </Title>
        {sums.damagedBlobs > 0 ? <Tag color="red">{t("copies.damaged", { count: sums.damagedBlobs })}</Tag> : null}
      </Group>
      <Text>{t("copies.held", { bytes: format.bytes(sums.bytes), count: sums.blobs })}</Text>
      {sums.waitingBlobs > 0 ? (
        <Text c="var(--mantine-color-error)">{t("copies.waiting", { bytes: format.bytes(sums.waitingBytes) })}</Text>
      ) : null}
      <Text size="sm" c="dimmed">
        {t("copies.stored")}: {when(sums.storedAt) ?? "–"} · {t("copies.checked")}:{" "}
        {when(sums.checkedAt) ?? t("copies.neverChecked")}
      </Text>
    </Card>
  );
}
