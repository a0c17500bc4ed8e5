import type { dependantsReplySchema, RestorePoint } from "@casaforte/contract/backup";
import type { Device } from "@casaforte/contract/devices";
import { ConfirmName, callApi, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { RowButton } from "@casaforte/ui-kit/console";
import { Box, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { z } from "zod";
import { useMayManagePoints } from "../may-work.ts";
import { useT } from "../translate.ts";

/** Moves a point to the bin with all that build on it, after showing them and asking for the device's name (C9). */
export function DeletePoint({
  device,
  point,
  when,
}: {
  readonly device: Device;
  readonly point: RestorePoint;
  readonly when: string;
}) {
  const t = useT();
  const client = useQueryClient();
  const mayDelete = useMayManagePoints();
  const [asking, ask] = useDisclosure(false);
  // Read when the dialog opens and kept as it is: what the person agrees to is what was shown.
  const look = useMutation({
    mutationFn: () => callApi<z.infer<typeof dependantsReplySchema>>(`/api/points/${point.id}/dependants`),
    onSuccess: ask.open,
  });
  if (!mayDelete || point.locked) return null;
  const dependants = look.data?.dependants ?? [];
  return (
    <>
      <RowButton name={t("points.deleteOf", { when })} onClick={() => look.mutate()} loading={look.isPending}>
        {t("kit.delete")}
      </RowButton>
      <ProblemAlert error={look.error} />
      <ConfirmName
        opened={asking}
        onClose={ask.close}
        title={t("points.deleteTitle", { when })}
        action={t("points.delete", { count: dependants.length + 1 })}
        name={device.name}
        isFinal={false}
        onConfirm={async () => {
          const body = { confirmation: device.name, dependants: dependants.length };
          await callApi(`/api/points/${point.id}`, { method: "DELETE", body });
          await client.invalidateQueries({ queryKey: ["points", point.deviceId] });
          await client.invalidateQueries({ queryKey: ["spaces"] });
        }}
      >
        <Text>{t("points.deleteHint")}</Text>
        {dependants.length > 0 ? <Dependants dependants={dependants} /> : null}
      </ConfirmName>
    </>
  );
}

function Dependants({ dependants }: z.infer<typeof dependantsReplySchema>) {
  const t = useT();
  const format = useFormat();
  const title = t("points.deleteWith", { count: dependants.length });
  return (
    <Stack gap={4}>
      <Text fw={600}>{title}</Text>
      <Box mah="10rem" tabIndex={0} role="region" aria-label={title} style={{ overflowY: "auto" }}>
        <ul style={{ margin: 0 }}>
          {dependants.map(({ id, at }) => (
            <li key={id}>{format.dateTime(Date.parse(at))}</li>
          ))}
        </ul>
      </Box>
    </Stack>
  );
}
