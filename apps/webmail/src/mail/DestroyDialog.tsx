import { Dialog } from "@casaforte/ui-kit";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useT } from "../translate.ts";

export interface DestroyDialogProps {
  readonly count: number;
  /** Whose mail it is, where whoever deletes cannot bring it back; else null. */
  readonly owner: string | null;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asked before messages die for good; the dangerous button is not focused first. */
export function DestroyDialog({ count, owner, onClose, onConfirm }: DestroyDialogProps) {
  const t = useT();
  return (
    <Dialog title={t("mail.deleteForever")} opened onClose={onClose}>
      <Stack>
        <Text>{t("mail.deleteForever.ask", { count })}</Text>
        {owner === null ? null : (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {t("mail.deleteForever.shared", { owner })}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("kit.cancel")}
          </Button>
          <Button color="red.9" onClick={onConfirm}>
            {t("mail.deleteForever")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
