import type { RestorePoint } from "@casaforte/contract/backup";
import { callApi, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { RowButton } from "@casaforte/ui-kit/console";
import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMayManagePoints } from "../may-work.ts";
import { isVerifying } from "../queries.ts";
import { useT } from "../translate.ts";

interface VerifyPointProps {
  readonly point: RestorePoint;
  readonly when: string;
}

/** Asks that everything a point needs be read again and compared; the server does it by and by (C9). */
export function VerifyPoint({ point, when }: VerifyPointProps) {
  const t = useT();
  const client = useQueryClient();
  const mayManage = useMayManagePoints();
  const ask = useMutation({
    mutationFn: () => callApi(`/api/points/${point.id}/verify`, { method: "POST", body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["points", point.deviceId] }),
  });
  if (!mayManage) return null;
  return (
    <>
      <RowButton
        name={t("points.verifyOf", { when })}
        disabled={isVerifying(point)}
        loading={ask.isPending}
        onClick={() => ask.mutate()}
      >
        {t("points.verify")}
      </RowButton>
      <ProblemAlert error={ask.error} />
    </>
  );
}

/** How far a verification is, or what the last one found. */
export function Verification({ point }: { readonly point: RestorePoint }) {
  const t = useT();
  const format = useFormat();
  const { verification, state } = point;
  if (verification === null || state === "deleted") return null;
  return (
    <Text size="sm" role="status">
      {verification.finishedAt === null
        ? t("points.verifying", { percent: verification.percent })
        : t(verification.found === "damaged" ? "points.verifiedDamaged" : "points.verifiedGood", {
            when: format.dateTime(Date.parse(verification.finishedAt)),
          })}
    </Text>
  );
}
