import { type BoardReply, lateTicketsReplySchema } from "@casaforte/contract/health";
import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

type Late = BoardReply["late"][number];
type Site = BoardReply["fullSoon"][number];

const proposal = {
  it: {
    subject: "I vostri backup sono in ritardo",
    body: "Buongiorno,\n\nda più di due giorni i computer elencati sotto non completano un backup. Aggiornate l’agente con il comando «casaforte-agent update» e controllate che siano accesi e collegati a Internet; poi lanciate un backup dalla console, alla pagina del computer. Rispondete a questo messaggio quando è a posto, o se non riesce.",
  },
  en: {
    subject: "Your backups are late",
    body: "Good morning,\n\nfor more than two days the computers listed below have not completed a backup. Update the agent with the command “casaforte-agent update” and see that they are on and connected to the internet; then start a backup from the console, on the computer’s page. Answer this message when it works, or if it does not.",
  },
} as const;

/** One ticket to each customer whom a cause concerns, in both languages (walkthrough C). */
export function WriteToLate({
  late,
  cause,
  onClose,
}: {
  readonly late: Late;
  readonly cause: string;
  readonly onClose: () => void;
}) {
  const t = useT();
  const [texts, setTexts] =
    useState<{ readonly [language in "it" | "en"]: { subject: string; body: string } }>(proposal);
  const write = useMutation({
    mutationFn: () =>
      callChecked("/api/board/late/tickets", {
        reply: lateTicketsReplySchema,
        body: { cause: late.cause, agentVersion: late.agentVersion, texts },
      }),
  });
  const isFilled = (["it", "en"] as const).every(
    (one) => texts[one].subject.trim() !== "" && texts[one].body.trim() !== "",
  );
  return (
    <Dialog title={t("morning.write")} opened onClose={onClose} size="lg">
      {write.isSuccess ? (
        <Stack>
          <Text role="status">
            {t("morning.written", { count: write.data.opened })}
            {(["unreached", "known", "left"] as const).map((what) =>
              write.data[what] > 0 ? ` ${t(`morning.${what}`, { count: write.data[what] })}` : null,
            )}
          </Text>
          <Group justify="flex-end">
            <Button variant={write.data.left > 0 ? "default" : "filled"} onClick={onClose}>
              {t("morning.close")}
            </Button>
            {write.data.left > 0 ? <Button onClick={() => write.mutate()}>{t("morning.goOn")}</Button> : null}
          </Group>
        </Stack>
      ) : (
        <Stack>
          <Text size="sm">
            {t("morning.writeHint", { cause })} {t("morning.customers", { count: late.customers })}
          </Text>
          {(["it", "en"] as const).map((language) => (
            <Stack key={language} gap="xs">
              <TextInput
                label={t(`morning.subject.${language}`)}
                maxLength={200}
                value={texts[language].subject}
                onChange={({ currentTarget: { value: subject } }) =>
                  setTexts({ ...texts, [language]: { ...texts[language], subject } })
                }
              />
              <Textarea
                label={t(`morning.body.${language}`)}
                autosize
                minRows={3}
                maxRows={8}
                maxLength={4_000}
                value={texts[language].body}
                onChange={({ currentTarget: { value: body } }) =>
                  setTexts({ ...texts, [language]: { ...texts[language], body } })
                }
              />
            </Stack>
          ))}
          <ProblemAlert error={write.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("kit.cancel")}
            </Button>
            <Button loading={write.isPending} disabled={!isFilled} onClick={() => write.mutate()}>
              {t("morning.send")}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

/** What is done about a site that fills up. */
export function NoteOrder({ site, onClose }: { readonly site: Site; readonly onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [text, setText] = useState(site.note?.text ?? "");
  const note = useMutation({
    mutationFn: () => callApi(`/api/board/sites/${site.id}/notes`, { method: "POST", body: { text } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["board"] });
      onClose();
    },
  });
  return (
    <Dialog title={t("morning.noteOf", { site: site.site })} opened onClose={onClose}>
      <Stack>
        <TextInput
          label={t("morning.noteText")}
          description={t("morning.noteHint")}
          maxLength={300}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <ProblemAlert error={note.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("kit.cancel")}
          </Button>
          <Button loading={note.isPending} disabled={text.trim() === ""} onClick={() => note.mutate()}>
            {t("morning.noteSave")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
