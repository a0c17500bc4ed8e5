import { Select, type SelectProps } from "@mantine/core";
import { useRef } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";

export interface ClearableSelectProps extends Omit<SelectProps, "label" | "clearable" | "clearButtonProps"> {
  readonly label: string;
}

/**
 * A select of which the choice can be taken back. Mantine keeps its clear mark from keyboard and screen reader; here it follows
 * the field and, pressed, leads back to it (WCAG 2.1.1).
 */
export function ClearableSelect({ label, ...select }: ClearableSelectProps) {
  const t = useTranslate<KitKey>();
  const field = useRef<HTMLInputElement>(null);
  return (
    <Select
      {...select}
      ref={field}
      label={label}
      clearable
      clearButtonProps={{
        tabIndex: 0,
        // Not "false": a dialog's focus passes over whatever has the attribute.
        "aria-hidden": undefined,
        "aria-label": t("kit.clear", { field: label }),
        size: "md",
        onClick: () => field.current?.focus(),
      }}
    />
  );
}
