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
  const ask = useMutation({ mutationFn: () => callApi(`/api/devices/${device.id}/run`, { method: "POST", body: {} }) });
  if (!mayWork) return null;
  return (
    <Stack gap={4} align="flex-end">
      <Button onClick={() => ask.mutate()} loading={ask.isPending} disabled={ask.isSuccess}>
        {t("devices.runNow")}
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {ask.isSuccess ? t("devices.runAsked") : ""}
      </Text>
      {ask.isError ? <ProblemAlert error={ask.error} /> : null}
    </Stack>
  );
}
