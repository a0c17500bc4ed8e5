import { Text } from "@mantine/core";
import { type ReactNode, useId } from "react";

export interface NavSectionProps {
  /** Absent for what stands above all sections. */
  readonly title?: string;
  readonly children: readonly ReactNode[];
}

/** Links of one subject under its name; nothing when this person may open none of them. */
export function NavSection({ title, children }: NavSectionProps) {
  const id = useId();
  if (children.length === 0) return null;
  if (title === undefined) return children;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs, these are links.
    <div role="group" aria-labelledby={id}>
      <Text id={id} size="xs" fw={600} c="dimmed" px="sm" pt="md" pb={4}>
        {title}
      </Text>
      {children}
    </div>
  );
}
