import {
  askedGrantSchema,
  type DeskGrants,
  deskGrantsReplySchema,
  type GrantScope,
  grantEntrySchema,
  grantLimits,
} from "@casaforte/contract/grants";
import {
  type CatalogueLoaders,
  callApi,
  Dialog,
  type KitKey,
  ProblemAlert,
  type Translate,
  useFormat,
  useTranslate,
} from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag, WithTexts } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Anchor, Button, Card, Group, NumberInput, Radio, Stack, Text, Textarea, Title } from "@mantine/core";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { texts } from "./texts-it.ts";

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};
const useGrantText = (): Translate<keyof typeof texts | KitKey> => useTranslate<keyof typeof texts | KitKey>();

const grantsQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ["grants", ticketId],
    queryFn: ({ signal }) =>
      callChecked(`/api/desk/grants?ticketId=${encodeURIComponent(ticketId)}`, {
        reply: deskGrantsReplySchema,
        signal,
      }),
    refetchInterval: 20_000,
  });

export interface TicketGrantsProps {
  readonly tenantId: string;
  readonly ticketId: string;
  readonly mayWrite: boolean;
}

/** Asking a customer, out of its ticket, to be let into its console, and going in (R90). */
export function TicketGrants(props: TicketGrantsProps) {
  return (
    <WithTexts catalogues={catalogues}>
      <Grants {...props} />
    </WithTexts>
  );
}

function Grants({ tenantId, ticketId, mayWrite }: TicketGrantsProps) {
  const t = useGrantText();
  const [isAsking, setAsking] = useState(false);
  return (
    <Card withBorder maw={960} mt="lg">
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h4">
              {t("grants.title")}
            </Title>
            <Text size="sm" c="dimmed">
              {t("grants.hint")}
            </Text>
          </div>
          {mayWrite ? (
            <Button variant="default" onClick={() => setAsking(true)}>
              {t("grants.ask")}
            </Button>
          ) : null}
        </Group>
        <Loaded query={useQuery(grantsQuery(ticketId))}>
          {({ grants }) => grants.map((grant) => <GrantLine key={grant.id} grant={grant} mayWrite={mayWrite} />)}
        </Loaded>
      </Stack>
      <Dialog title={t("grants.ask")} opened={isAsking} onClose={() => setAsking(false)}>
        <AskForm tenantId={tenantId} ticketId={ticketId} onDone={() => setAsking(false)} />
      </Dialog>
    </Card>
  );
}

const colors = { asked: "orange", granted: "green", refused: "red", lapsed: "gray", ended: "gray" } as const;

function GrantLine({ grant, mayWrite }: { readonly grant: DeskGrants["grants"][number]; readonly mayWrite: boolean }) {
  const t = useGrantText();
  const format = useFormat();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const base = `/api/desk/grants/${grant.tenantId}/${grant.id}`;
  const enter = useMutation({
    mutationFn: () => run(() => callChecked(`${base}/entry`, { method: "POST", reply: grantEntrySchema })),
  });
  const end = useMutation({
    mutationFn: () => callApi(`${base}/return`, { method: "POST" }),
    onSuccess: () => client.invalidateQueries({ queryKey: grantsQuery(grant.ticketId).queryKey }),
  });
  const { state, isOwn, until, operatorName: name } = grant;
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Group gap="xs">
          <Tag color={colors[state]}>
            {state === "granted"
              ? t("grants.state.granted", { until: format.dateTime(Date.parse(until ?? "")) })
              : t(`grants.state.${state}`)}
          </Tag>
          <Text size="sm" c="dimmed">
            {t("grants.by", { name, when: format.relative(Date.parse(grant.askedAt)) })}
          </Text>
        </Group>
        {mayWrite && isOwn && state === "granted" ? (
          <Group gap="xs">
            <Button size="xs" loading={enter.isPending} onClick={() => enter.mutate()}>
              {t("grants.enter")}
            </Button>
            <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate()}>
              {t("grants.return")}
            </Button>
          </Group>
        ) : null}
      </Group>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {grant.reason}
      </Text>
      <ProblemAlert error={enter.error ?? end.error} />
      {dialog}
      <Dialog title={t("grants.enter")} opened={enter.data !== undefined} onClose={() => enter.reset()}>
        <Stack align="flex-start">
          <Text size="sm">{t("grants.openHint")}</Text>
          <Anchor href={enter.data?.url ?? ""} target="_blank" rel="noopener noreferrer" onClick={() => enter.reset()}>
            {t("grants.open")}
          </Anchor>
        </Stack>
      </Dialog>
    </Stack>
  );
}

interface AskFormProps {
  readonly tenantId: string;
  readonly ticketId: string;
  readonly onDone: () => void;
}

function AskForm({ tenantId, ticketId, onDone }: AskFormProps) {
  const t = useGrantText();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [scope, setScope] = useState<GrantScope>("read");
  const [hours, setHours] = useState<number | string>(2);
  const ask = useMutation({
    mutationFn: () =>
      callChecked("/api/desk/grants", {
        reply: askedGrantSchema,
        body: { tenantId, ticketId, scope, hours: Number(hours), reason },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: grantsQuery(ticketId).queryKey });
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Textarea
          label={t("grants.reason")}
          description={t("grants.reasonHint")}
          required
          rows={3}
          maxLength={grantLimits.reasonCharsMax}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <Radio.Group label={t("grants.what")} value={scope} onChange={(value) => setScope(value as GrantScope)}>
          <Stack gap="xs" mt="xs">
            <Radio value="read" label={t("grants.scope.read")} />
            <Radio value="act" label={t("grants.scope.act")} />
          </Stack>
        </Radio.Group>
        <NumberInput
          label={t("grants.hours")}
          min={1}
          max={grantLimits.hoursMax}
          allowDecimal={false}
          value={hours}
          onChange={setHours}
          w={200}
        />
        <ProblemAlert error={ask.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={ask.isPending} disabled={reason.trim() === "" || Number(hours) < 1}>
            {t("grants.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
