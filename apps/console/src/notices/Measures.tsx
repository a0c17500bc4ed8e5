import type { MeasureReply } from "@casaforte/contract/measures";
import { callApi, Dialog, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Alert, Button, Card, Collapse, Group, List, Stack, Text, Textarea, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { measuresQuery } from "./notice-queries.ts";
import { useNoticeText } from "./notice-text.ts";

/** What is switched off now, and every measure with its reasons (R64, R66). */
export function Measures() {
  const t = useNoticeText();
  return (
    <section aria-labelledby="notices-measures">
      <Title order={2} size="h4" mb="sm" id="notices-measures">
        {t("notices.measures")}
      </Title>
      <Loaded query={useQuery(measuresQuery)}>
        {({ measures, off }) => (
          <Stack gap="sm">
            {off.length > 0 ? (
              <Alert color="orange" title={t("notices.off")}>
                <List size="sm" mb="xs">
                  {off.map((capability) => (
                    <List.Item key={capability}>{t(`notices.cap.${capability}`)}</List.Item>
                  ))}
                </List>
                <Text size="sm">{t("notices.on")}</Text>
              </Alert>
            ) : null}
            {measures.length === 0 && off.length === 0 ? <Text c="dimmed">{t("notices.noMeasures")}</Text> : null}
            {measures.map((measure) => (
              <MeasureCard key={measure.id} measure={measure} />
            ))}
          </Stack>
        )}
      </Loaded>
    </section>
  );
}

function MeasureCard({ measure }: { readonly measure: MeasureReply }) {
  const t = useNoticeText();
  const format = useFormat();
  const { session } = useSession();
  const [shown, reasons] = useDisclosure(false);
  const [asking, appeal] = useDisclosure(false);
  const time = (at: string) => format.dateTime(Date.parse(at));
  const isLive = measure.endedAt === null;
  const mayAppeal =
    measure.appeal === null && Date.parse(measure.appealUntil) > Date.now() && session.role !== "read_only";
  return (
    <Card withBorder>
      <Group gap="xs" justify="space-between">
        <Text fw={600}>{t(`notices.level.${measure.level}`)}</Text>
        <Tag color={isLive ? "orange" : "gray"}>{t(`notices.state.${measure.state}`)}</Tag>
      </Group>
      <Text size="sm" c="dimmed">
        {measure.endedAt === null
          ? measure.endsAt === null
            ? t("notices.fromOpen", { from: time(measure.startsAt) })
            : t("notices.fromUntil", { from: time(measure.startsAt), until: time(measure.endsAt) })
          : t("notices.ended", { at: time(measure.endedAt) })}
      </Text>
      {measure.endReason === "" ? null : <Text size="sm">{measure.endReason}</Text>}
      {measure.appeal ? <AppealState appeal={measure.appeal} /> : null}
      <Group mt="sm" gap="xs">
        <Button variant="default" size="xs" onClick={reasons.toggle} aria-expanded={shown}>
          {shown ? t("notices.hideReasons") : t("notices.reasons")}
        </Button>
        {mayAppeal ? (
          <Button variant="default" size="xs" onClick={appeal.open}>
            {t("notices.appeal")}
          </Button>
        ) : null}
      </Group>
      <Collapse expanded={shown}>
        <Text mt="sm" size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
          {measure.statement}
        </Text>
      </Collapse>
      {asking ? <AppealForm measure={measure} onClose={appeal.close} /> : null}
    </Card>
  );
}

function AppealState({ appeal }: { readonly appeal: NonNullable<MeasureReply["appeal"]> }) {
  const t = useNoticeText();
  const format = useFormat();
  if (appeal.state === "open")
    return (
      <Text size="sm" mt="xs">
        {t("notices.appeal.open", {
          at: format.date(Date.parse(appeal.filedAt)),
          due: format.date(Date.parse(appeal.dueAt)),
        })}
      </Text>
    );
  return (
    <Text size="sm" mt="xs" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
      <b>{t(`notices.appeal.${appeal.state}`)}.</b> {appeal.decision}
    </Text>
  );
}

function AppealForm({ measure, onClose }: { readonly measure: MeasureReply; readonly onClose: () => void }) {
  const t = useNoticeText();
  const format = useFormat();
  const client = useQueryClient();
  const [body, setBody] = useState("");
  const send = useMutation({
    mutationFn: () => callApi(`/api/measures/${measure.id}/appeal`, { method: "POST", body: { body } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["measures"] });
      onClose();
    },
  });
  return (
    <Dialog title={t("notices.appealTitle")} opened onClose={onClose}>
      <Stack>
        <Text size="sm">{t("notices.appealHint")}</Text>
        <Text size="sm" c="dimmed">
          {t("notices.appealUntil", { at: format.date(Date.parse(measure.appealUntil)) })}
        </Text>
        <Textarea
          label={t("notices.appealBody")}
          autosize
          minRows={5}
          maxRows={14}
          maxLength={10_000}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
          data-autofocus
        />
        <ProblemAlert error={send.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("kit.cancel")}
          </Button>
          <Button loading={send.isPending} disabled={body.trim() === ""} onClick={() => send.mutate()}>
            {t("notices.appealSend")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
