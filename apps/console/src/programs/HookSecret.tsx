import { CopyField, Dialog } from "@casaforte/ui-kit";
import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useProgramText } from "./program-text.ts";

/** A webhook's secret, once, with the line that shows how a message is checked. */
export function HookSecret({ secret, onDone }: { readonly secret: string | null; readonly onDone: () => void }) {
  const t = useProgramText();
  return (
    <Dialog title={t("hooks.secret")} opened={secret !== null} onClose={onDone} size="lg">
      <Stack>
        <Text>{t("hooks.secretText")}</Text>
        <div className="cf-secret">
          <CopyField label={t("hooks.secret")} value={secret ?? ""} />
        </div>
        <Text size="sm">{t("hooks.secretUse")}</Text>
        <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {"const event = await verifyWebhook({ body, headers }, process.env.WEBHOOK_SECRET);"}
        </Code>
        <Group justify="flex-end">
          <Button onClick={onDone}>{t("hooks.secretDone")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
