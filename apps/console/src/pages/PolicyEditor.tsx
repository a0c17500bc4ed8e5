import { type Policy, policySchema, policySettingsSchema } from "@casaforte/contract/policies";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, MultiSelect, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useMayWork } from "../may-work.ts";
import { draftOf, newDraft } from "../policies/draft.ts";
import { MoreFields } from "../policies/MoreFields.tsx";
import { RetentionFields } from "../policies/RetentionFields.tsx";
import { ScheduleFields } from "../policies/ScheduleFields.tsx";
import { SourceFields } from "../policies/SourceFields.tsx";
import { allDevicesQuery, policiesQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** A policy to be made, or to be changed. */
export function PolicyEditor() {
  const t = useT();
  const { id } = useParams({ from: "/policies/$id" });
  const policies = useQuery(policiesQuery);
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/policies" />}>← {t("policies.title")}</Anchor>
      <Loaded query={policies}>
        {(data) => {
          const policy = data.policies.find((candidate) => candidate.id === id) ?? null;
          if (policy === null && id !== "new") return <Alert color="orange">{t("policies.gone")}</Alert>;
          return <Editor key={policy?.id ?? "new"} policy={policy} />;
        }}
      </Loaded>
    </Stack>
  );
}

function Editor({ policy }: { readonly policy: Policy | null }) {
  const t = useT();
  const mayWork = useMayWork("content");
  const client = useQueryClient();
  const navigate = useNavigate();
  const devices = useQuery(allDevicesQuery);
  const [draft, setDraft] = useState(() => (policy ? draftOf(policy) : newDraft("", t("policies.sourceN", { n: 1 }))));
  const [deviceIds, setDeviceIds] = useState<string[]>(() => policy?.devices.map((device) => device.deviceId) ?? []);
  const { name, settings } = draft;
  const set = (change: Partial<typeof settings>) => setDraft({ ...draft, settings: { ...settings, ...change } });
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), settings };
      const kept = policy
        ? await callChecked(`/api/policies/${policy.id}`, {
            method: "PUT",
            body: { ...body, version: policy.version },
            reply: policySchema,
          })
        : await callChecked("/api/policies", { method: "POST", body, reply: policySchema });
      await callChecked(`/api/policies/${kept.id}/devices`, {
        method: "PUT",
        body: { deviceIds },
        reply: policySchema,
      });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: policiesQuery.queryKey });
      await navigate({ to: "/policies" });
    },
  });
  const isValid = name.trim() !== "" && policySettingsSchema.safeParse(settings).success;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid && mayWork) save.mutate();
      }}
    >
      <Stack maw={860}>
        <Title order={1} size="h2">
          {policy ? policy.name : t("policies.new")}
        </Title>
        <TextInput
          label={t("policies.name")}
          value={name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          required
          maxLength={100}
        />
        <MultiSelect
          label={t("policies.devices")}
          description={t("policies.devicesHint")}
          data={(devices.data?.devices ?? [])
            .filter((device) => device.state === "active" || deviceIds.includes(device.id))
            .map((device) => ({ value: device.id, label: device.name }))}
          value={deviceIds}
          onChange={setDeviceIds}
          searchable
        />
        <Section title={t("policies.sources")}>
          <SourceFields sources={settings.sources} onChange={(sources) => set({ sources })} />
        </Section>
        <Section title={t("policies.schedule")}>
          <ScheduleFields schedule={settings.schedule} onChange={(schedule) => set({ schedule })} />
        </Section>
        <Section title={t("policies.retention")}>
          <RetentionFields
            schedule={settings.schedule}
            retention={settings.retention}
            deviceIds={deviceIds}
            onChange={(retention) => set({ retention })}
          />
        </Section>
        <MoreFields settings={settings} onChange={(next) => setDraft({ ...draft, settings: next })} />
        {mayWork ? null : <Text c="dimmed">{t("policies.readOnly")}</Text>}
        {save.isError ? <ProblemAlert error={save.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/policies" />}>
            {t("kit.cancel")}
          </Button>
          {mayWork ? (
            <Button type="submit" loading={save.isPending} disabled={!isValid}>
              {t("kit.save")}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}
