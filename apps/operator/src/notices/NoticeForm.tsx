import { affectedReplySchema } from "@casaforte/contract/notices";
import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  NativeSelect,
  Stack,
  Tabs,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { placesQuery } from "./desk-queries.ts";
import { useDeskText } from "./desk-text.ts";
import { noticeTemplates } from "./notice-templates.ts";

const kinds = ["incident", "maintenance"] as const;
const severities = ["minor", "major", "critical"] as const;
const services = ["backup", "mail", "console"] as const;
const namesShown = 5;

interface Draft {
  readonly kind: string;
  readonly severity: string;
  readonly services: readonly string[];
  readonly siteId: string;
  readonly hostId: string;
  readonly titleIt: string;
  readonly titleEn: string;
  readonly textIt: string;
  readonly textEn: string;
  readonly from: string;
  readonly until: string;
}
const empty: Draft = {
  kind: "incident",
  severity: "major",
  services: ["backup"],
  siteId: "",
  hostId: "",
  titleIt: "",
  titleEn: "",
  textIt: "",
  textEn: "",
  from: "",
  until: "",
};

const scopeOf = ({ services: named, siteId, hostId }: Draft) => ({
  services: named,
  siteId: siteId === "" ? null : siteId,
  hostId: hostId === "" ? null : hostId,
});

/** What a local date and time field holds, as an instant. */
export const instantOf = (local: string): string => new Date(local).toISOString();

/** A new incident or maintenance; shows whom it concerns before it is published. */
export function NoticeForm({ onClose }: { readonly onClose: () => void }) {
  const t = useDeskText();
  const client = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const places = useQuery(placesQuery).data;
  const isMaintenance = draft.kind === "maintenance";
  const preview = useMutation({
    mutationFn: () => {
      const { kind, titleIt, titleEn, textIt, textEn, from, until } = draft;
      const planned =
        kind === "maintenance" && from !== "" && until !== ""
          ? { from: instantOf(from), until: instantOf(until) }
          : null;
      const body = { ...scopeOf(draft), draft: { kind, titleIt, titleEn, textIt, textEn, planned } };
      return callChecked("/api/desk/notices/preview", { method: "POST", body, reply: affectedReplySchema });
    },
  });
  const take = (id: string) => {
    const template = noticeTemplates.find((each) => each.id === id);
    if (template === undefined) return;
    const { id: _, ...words } = template;
    set(words);
    preview.reset();
  };
  const publish = useMutation({
    mutationFn: () => {
      const { kind, severity, titleIt, titleEn, textIt, textEn, from, until } = draft;
      const planned = isMaintenance ? { from: instantOf(from), until: instantOf(until) } : null;
      const body = { ...scopeOf(draft), kind, severity, titleIt, titleEn, textIt, textEn, planned };
      return callApi("/api/desk/notices", { method: "POST", body });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["desk-notices"] });
      onClose();
    },
  });
  const texts = [draft.titleIt, draft.titleEn, draft.textIt, draft.textEn];
  const isReady =
    draft.services.length > 0 &&
    texts.every((text) => text.trim() !== "") &&
    (!isMaintenance || (draft.from !== "" && draft.until !== ""));
  const found = preview.data?.tenants;
  const mail = preview.data?.mails;
  return (
    <Dialog title={t("desk.new")} opened onClose={onClose} size="lg">
      <Stack>
        <NativeSelect
          label={t("desk.template")}
          description={t("desk.templateHint")}
          defaultValue=""
          onChange={(event) => take(event.currentTarget.value)}
          data={[
            { value: "", label: t("desk.template.none") },
            ...noticeTemplates.map(({ id }) => ({ value: id, label: t(`desk.template.${id}`) })),
          ]}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label={t("desk.kind")}
            value={draft.kind}
            onChange={(event) => set({ kind: event.currentTarget.value })}
            data={kinds.map((value) => ({ value, label: t(`desk.kind.${value}`) }))}
          />
          <NativeSelect
            label={t("desk.severity")}
            value={draft.severity}
            onChange={(event) => set({ severity: event.currentTarget.value })}
            data={severities.map((value) => ({ value, label: t(`desk.severity.${value}`) }))}
          />
        </Group>
        <Checkbox.Group
          label={t("desk.services")}
          value={[...draft.services]}
          onChange={(value) => set({ services: value })}
        >
          <Group mt="xs">
            {services.map((service) => (
              <Checkbox key={service} value={service} label={t(`desk.service.${service}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group grow align="flex-start">
          <NativeSelect
            label={t("desk.site")}
            value={draft.siteId}
            onChange={(event) => set({ siteId: event.currentTarget.value, hostId: "" })}
            data={[
              { value: "", label: t("desk.everySite") },
              ...(places?.sites ?? []).map(({ siteId, name }) => ({ value: siteId, label: name })),
            ]}
          />
          <NativeSelect
            label={t("desk.host")}
            value={draft.hostId}
            disabled={draft.siteId === ""}
            onChange={(event) => set({ hostId: event.currentTarget.value })}
            data={[
              { value: "", label: t("desk.noHost") },
              ...(places?.hosts ?? [])
                .filter(({ siteId }) => siteId === draft.siteId)
                .map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </Group>
        {isMaintenance ? (
          <Group grow>
            <TextInput
              type="datetime-local"
              label={t("desk.from")}
              value={draft.from}
              onChange={(event) => set({ from: event.currentTarget.value })}
            />
            <TextInput
              type="datetime-local"
              label={t("desk.until")}
              value={draft.until}
              onChange={(event) => set({ until: event.currentTarget.value })}
            />
          </Group>
        ) : null}
        {(["titleIt", "titleEn"] as const).map((field) => (
          <TextInput
            key={field}
            label={t(`desk.${field}`)}
            maxLength={200}
            value={draft[field]}
            onChange={(event) => set({ [field]: event.currentTarget.value })}
          />
        ))}
        {(["textIt", "textEn"] as const).map((field) => (
          <Textarea
            key={field}
            label={t(`desk.${field}`)}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={4_000}
            value={draft[field]}
            onChange={(event) => set({ [field]: event.currentTarget.value })}
          />
        ))}
        <ProblemAlert error={publish.error ?? preview.error} />
        {found ? (
          <Alert color={found.length === 0 ? "orange" : "blue"} role="status">
            {t("desk.concerns", {
              count: found.length,
              names:
                found
                  .slice(0, namesShown)
                  .map(({ name }) => name)
                  .join(", ") + (found.length > namesShown ? "…" : ""),
            })}
          </Alert>
        ) : null}
        {mail ? (
          <Card withBorder padding="sm" component="section" aria-label={t("desk.mail")}>
            <Text size="xs" c="dimmed">
              {t("desk.mail")}
            </Text>
            <Tabs defaultValue="it" keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="it">Italiano</Tabs.Tab>
                <Tabs.Tab value="en">English</Tabs.Tab>
              </Tabs.List>
              {(["it", "en"] as const).map((language) => (
                <Tabs.Panel key={language} value={language} lang={language} pt="xs">
                  <Text size="sm" fw={600}>
                    {mail[language].subject}
                  </Text>
                  <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
                    {mail[language].text}
                  </Text>
                </Tabs.Panel>
              ))}
            </Tabs>
          </Card>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" loading={preview.isPending} onClick={() => preview.mutate()}>
            {t("desk.preview")}
          </Button>
          <Button loading={publish.isPending} disabled={!isReady} onClick={() => publish.mutate()}>
            {t("desk.publish")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
