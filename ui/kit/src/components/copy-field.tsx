import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";

export interface CopyFieldProps {
  /** What it is; read out with the button. */
  readonly label: string;
  readonly value: string;
}

/** A value to be copied as it is. */
export function CopyField({ label, value }: CopyFieldProps) {
  const t = useTranslate<KitKey>();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Group justify="space-between" wrap="nowrap">
        <span className="cf-code">{value}</span>
        <Button
          variant="default"
          size="xs"
          flex="none"
          onClick={() => void copy()}
          aria-label={`${t("kit.copy")}: ${label}`}
        >
          <span aria-live="polite">{t(isCopied ? "kit.copied" : "kit.copy")}</span>
        </Button>
      </Group>
    </div>
  );
}
