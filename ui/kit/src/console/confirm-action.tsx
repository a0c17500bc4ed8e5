import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ProblemAlert } from "../components/states.tsx";
import { useTranslate } from "../i18n/i18n.ts";
import { useGuarded } from "../security/use-guarded.tsx";

export interface ConfirmActionProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** Verb and object: `Revoke the device`. */
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
}

/** Second grade of destructive acts (ux.md §5): a question whose dangerous button is not focused first; who it is is asked again when the server wants it. */
export function ConfirmAction({ opened, onClose, title, children, action, onConfirm }: ConfirmActionProps) {
  const t = useTranslate();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { run, dialog } = useGuarded();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await run(onConfirm);
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
        <Stack>
          {children}
          <ProblemAlert error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>
              {t("kit.cancel")}
            </Button>
            <Button color="red.9" loading={isBusy} onClick={() => void confirm()}>
              {action}
            </Button>
          </Group>
        </Stack>
      </Dialog>
      {dialog}
    </>
  );
}
