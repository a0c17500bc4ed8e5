import { Badge } from "@mantine/core";

/** A state in words; the colour only helps. */
export function Tag({
  color,
  children,
}: {
  readonly color: "green" | "orange" | "red" | "gray";
  readonly children: string;
}) {
  return (
    <Badge variant="light" color={color} c="var(--mantine-color-text)" tt="none" style={{ flexShrink: 0 }}>
      {children}
    </Badge>
  );
}
