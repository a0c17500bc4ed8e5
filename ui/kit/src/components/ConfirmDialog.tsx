import { useLingui } from "@lingui/react";
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Problem } from "./States.tsx";

export interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly title: string;
  readonly children: ReactNode;
  /** The verb with its object: "Delete space Office". */
  readonly confirmLabel: string;
  /** When given, it must be typed: the third grade of destructive acts (ux.md §5). */
  readonly typedName?: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something is lost. The destructive button is never focused first. */
export function ConfirmDialog({
  opened,
  title,
  children,
  confirmLabel,
  typedName,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  const { i18n } = useLingui();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setTyped("");
    setError(null);
    onClose();
  };
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={title}
      centered
      closeButtonProps={{ "aria-label": i18n._("kit.close") }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        {typedName === undefined ? null : (
          <TextInput
            label={i18n._("kit.typeToConfirm", { name: typedName })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {error ? <Problem error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {i18n._("kit.cancel")}
          </Button>
          <Button
            color="red"
            loading={busy}
            disabled={typedName !== undefined && typed.trim() !== typedName}
            onClick={() => void confirm()}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
