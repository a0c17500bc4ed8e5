import { type PolicyRetention, type PolicySchedule, policyPreviewReplySchema } from "@casaforte/contract/policies";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Group, Loader, NumberInput, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useT } from "../translate.ts";

const rules = ["points", "days", "weeks", "months", "years"] as const;
const most = { points: 10_000, days: 3660, weeks: 520, months: 240, years: 50 } as const;

export interface RetentionFieldsProps {
  readonly schedule: PolicySchedule;
  readonly retention: PolicyRetention;
  readonly deviceIds: readonly string[];
  onChange(retention: PolicyRetention): void;
}

/** How long points are kept, and at once what that comes to: in words and in bytes. */
export function RetentionFields({ schedule, retention, deviceIds, onChange }: RetentionFieldsProps) {
  const t = useT();
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("policies.retentionHint")}
      </Text>
      <Group grow preventGrowOverflow={false}>
        {rules.map((rule) => (
          <NumberInput
            key={rule}
            label={t(`policies.keep.${rule}`)}
            value={retention[rule]}
            onChange={(value) =>
              onChange({ ...retention, [rule]: Math.min(most[rule], Math.max(0, Number(value) || 0)) })
            }
            min={0}
            max={most[rule]}
          />
        ))}
      </Group>
      <RetentionPreview schedule={schedule} retention={retention} deviceIds={deviceIds} />
    </Stack>
  );
}

function RetentionPreview({ schedule, retention, deviceIds }: Omit<RetentionFieldsProps, "onChange">) {
  const t = useT();
  const format = useFormat();
  const [asked] = useDebouncedValue({ schedule, retention, deviceIds }, 300);
  const preview = useQuery({
    queryKey: ["policy-preview", asked],
    queryFn: ({ signal }) =>
      callChecked("/api/policies/preview", { method: "POST", body: asked, reply: policyPreviewReplySchema, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (preview.isError) return <ProblemAlert error={preview.error} />;
  if (!preview.data) return <Loader size="sm" />;
  const { points, reachDays, storedBytes, nextRuns } = preview.data;
  const kept = rules
    .filter((rule) => retention[rule] > 0)
    .map((rule) => t(`policies.kept.${rule}`, { count: retention[rule] }));
  return (
    <Alert color="lake" title={t("policies.preview")} aria-live="polite">
      <Stack gap={4}>
        {reachDays === null ? (
          <Text size="sm">{t("policies.keptEver")}</Text>
        ) : (
          <>
            <Text size="sm">{t("policies.keptWords", { rules: kept.join("; ") })}</Text>
            <Text size="sm">{t("policies.keptSum", { points, days: Math.round(reachDays) })}</Text>
          </>
        )}
        <Text size="sm">
          {storedBytes === null
            ? t("policies.bytesUnknown")
            : t("policies.bytes", { bytes: format.bytes(storedBytes) })}
        </Text>
        {nextRuns.length > 0 ? (
          <Text size="sm">
            {t("policies.nextRuns", {
              runs: nextRuns
                .slice(0, 3)
                .map((run) => format.dateTime(Date.parse(run)))
                .join(" · "),
            })}
          </Text>
        ) : null}
      </Stack>
    </Alert>
  );
}
