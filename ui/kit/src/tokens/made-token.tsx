import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { CopyField } from "../components/copy-field.tsx";
import { Dialog } from "../components/dialog.tsx";
import { useTokenDesk, useTokenText } from "./token-text.ts";

/** A token's secret, once, with the line that shows how it is used. */
export function MadeToken({ secret, onDone }: { readonly secret: string | null; readonly onDone: () => void }) {
  const t = useTokenText();
  const { example } = useTokenDesk();
  return (
    <Dialog title={t("tokens.made")} opened={secret !== null} onClose={onDone} size="lg">
      <Stack>
        <Text>{t("tokens.madeText")}</Text>
        <div className="cf-secret">
          <CopyField label={t("tokens.made")} value={secret ?? ""} />
        </div>
        <Text size="sm">{t("tokens.use")}</Text>
        <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {`curl -H "Authorization: Bearer $TOKEN" ${location.origin}${example}`}
        </Code>
        <Group justify="flex-end">
          <Button onClick={onDone}>{t("tokens.done")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
