import { callApi } from "@casaforte/ui-kit";
import { ConfirmAction } from "@casaforte/ui-kit/console";
import { useQueryClient } from "@tanstack/react-query";
import { alarmsQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** Asks before an alarm is set aside. */
export function SettleAlarm({
  id,
  opened,
  onClose,
}: {
  readonly id: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const t = useT();
  const client = useQueryClient();
  return (
    <ConfirmAction
      opened={opened}
      onClose={onClose}
      title={t("alarms.settleTitle")}
      action={t("alarms.settle")}
      onConfirm={async () => {
        await callApi(`/api/alarms/${id}/settle`, { method: "POST", body: {} });
        await client.invalidateQueries({ queryKey: alarmsQuery.queryKey });
      }}
    >
      {t("alarms.settleHint")}
    </ConfirmAction>
  );
}
