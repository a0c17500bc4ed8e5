import type { RestorePoint } from "@casaforte/contract/backup";
import { callApi, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { RowButton } from "@casaforte/ui-kit/console";
import { Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMayWork } from "../may-work.ts";
import { useT } from "../translate.ts";

/** Takes a deleted point out of the bin, with what it builds upon, as long as that is there. */
export function Undelete({
  point,
  until,
  when,
}: {
  readonly point: RestorePoint;
  readonly until: string;
  readonly when: string;
}) {
  const t = useT();
  const mayWork = useMayWork("content");
  const format = useFormat();
  const client = useQueryClient();
  const undelete = useMutation({
    mutationFn: () => callApi(`/api/points/${point.id}/undelete`, { method: "POST", body: {} }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["points", point.deviceId] });
      await client.invalidateQueries({ queryKey: ["spaces"] });
    },
  });
  if (!mayWork) return null;
  return (
    <Stack gap={2} align="flex-start">
      <RowButton name={t("points.undeleteOf", { when })} onClick={() => undelete.mutate()} loading={undelete.isPending}>
        {t("points.undelete")}
      </RowButton>
      <Text size="xs" c="dimmed">
        {t("points.undeleteUntil", { when: format.dateTime(Date.parse(until)) })}
      </Text>
      {undelete.isError ? <ProblemAlert error={undelete.error} /> : null}
    </Stack>
  );
}
