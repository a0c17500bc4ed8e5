import {
  type WebhookEndpoint,
  type WebhookTopic,
  webhookLimits,
  webhookSecretReplySchema,
  webhookTopics,
} from "@casaforte/contract/webhooks";
import { callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Checkbox, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useProgramText, webhooksQuery } from "./program-text.ts";

export interface WebhookFormProps {
  /** Null for a new one. */
  readonly before: WebhookEndpoint | null;
  /** With the secret of a new one. */
  readonly onDone: (secret: string | null) => void;
}

/** Everything that is asked for a webhook. */
export function WebhookForm({ before, onDone }: WebhookFormProps) {
  const t = useProgramText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [name, setName] = useState(before?.name ?? "");
  const [url, setUrl] = useState(before?.url ?? "https://");
  const [topics, setTopics] = useState<readonly string[]>(before?.topics ?? []);
  const save = useMutation({
    mutationFn: () =>
      run(async () => {
        const body = { name, url, topics };
        if (before === null)
          return (await callChecked("/api/webhooks", { reply: webhookSecretReplySchema, body })).secret;
        await callApi(`/api/webhooks/${before.id}`, { method: "PUT", body });
        return null;
      }),
    onSuccess: async (secret) => {
      await client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
      onDone(secret);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("hooks.name")}
            description={t("hooks.nameHint")}
            required
            maxLength={webhookLimits.nameCharsMax}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label={t("hooks.url")}
            description={t("hooks.urlHint")}
            type="url"
            required
            maxLength={webhookLimits.urlCharsMax}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <Checkbox.Group label={t("hooks.topics")} value={[...topics]} onChange={setTopics}>
            <SimpleGrid cols={{ base: 1, xs: 2 }} mt={4} verticalSpacing="xs">
              {webhookTopics.map((topic: WebhookTopic) => (
                <Checkbox key={topic} value={topic} label={t(`hooks.topic.${topic}`)} />
              ))}
            </SimpleGrid>
          </Checkbox.Group>
          <ProblemAlert error={save.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={topics.length === 0}>
              {t(before === null ? "hooks.create" : "hooks.save")}
            </Button>
          </Group>
        </Stack>
      </form>
      {dialog}
    </>
  );
}
