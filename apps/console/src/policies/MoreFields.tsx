import type { PolicySettings } from "@casaforte/contract/policies";
import { localeOf, useLanguage } from "@casaforte/ui-kit";
import {
  Accordion,
  Button,
  Card,
  Checkbox,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { useT } from "../translate.ts";
import { Lines } from "./SourceFields.tsx";

const megabit = 125_000;
const megabyte = 1_000_000;
/** A Monday, to name the days from. */
const mondayMs = Date.UTC(2024, 0, 1);

export interface MoreFieldsProps {
  readonly settings: PolicySettings;
  onChange(settings: PolicySettings): void;
}

/** What few people change: line, commands, compression, lock, checks, messages. */
export function MoreFields({ settings, onChange }: MoreFieldsProps) {
  const t = useT();
  return (
    <Accordion variant="separated">
      <Section value="line" label={t("policies.line")}>
        <LineFields settings={settings} onChange={onChange} />
      </Section>
      <Section value="hooks" label={t("policies.hooks")}>
        {(["before", "after"] as const).map((when) => (
          <Lines
            key={when}
            label={t(`policies.hooks.${when}`)}
            description={t("policies.hooksHint")}
            lines={settings.hooks[when].map((hook) => hook.command)}
            onChange={(commands) => {
              const hooks = commands.map((command) => ({ command, timeoutSeconds: 600, onFailure: "stop" as const }));
              onChange({ ...settings, hooks: { ...settings.hooks, [when]: hooks } });
            }}
          />
        ))}
      </Section>
      <Section value="safety" label={t("policies.safety")}>
        <NumberInput
          label={t("policies.lockDays")}
          description={t("policies.lockHint")}
          value={settings.lockDays ?? ""}
          onChange={(value) =>
            onChange({ ...settings, lockDays: value === "" ? null : Math.max(1, Number(value) || 1) })
          }
          min={1}
          max={3650}
        />
        <NumberInput
          label={t("policies.verify")}
          description={t("policies.verifyHint")}
          value={settings.verify?.everyDays ?? 0}
          onChange={(value) => {
            const everyDays = Math.min(365, Math.max(0, Number(value) || 0));
            const sampleBytes = settings.verify?.sampleBytes ?? 100 * megabyte;
            onChange({ ...settings, verify: everyDays === 0 ? null : { everyDays, sampleBytes } });
          }}
          min={0}
          max={365}
        />
        <Checkbox
          label={t("policies.onFailure")}
          checked={settings.alerts.onFailure}
          onChange={(event) =>
            onChange({ ...settings, alerts: { ...settings.alerts, onFailure: event.currentTarget.checked } })
          }
        />
        <NumberInput
          label={t("policies.noSuccess")}
          value={settings.alerts.noSuccessDays}
          onChange={(value) => {
            const noSuccessDays = Math.min(365, Math.max(0, Number(value) || 0));
            onChange({ ...settings, alerts: { ...settings.alerts, noSuccessDays } });
          }}
          min={0}
          max={365}
        />
        <Checkbox
          label={t("policies.agentUpdates")}
          checked={settings.agentUpdates !== false}
          onChange={(event) => {
            const { agentUpdates: _, ...others } = settings;
            onChange(event.currentTarget.checked ? others : { ...others, agentUpdates: false });
          }}
        />
      </Section>
      <Section value="data" label={t("policies.data")}>
        <Select
          label={t("policies.compression")}
          data={(["fast", "small"] as const).map((value) => ({ value, label: t(`policies.compression.${value}`) }))}
          value={settings.compression}
          onChange={(value) => value && onChange({ ...settings, compression: value })}
          allowDeselect={false}
        />
        <Checkbox
          label={t("policies.snapshot")}
          description={t("policies.snapshotHint")}
          checked={settings.snapshot === "auto"}
          onChange={(event) => onChange({ ...settings, snapshot: event.currentTarget.checked ? "auto" : "off" })}
        />
        <NumberInput
          label={t("policies.increments")}
          description={t("policies.incrementsHint")}
          value={settings.chain.incrementsMax}
          onChange={(value) => {
            const incrementsMax = Math.min(60, Math.max(1, Number(value) || 1));
            onChange({ ...settings, chain: { ...settings.chain, incrementsMax } });
          }}
          min={1}
          max={60}
        />
      </Section>
    </Accordion>
  );
}

function Section({
  value,
  label,
  children,
}: {
  readonly value: string;
  readonly label: string;
  readonly children: React.ReactNode;
}) {
  return (
    <Accordion.Item value={value}>
      <Accordion.Control>{label}</Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">{children}</Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function LineFields({ settings, onChange }: MoreFieldsProps) {
  const t = useT();
  const language = useLanguage();
  const { bandwidth } = settings;
  const set = (change: Partial<PolicySettings["bandwidth"]>) =>
    onChange({ ...settings, bandwidth: { ...bandwidth, ...change } });
  const megabits = (value: number | string) => (value === "" ? null : Math.round((Number(value) || 0) * megabit));
  const days = [1, 2, 3, 4, 5, 6, 7].map((day) => ({
    value: String(day),
    label: new Intl.DateTimeFormat(localeOf(language), { weekday: "short", timeZone: "UTC" }).format(
      mondayMs + (day - 1) * 86_400_000,
    ),
  }));
  return (
    <>
      <NumberInput
        label={t("policies.rate")}
        description={t("policies.rateHint")}
        value={bandwidth.bytesPerSecond === null ? "" : bandwidth.bytesPerSecond / megabit}
        onChange={(value) => set({ bytesPerSecond: value === "" ? null : Math.max(1024, megabits(value) ?? 0) })}
        min={0.1}
        decimalScale={1}
      />
      {bandwidth.windows.map((window, index) => {
        const change = (next: Partial<typeof window>) =>
          set({ windows: bandwidth.windows.toSpliced(index, 1, { ...window, ...next }) });
        return (
          // A window has no other identity than its place.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Card key={index} withBorder padding="sm">
            <Stack gap="xs">
              <MultiSelect
                label={t("policies.windowDays")}
                data={days}
                value={window.days.map(String)}
                onChange={(value) => value.length > 0 && change({ days: value.map(Number).sort((a, b) => a - b) })}
              />
              <Group align="flex-end">
                <TextInput
                  type="time"
                  label={t("policies.windowFrom")}
                  value={window.from}
                  onChange={(event) => event.currentTarget.value && change({ from: event.currentTarget.value })}
                />
                <TextInput
                  type="time"
                  label={t("policies.windowTo")}
                  value={window.to}
                  onChange={(event) => event.currentTarget.value && change({ to: event.currentTarget.value })}
                />
                <NumberInput
                  label={t("policies.windowRate")}
                  value={window.bytesPerSecond === null ? "" : window.bytesPerSecond / megabit}
                  onChange={(value) => change({ bytesPerSecond: megabits(value) })}
                  min={0}
                  decimalScale={1}
                />
                <Button
                  variant="subtle"
                  color="red"
                  c="var(--mantine-color-error)"
                  size="xs"
                  onClick={() => set({ windows: bandwidth.windows.toSpliced(index, 1) })}
                >
                  {t("policies.removeWindow")}
                </Button>
              </Group>
            </Stack>
          </Card>
        );
      })}
      <Group>
        <Button
          variant="default"
          size="xs"
          onClick={() => {
            const window = { days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", bytesPerSecond: 10 * megabit };
            set({ windows: [...bandwidth.windows, window] });
          }}
        >
          {t("policies.addWindow")}
        </Button>
      </Group>
    </>
  );
}
