import { type HoldsReply, legalIdReplySchema } from "@casaforte/contract/compliance";
import { Dialog, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { CustomerSelect, callChecked, Loaded, RowButton, Tag } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Card, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { holdsQuery, useLegalText } from "./legal-text.tsx";

type Hold = HoldsReply["holds"][number];

/** Legal holds: one person places, two lift (R92). */
export function Holds() {
  const t = useLegalText();
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {t("legal.holds")}
        </Title>
        <PlaceHold />
      </Group>
      <Text c="dimmed" maw={720}>
        {t("legal.holdsHint")}
      </Text>
      <Loaded query={useQuery(holdsQuery)}>
        {({ holds }) =>
          holds.length === 0 ? (
            <Text>{t("legal.noHolds")}</Text>
          ) : (
            holds.map((hold) => <HoldCard key={hold.id} hold={hold} />)
          )
        }
      </Loaded>
    </Stack>
  );
}

function HoldCard({ hold }: { readonly hold: Hold }) {
  const t = useLegalText();
  const format = useFormat();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const decide = useMutation({
    mutationFn: (decision: "lift" | "keep") =>
      run(() => callChecked(`/api/legal-holds/${hold.id}/lift`, { body: { decision }, reply: z.undefined() })),
    onSettled: () => client.invalidateQueries({ queryKey: holdsQuery.queryKey }),
  });
  const date = (text: string) => format.dateTime(Date.parse(text));
  const isAsked = hold.liftAskedAt !== null;
  return (
    <Card withBorder padding="md" maw={900}>
      <Group justify="space-between">
        <div>
          <Text fw={600}>{hold.tenantName}</Text>
          <Text size="sm">{hold.reason}</Text>
          {isAsked && hold.liftedAt === null ? <Text size="sm">{t("legal.liftAsked")}</Text> : null}
        </div>
        <Group gap="xs">
          {hold.liftedAt ? (
            <Tag color="gray">{t("legal.lifted", { date: date(hold.liftedAt) })}</Tag>
          ) : (
            <Tag color="red">{t("legal.standing", { date: date(hold.placedAt) })}</Tag>
          )}
          {hold.liftedAt === null && !hold.liftAskedByMe ? (
            <RowButton
              name={`${t("legal.lift")}: ${hold.tenantName}, ${hold.reason}`}
              onClick={() => decide.mutate("lift")}
            >
              {t("legal.lift")}
            </RowButton>
          ) : null}
          {hold.liftedAt === null && isAsked ? (
            <RowButton
              name={`${t("legal.keep")}: ${hold.tenantName}, ${hold.reason}`}
              onClick={() => decide.mutate("keep")}
            >
              {t("legal.keep")}
            </RowButton>
          ) : null}
        </Group>
      </Group>
      <ProblemAlert error={decide.error} />
      {dialog}
    </Card>
  );
}

function PlaceHold() {
  const t = useLegalText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [isOpen, setOpen] = useState(false);
  const [tenantId, setTenantId] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const place = useMutation({
    mutationFn: () =>
      run(() => callChecked("/api/legal-holds", { body: { tenantId, reason }, reply: legalIdReplySchema })),
    async onSuccess() {
      setOpen(false);
      setReason("");
      await client.invalidateQueries({ queryKey: holdsQuery.queryKey });
    },
  });
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t("legal.placeHold")}
      </Button>
      <Dialog title={t("legal.placeHold")} opened={isOpen} onClose={() => setOpen(false)}>
        <Stack>
          <CustomerSelect label={t("legal.customer")} value={tenantId} onChange={setTenantId} required />
          <TextInput
            label={t("legal.reason")}
            value={reason}
            maxLength={500}
            required
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <ProblemAlert error={place.error} />
          <Group justify="flex-end">
            <Button
              disabled={tenantId === null || reason.trim() === ""}
              loading={place.isPending}
              onClick={() => place.mutate()}
            >
              {t("legal.placeHold")}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
