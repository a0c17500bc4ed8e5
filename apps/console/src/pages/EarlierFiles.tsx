import type { RestorePoint } from "@casaforte/contract/backup";
import { callApi, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, RowButton } from "@casaforte/ui-kit/console";
import { Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useMayManagePoints } from "../may-work.ts";
import { useT } from "../translate.ts";

interface PointProps {
  readonly point: RestorePoint;
  readonly when: string;
}

/** Files that a point had before its device put a full in their place: until when each is kept, and the way back to it (C9). */
export function EarlierFiles({ point, when }: PointProps) {
  return point.earlierFiles.map((file) => <EarlierFile key={file.id} point={point} file={file} when={when} />);
}

function EarlierFile({ point, file, when }: PointProps & { readonly file: RestorePoint["earlierFiles"][number] }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const mayManage = useMayManagePoints();
  const [asking, ask] = useDisclosure(false);
  const stored = format.dateTime(Date.parse(file.storedAt));
  return (
    <Stack gap={2} align="flex-start" mt={4}>
      <Text size="sm" c="dimmed">
        {t(point.kind === "vbk" ? "points.replaced" : "points.setAside", {
          kind: t(`points.kind.${file.kind}`),
          size: format.bytes(file.sizeBytes),
          stored,
          until: format.dateTime(Date.parse(file.keptUntil)),
        })}
      </Text>
      {mayManage ? (
        <RowButton name={t("points.takeBackOf", { when, stored })} onClick={ask.open}>
          {t("points.takeBack")}
        </RowButton>
      ) : null}
      <ConfirmAction
        opened={asking}
        onClose={ask.close}
        title={t("points.takeBackTitle", { when })}
        action={t("points.takeBack")}
        onConfirm={async () => {
          await callApi(`/api/points/${point.id}/take-back`, { method: "POST", body: { fileId: file.id } });
          await client.invalidateQueries({ queryKey: ["points", point.deviceId] });
          await client.invalidateQueries({ queryKey: ["spaces"] });
        }}
      >
        <Text>{t("points.takeBackHint")}</Text>
        <Text>{t("points.takeBackFirst")}</Text>
      </ConfirmAction>
    </Stack>
  );
}
