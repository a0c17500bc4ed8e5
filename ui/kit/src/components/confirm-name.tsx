import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { useGuarded } from "../security/use-guarded.tsx";
import { Dialog } from "./dialog.tsx";
import { ProblemAlert } from "./states.tsx";

export interface ConfirmNameProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What is lost, in numbers. */
  readonly children: ReactNode;
  /** What must be typed. */
  readonly name: string;
  /** Verb and object: `Delete the space`. */
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  /** False where the text itself says until when it can be taken back. */
  readonly isFinal?: boolean;
}

/** For what weighs heavily, and mostly cannot be undone: the button works once the name is typed; who it is is asked again when the server wants it. */
export function ConfirmName({
  isFinal = true,
  opened,
  onClose,
  title,
  children,
  name,
  action,
  onConfirm,
}: ConfirmNameProps) {
  const t = useTranslate<KitKey>();
  const [typed, setTyped] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { run, dialog } = useGuarded();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (typed.trim() !== name) return;
    setBusy(true);
    setError(null);
    try {
      await run(onConfirm);
      setTyped("");
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Dialog title={title} opened={opened} onClose={onClose}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            {children}
            {isFinal ? <Text fw={600}>{t("kit.confirm.cannotUndo")}</Text> : null}
            <TextInput
              label={t("kit.confirm.typeName", { name })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
            <ProblemAlert error={error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("kit.cancel")}
              </Button>
              <Button type="submit" color="red.9" disabled={typed.trim() !== name} loading={isBusy}>
                {action}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
      {dialog}
    </>
  );
}
