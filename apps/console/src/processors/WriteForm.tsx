import { ProblemAlert } from "@casaforte/ui-kit";
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

export interface WriteFormProps {
  readonly label: string;
  readonly hint?: string;
  readonly send: string;
  readonly onSend: (text: string) => Promise<unknown>;
}

const textCharsMax = 4_000;

/** One text that is sent once and stays as it was written. */
export function WriteForm({ label, hint, send, onSend }: WriteFormProps) {
  const [text, setText] = useState("");
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setError(null);
    setSending(true);
    try {
      await onSend(text.trim());
      setText("");
    } catch (problem) {
      setError(problem);
    } finally {
      setSending(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="xs" maw={720}>
        <Textarea
          label={label}
          {...(hint === undefined ? {} : { description: hint })}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={textCharsMax}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group>
          <Button type="submit" loading={isSending} disabled={text.trim() === ""}>
            {send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
