import { useLingui } from "@lingui/react";
import { Button, Code, CopyButton, Group } from "@mantine/core";

/** A line to take elsewhere: a command, a token, an address. */
export function CopyField({ text, label }: { readonly text: string; readonly label: string }) {
  const { i18n } = useLingui();
  return (
    <Group gap="xs" wrap="nowrap" align="stretch">
      <Code block flex={1} aria-label={label} tabIndex={0} style={{ whiteSpace: "pre-wrap", wordBreak: "break-all" }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} aria-live="polite">
            {i18n._(copied ? "kit.copied" : "kit.copy")}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}
