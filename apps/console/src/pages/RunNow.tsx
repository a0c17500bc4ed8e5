import type { Device } from "@casaforte/contract/devices";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMayWork } from "../may-work.ts";
import { useT } from "../translate.ts";

/** Asks a device for a backup outside its schedule; the agent begins as soon as it hears of it. */
export function RunNow({ device }: { readonly device: Device }) {
  const t = useT();
  const mayWork = useMayWork();
  const ask = useMutation({
    mutationFn: async () => {
      await callApi(`/api/devices/${device.id}/run`, { method: "POST", body: {} });
      return device.lastResultAt;
    },
  });
  /** Until a run ends after it was asked for. */
  const isAsked = ask.isSuccess && ask.data === device.lastResultAt;
  if (!mayWork) return null;
  return (
    <Stack gap={4} align="flex-end">
      <Button onClick={() => ask.mutate()} loading={ask.isPending} disabled={isAsked}>
        {t("devices.runNow")}
      </Button>
      <Text size="sm" c="dimmed" role="status" maw="14rem" ta="end">
        {isAsked ? t("devices.runAsked") : ""}
      </Text>
      {ask.isError ? <ProblemAlert error={ask.error} /> : null}
    </Stack>
  );
}
