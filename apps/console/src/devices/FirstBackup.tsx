import { CopyField } from "@casaforte/ui-kit";
import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { recentPointsQuery } from "../restore/point-queries.ts";
import { useDeviceText } from "./device-text.tsx";

const askEveryMs = 2_000;
const adviseAfterMs = 60_000;

/** After a device came: the line of a first small backup, a live look for its point, and the way to a first restore. */
export function FirstBackup({
  deviceId,
  kind,
  isInstalled,
  onDone,
}: {
  readonly deviceId: string;
  readonly kind: string | null;
  /** The installer's line was shown; without it the device runs the agent by npx. */
  readonly isInstalled: boolean;
  readonly onDone: () => void;
}) {
  const t = useDeviceText();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), adviseAfterMs);
    return () => clearTimeout(timer);
  }, []);
  const points = useQuery({
    ...recentPointsQuery(deviceId),
    refetchInterval: (query) => ((query.state.data?.points.length ?? 0) > 0 ? false : askEveryMs),
  });
  const isThere = (points.data?.points.length ?? 0) > 0;
  // What every server has, and what most desktops call it in this language.
  const folder = kind === "desktop" ? t("first.folder") : "/etc";
  const command = `${isInstalled ? "sudo" : "npx"} casaforte-agent backup ${folder}`;
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("first.title")}</Text>
      <Text size="sm">{t("first.hint", { folder })}</Text>
      <CopyField label={t("first.label")} value={command} />
      <div aria-live="polite">
        {isThere ? (
          <Alert color="green" title={t("first.there")} />
        ) : (
          <Group gap="sm">
            <Loader size="sm" />
            <Text>{t(long ? "first.waitingLong" : "first.waiting")}</Text>
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
