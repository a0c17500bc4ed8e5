import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { encodeFiles, FileField, isTooLarge } from "./file-field.tsx";
import { useTicketText } from "./tickets-text.ts";

export interface Answer {
  readonly how: "reply" | "ask" | "solve" | "note";
  readonly body: string;
  readonly files: Awaited<ReturnType<typeof encodeFiles>>;
}

/** One answer; operators choose what it does to the ticket. Ctrl+Enter sends. */
export function AnswerForm({
  ways,
  onAnswer,
}: {
  readonly ways: readonly Answer["how"][];
  readonly onAnswer: (answer: Answer) => Promise<void>;
}) {
  const t = useTicketText();
  const [body, setBody] = useState("");
  const [files, setFiles] = useState<readonly File[]>([]);
  const answer = useMutation({
    mutationFn: async (how: Answer["how"]) => onAnswer({ how, body, files: await encodeFiles(files) }),
    onSuccess: () => {
      setBody("");
      setFiles([]);
    },
  });
  const say = (how: Answer["how"]) => {
    if (body.trim() !== "" && !isTooLarge(files) && !answer.isPending) answer.mutate(how);
  };
  const words = {
    reply: t("tickets.reply"),
    ask: t("tickets.ask"),
    solve: t("tickets.solveWith"),
    note: t("tickets.note"),
  };
  return (
    <Stack>
      <Textarea
        label={t("tickets.answer")}
        autosize
        minRows={4}
        maxRows={20}
        value={body}
        onChange={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) say("reply");
        }}
      />
      <FileField files={files} onChange={setFiles} />
      <ProblemAlert error={answer.error} />
      <Group justify="flex-end">
        {ways.map((how, index) => (
          <Button
            key={how}
            variant={index === ways.length - 1 ? "filled" : "default"}
            disabled={body.trim() === ""}
            loading={answer.isPending && answer.variables === how}
            onClick={() => say(how)}
          >
            {words[how]}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
