import { CopyField } from "@casaforte/ui-kit";
import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { recentPointsQuery } from "../queries.ts";
import { useDeviceText } from "./device-text.tsx";

const askEveryMs = 2_000;

/** After a device came: the line of a first small backup, a live look for its point, and the way to a first restore. */
export function FirstBackup({ deviceId, onDone }: { readonly deviceId: string; readonly onDone: () => void }) {
  const t = useDeviceText();
  const points = useQuery({
    ...recentPointsQuery(deviceId),
    refetchInterval: (query) => ((query.state.data?.points.length ?? 0) > 0 ? false : askEveryMs),
  });
  const isThere = (points.data?.points.length ?? 0) > 0;
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("first.title")}</Text>
      <Text size="sm">{t("first.hint")}</Text>
      <CopyField label={t("first.label")} value="sudo casaforte-agent backup ~/Documents" />
      <div aria-live="polite">
        {isThere ? (
          <Alert color="green" title={t("first.there")} />
        ) : (
          <Group gap="sm">
            <Loader size="sm" />
            <Text>{t("first.waiting")}</Text>
          </Group>
        )}
      </div>
      {isThere ? (
        <Group justify="flex-end">
          <Button
            renderRoot={(props) => <Link {...props} to="/restore" search={{ device: deviceId }} onClick={onDone} />}
          >
            {t("first.restore")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
