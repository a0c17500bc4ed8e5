import { Button, Group, NativeSelect, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import type { Language } from "../preferences.ts";
import { encodeFiles, FileField, isTooLarge } from "./file-field.tsx";
import { readyAnswers } from "./ready-answers.ts";
import { useTicketText } from "./tickets-text.ts";

export interface Answer {
  readonly how: "reply" | "reopen" | "ask" | "solve" | "note";
  readonly body: string;
  readonly files: Awaited<ReturnType<typeof encodeFiles>>;
}

/**
 * One answer; operators choose what it does to the ticket, and may begin with a ready one, which `m` reaches from the page.
 * Ctrl+Enter sends.
 */
export function AnswerForm({
  ways,
  readyIn,
  onAnswer,
}: {
  readonly ways: readonly Answer["how"][];
  /** The customer's language, in which ready answers are offered. */
  readonly readyIn?: Language;
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
    reopen: t("tickets.reopen"),
    ask: t("tickets.ask"),
    solve: t("tickets.solveWith"),
    note: t("tickets.note"),
  };
  return (
    <Stack>
      {readyIn ? (
        <ReadyAnswers
          language={readyIn}
          onTake={(text) => setBody((before) => (before === "" ? text : `${before}\n\n${text}`))}
        />
      ) : null}
      <Textarea
        label={t("tickets.answer")}
        autosize
        minRows={4}
        maxRows={20}
        value={body}
        onChange={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
            say(ways.includes("reopen") ? "reopen" : "reply");
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

/** Ready answers; one is put into the answer, to be completed. */
function ReadyAnswers({ language, onTake }: { readonly language: Language; readonly onTake: (text: string) => void }) {
  const t = useTicketText();
  const field = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { tagName } = event.target as HTMLElement;
      if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(tagName)) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <NativeSelect
      ref={field}
      label={t("tickets.ready")}
      description={t("tickets.readyHint")}
      value=""
      onChange={(event) => {
        const { value } = event.currentTarget;
        const text = readyAnswers.find(({ id }) => id === value)?.[language];
        if (text !== undefined) onTake(text);
      }}
      data={[
        { value: "", label: t("tickets.ready.none") },
        ...readyAnswers.map(({ id }) => ({ value: id, label: t(`tickets.ready.${id}`) })),
      ]}
    />
  );
}
