import type { PolicySchedule } from "@casaforte/contract/policies";
import { localeOf, useLanguage } from "@casaforte/ui-kit";
import { Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import { useT } from "../translate.ts";
import { choiceOf, expressionOf, type ScheduleChoice } from "./draft.ts";

const forms = ["daily", "workdays", "weekly", "monthly", "hours", "custom", "manual"] as const;
const zones = Intl.supportedValuesOf("timeZone");
/** A Monday, to name the days from. */
const mondayMs = Date.UTC(2024, 0, 1);

const start: Record<(typeof forms)[number], ScheduleChoice> = {
  daily: { form: "daily", time: "02:30" },
  workdays: { form: "workdays", time: "20:00" },
  weekly: { form: "weekly", day: 6, time: "02:30" },
  monthly: { form: "monthly", dayOfMonth: 1, time: "02:30" },
  hours: { form: "hours", hours: 4, minute: 0 },
  custom: { form: "custom", expression: "30 2 * * *" },
  manual: { form: "manual" },
};

export interface ScheduleFieldsProps {
  readonly schedule: PolicySchedule;
  onChange(schedule: PolicySchedule): void;
}

/** When runs begin: a choice in words, or a cron line. */
export function ScheduleFields({ schedule, onChange }: ScheduleFieldsProps) {
  const t = useT();
  const choice = choiceOf(schedule);
  const set = (next: ScheduleChoice) => {
    const expression = expressionOf(next);
    if (expression === null) return onChange({ kind: "manual" });
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    const rest = schedule.kind === "cron" ? schedule : { timeZone, spreadMinutes: 30, catchUp: true };
    onChange({ ...rest, kind: "cron", expression });
  };
  return (
    <Stack gap="sm">
      <Group align="flex-end">
        <Select
          label={t("policies.when")}
          data={forms.map((form) => ({ value: form, label: t(`policies.form.${form}`) }))}
          value={choice.form}
          onChange={(form) => form && set(start[form])}
          allowDeselect={false}
        />
        <ChoiceFields choice={choice} onChange={set} />
      </Group>
      {schedule.kind === "cron" ? (
        <>
          <Group align="flex-end">
            <Select
              label={t("policies.timeZone")}
              data={zones.includes(schedule.timeZone) ? zones : [schedule.timeZone, ...zones]}
              value={schedule.timeZone}
              onChange={(timeZone) => timeZone && onChange({ ...schedule, timeZone })}
              searchable
              allowDeselect={false}
            />
            <NumberInput
              label={t("policies.spread")}
              value={schedule.spreadMinutes}
              onChange={(value) => onChange({ ...schedule, spreadMinutes: Number(value) || 0 })}
              min={0}
              max={240}
            />
          </Group>
          <Checkbox
            label={t("policies.catchUp")}
            checked={schedule.catchUp}
            onChange={(event) => onChange({ ...schedule, catchUp: event.currentTarget.checked })}
          />
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {t("policies.manualHint")}
        </Text>
      )}
    </Stack>
  );
}

function ChoiceFields({
  choice,
  onChange,
}: {
  readonly choice: ScheduleChoice;
  onChange(choice: ScheduleChoice): void;
}) {
  const t = useT();
  const language = useLanguage();
  if (choice.form === "manual") return null;
  if (choice.form === "custom")
    return (
      <TextInput
        label={t("policies.cron")}
        value={choice.expression}
        onChange={(event) => onChange({ ...choice, expression: event.currentTarget.value })}
      />
    );
  if (choice.form === "hours")
    return (
      <NumberInput
        label={t("policies.everyHours")}
        value={choice.hours}
        onChange={(value) => onChange({ ...choice, hours: Math.min(23, Math.max(1, Number(value) || 1)) })}
        min={1}
        max={23}
      />
    );
  const dayName = (day: number) =>
    new Intl.DateTimeFormat(localeOf(language), { weekday: "long", timeZone: "UTC" }).format(
      mondayMs + (day - 1) * 86_400_000,
    );
  return (
    <>
      {choice.form === "weekly" ? (
        <Select
          label={t("policies.weekday")}
          data={[1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: dayName(day) }))}
          value={String(choice.day)}
          onChange={(day) => day && onChange({ ...choice, day: Number(day) })}
          allowDeselect={false}
        />
      ) : null}
      {choice.form === "monthly" ? (
        <NumberInput
          label={t("policies.dayOfMonth")}
          value={choice.dayOfMonth}
          onChange={(value) => onChange({ ...choice, dayOfMonth: Math.min(28, Math.max(1, Number(value) || 1)) })}
          min={1}
          max={28}
        />
      ) : null}
      <TextInput
        type="time"
        label={t("policies.time")}
        value={choice.time}
        onChange={(event) => event.currentTarget.value && onChange({ ...choice, time: event.currentTarget.value })}
      />
    </>
  );
}
